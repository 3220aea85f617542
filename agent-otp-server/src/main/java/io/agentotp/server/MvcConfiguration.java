package io.agentotp.server;

import java.util.List;

import io.agentotp.server.api.AgentBudgets;
import io.agentotp.server.api.RequestJsonResolver;
import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.limit.AgentLimits;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.page.PageFrame;
import io.agentotp.server.page.PageLanguage;
import io.agentotp.server.page.PageModel;
import io.agentotp.server.page.PageProblems;
import io.agentotp.server.security.ActorResolver;
import io.agentotp.server.security.ViewerResolver;
import io.agentotp.server.web.RoleInterceptor;
import io.agentotp.server.web.ServerPaths;
import io.agentotp.server.web.UnknownParameters;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.spring6.view.ThymeleafViewResolver;
import org.thymeleaf.templatemode.TemplateMode;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;

import org.springframework.context.MessageSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.LocaleResolver;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * The service's own Spring MVC.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebMvc
class MvcConfiguration implements WebMvcConfigurer {

	private final PageFrame pageFrame;

	private final PageProblems pageProblems;

	private final ActorResolver actors;

	private final ViewerResolver viewers;

	private final AgentLimits limits;

	private final Meters meters;

	MvcConfiguration(PageFrame pageFrame, PageProblems pageProblems, ActorResolver actors, ViewerResolver viewers,
			AgentLimits limits, Meters meters) {
		this.actors = actors;
		this.viewers = viewers;
		this.limits = limits;
		this.meters = meters;
		this.pageFrame = pageFrame;
		this.pageProblems = pageProblems;
	}

	@Bean
	static MessageSource messageSource() {
		return Messages.source();
	}

	@Bean
	static LocaleResolver localeResolver(ServerPaths paths) {
		return new PageLanguage(paths);
	}

	@Bean
	static SpringTemplateEngine templates() {
		ClassLoaderTemplateResolver resolver = new ClassLoaderTemplateResolver(MvcConfiguration.class.getClassLoader());
		resolver.setPrefix("io/agentotp/server/page/");
		resolver.setSuffix(".html");
		resolver.setTemplateMode(TemplateMode.HTML);
		resolver.setCharacterEncoding("UTF-8");
		SpringTemplateEngine templates = new SpringTemplateEngine();
		templates.setTemplateResolver(resolver);
		return templates;
	}

	@Bean
	static ThymeleafViewResolver viewResolver(SpringTemplateEngine templates) {
		ThymeleafViewResolver resolver = new ThymeleafViewResolver();
		resolver.setTemplateEngine(templates);
		resolver.setCharacterEncoding("UTF-8");
		// What fails is answered with a page that says so, not with half of the other.
		resolver.setProducePartialOutputWhileProcessing(false);
		return resolver;
	}

	@Override
	public void addInterceptors(InterceptorRegistry registry) {
		registry.addInterceptor(new AgentBudgets(this.limits, this.meters));
		registry.addInterceptor(new RoleInterceptor());
		registry.addInterceptor(new UnknownParameters());
		registry.addInterceptor(new PageModel(this.pageFrame));
	}

	@Override
	public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
		resolvers.add(new RequestJsonResolver());
		resolvers.add(this.actors);
		resolvers.add(this.viewers);
	}

	@Override
	public void configureMessageConverters(HttpMessageConverters.ServerBuilder builder) {
		builder.disableDefaults().withJsonConverter(new JacksonJsonHttpMessageConverter(Json.mapper()));
	}

	@Override
	public void configureContentNegotiation(ContentNegotiationConfigurer configurer) {
		configurer.ignoreAcceptHeader(true).defaultContentType(MediaType.APPLICATION_JSON);
	}

	@Override
	public void configureHandlerExceptionResolvers(List<HandlerExceptionResolver> resolvers) {
		resolvers.add(this.pageProblems);
	}

	@Override
	public void addResourceHandlers(ResourceHandlerRegistry registry) {
		registry.addResourceHandler("/assets/**").addResourceLocations("classpath:/io/agentotp/server/assets/");
	}

}
