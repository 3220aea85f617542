package io.agentotp.server.page;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.web.ServerPaths;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.spring6.view.ThymeleafViewResolver;
import org.thymeleaf.templatemode.TemplateMode;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The pages.
 */
@Configuration(proxyBeanMethods = false)
@Import({ SignInController.class, InboxController.class, HistoryController.class, ApprovalController.class,
		AgentPageController.class, FreezePageController.class, PolicyPageController.class, AuditPageController.class,
		StatisticsPageController.class })
public class PageConfiguration {

	@Bean
	SpringTemplateEngine templates() {
		ClassLoaderTemplateResolver resolver = new ClassLoaderTemplateResolver(getClass().getClassLoader());
		resolver.setPrefix("io/agentotp/server/page/");
		resolver.setSuffix(".html");
		resolver.setTemplateMode(TemplateMode.HTML);
		resolver.setCharacterEncoding("UTF-8");
		SpringTemplateEngine templates = new SpringTemplateEngine();
		templates.setTemplateResolver(resolver);
		return templates;
	}

	@Bean
	ThymeleafViewResolver viewResolver(SpringTemplateEngine templates) {
		ThymeleafViewResolver resolver = new ThymeleafViewResolver();
		resolver.setTemplateEngine(templates);
		resolver.setCharacterEncoding("UTF-8");
		// What fails is answered with a page that says so, not with half of the other.
		resolver.setProducePartialOutputWhileProcessing(false);
		return resolver;
	}

	@Bean
	PageFrame pageFrame(ServerPaths paths, Agents agents) {
		return new PageFrame(paths, agents);
	}

	@Bean
	ErrorPage errorPage(SpringTemplateEngine templates, PageFrame frame) {
		return new ErrorPage(templates, frame);
	}

	@Bean
	PageProblems pageProblems(ErrorPage page, ServerPaths paths) {
		return new PageProblems(page, paths);
	}

}
