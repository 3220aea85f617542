package io.agentotp.server.page;

import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.spring6.view.ThymeleafViewResolver;
import org.thymeleaf.templatemode.TemplateMode;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The pages.
 */
@Configuration(proxyBeanMethods = false)
class PageConfiguration {

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

}
