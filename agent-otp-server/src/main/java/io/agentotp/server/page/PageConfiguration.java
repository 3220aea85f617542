package io.agentotp.server.page;

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
@Import({ SignInController.class, InboxController.class, ApprovalController.class, PolicyPageController.class,
		AuditPageController.class })
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
		return resolver;
	}

	@Bean
	ErrorPage errorPage(SpringTemplateEngine templates, ServerPaths paths) {
		return new ErrorPage(templates, paths);
	}

	@Bean
	PageProblems pageProblems(ErrorPage page) {
		return new PageProblems(page);
	}

}
