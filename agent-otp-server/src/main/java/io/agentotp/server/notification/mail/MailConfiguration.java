package io.agentotp.server.notification.mail;

import java.time.InstantSource;
import java.util.Properties;

import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.config.MailSettings;
import io.agentotp.server.config.MailSettings.Encryption;
import io.agentotp.server.notification.NotificationChannel;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.templatemode.TemplateMode;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mail.javamail.JavaMailSender;
import org.springframework.mail.javamail.JavaMailSenderImpl;
import org.springframework.util.ClassUtils;

/**
 * The channel, if it has settings.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBean(MailSettings.class)
class MailConfiguration {

	private static final String JAVA_MAIL_SENDER = "org.springframework.mail.javamail.JavaMailSender";

	private static final String SMTP_TRANSPORT = "org.eclipse.angus.mail.smtp.SMTPTransport";

	// Without the libraries nobody would be told.
	MailConfiguration(ApplicationContext context) {
		if (!ClassUtils.isPresent(JAVA_MAIL_SENDER, context.getClassLoader())
				|| !ClassUtils.isPresent(SMTP_TRANSPORT, context.getClassLoader())) {
			throw InvalidSettingException.fault(
					"The channel mail of notifications needs what is not on the class path: org.springframework:spring-context-support and org.eclipse.angus:jakarta.mail",
					"Add both, such as with org.springframework.boot:spring-boot-starter-mail, or remove the settings agentotp.server.notifications.mail");
		}
	}

	/**
	 * With the libraries of mail.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(MailSettings.class)
	@ConditionalOnClass(name = { JAVA_MAIL_SENDER, SMTP_TRANSPORT })
	static class ChannelConfiguration {

		private static final int SUBMISSION = 587;

		private static final int SUBMISSION_OVER_TLS = 465;

		/** How often the time for an answer all of a mail may take. */
		private static final int WHOLE = 3;

		@Bean
		NotificationChannel mailChannel(MailSettings settings, ObjectProvider<JavaMailSender> application,
				InstantSource clock) {
			return new MailChannel(settings,
					settings.applicationSender() ? ofApplication(application) : sender(settings), templates(), clock);
		}

		private static JavaMailSender ofApplication(ObjectProvider<JavaMailSender> application) {
			JavaMailSender sender = application.getIfAvailable();
			if (sender == null) {
				throw InvalidSettingException.of("notifications.mail.application-sender", true,
						"The application has not one bean of type JavaMailSender. Add one, such as with spring.mail.host, or set agentotp.server.notifications.mail.host instead");
			}
			return sender;
		}

		private static JavaMailSender sender(MailSettings settings) {
			JavaMailSenderImpl sender = new JavaMailSenderImpl();
			boolean tls = settings.encryption() == Encryption.TLS;
			sender.setHost(settings.host());
			sender.setPort((settings.port() != null) ? settings.port() : tls ? SUBMISSION_OVER_TLS : SUBMISSION);
			sender.setUsername(settings.username());
			sender.setPassword(settings.password());
			String timeout = Long.toString(settings.timeout().toMillis());
			Properties smtp = sender.getJavaMailProperties();
			smtp.setProperty("mail.smtp.auth", Boolean.toString(settings.username() != null));
			smtp.setProperty("mail.smtp.starttls.enable",
					Boolean.toString(settings.encryption() == Encryption.STARTTLS));
			smtp.setProperty("mail.smtp.starttls.required",
					Boolean.toString(settings.encryption() == Encryption.STARTTLS));
			smtp.setProperty("mail.smtp.ssl.enable", Boolean.toString(tls));
			smtp.setProperty("mail.smtp.ssl.checkserveridentity", "true");
			smtp.setProperty("mail.smtp.connectiontimeout", timeout);
			smtp.setProperty("mail.smtp.timeout", timeout);
			smtp.setProperty("mail.smtp.writetimeout", timeout);
			smtp.put(tls ? "mail.smtp.ssl.socketFactory" : "mail.smtp.socketFactory",
					new TimedSockets(settings.timeout().multipliedBy(WHOLE)));
			smtp.setProperty("mail.smtp.socketFactory.fallback", "false");
			return sender;
		}

		private static SpringTemplateEngine templates() {
			ClassLoaderTemplateResolver resolver = new ClassLoaderTemplateResolver(
					MailConfiguration.class.getClassLoader());
			resolver.setPrefix("io/agentotp/server/notification/");
			resolver.setSuffix(".html");
			resolver.setTemplateMode(TemplateMode.HTML);
			resolver.setCharacterEncoding("UTF-8");
			SpringTemplateEngine templates = new SpringTemplateEngine();
			templates.setTemplateResolver(resolver);
			return templates;
		}

	}

}
