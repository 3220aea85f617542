package io.agentotp.sample.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.sample.customers.CustomerTable;
import io.agentotp.sample.files.ReportReader;
import io.agentotp.sample.mail.InvoiceMailer;
import io.agentotp.spring.event.PermissionPendingEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.chat.client.ChatClient;

import org.springframework.context.MessageSource;
import org.springframework.context.event.EventListener;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.context.support.MessageSourceAccessor;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.stereotype.Component;

/**
 * Answers questions with a language model, which calls the guarded services as its tools.
 */
@Component
public class ChatAgent {

	private static final Logger logger = LoggerFactory.getLogger(ChatAgent.class);

	private final ChatClient client;

	private final AsyncTaskExecutor executor;

	private final MessageSourceAccessor messages;

	private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();

	// One for each agent: the tests of an application have several.
	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable Exchange> current = new ThreadLocal<>();

	ChatAgent(ChatClient.Builder builder, InvoiceMailer mailer, ReportReader reports, CustomerTable customers,
			AsyncTaskExecutor executor, MessageSource messages) {
		this.client = builder.defaultTools(mailer, reports, customers)
			.defaultToolContext(Map.of("conversationId", "sample", "agentName", "chat"))
			.build();
		this.executor = executor;
		this.messages = new MessageSourceAccessor(messages);
	}

	/**
	 * Asks in the background: the answer may have to wait for an approver.
	 * @param question the question
	 */
	public void ask(String question) {
		Exchange exchange = new Exchange(question);
		this.exchanges.add(exchange);
		Locale locale = LocaleContextHolder.getLocale();
		this.executor.execute(() -> answer(exchange, locale));
	}

	private void answer(Exchange exchange, Locale locale) {
		LocaleContextHolder.setLocale(locale);
		this.current.set(exchange);
		try {
			exchange.answer = answer(exchange.question);
		}
		finally {
			this.current.remove();
			LocaleContextHolder.resetLocaleContext();
		}
	}

	/** A single tool is called on the thread that asks; of several the inbox tells. */
	@EventListener
	void onPending(PermissionPendingEvent event) {
		Exchange exchange = this.current.get();
		if (exchange != null) {
			exchange.approvalUrl = event.permission().approvalUrl().orElse(null);
		}
	}

	private @Nullable String answer(String question) {
		try {
			return this.client.prompt(question).call().content();
		}
		catch (RuntimeException ex) {
			logger.warn("The model did not answer", ex);
			return this.messages.getMessage("conversation.failed");
		}
	}

	/**
	 * Return what was asked and answered.
	 * @return the exchanges, the oldest first
	 */
	public List<Exchange> exchanges() {
		return new ArrayList<>(this.exchanges);
	}

	/**
	 * A question and its answer.
	 */
	public static final class Exchange {

		private final String question;

		private volatile @Nullable String answer;

		private volatile @Nullable String approvalUrl;

		Exchange(String question) {
			this.question = question;
		}

		/**
		 * Return the question.
		 * @return the question
		 */
		public String getQuestion() {
			return this.question;
		}

		/**
		 * Return the answer.
		 * @return the answer, or {@code null} while the model works or an approver
		 * decides
		 */
		public @Nullable String getAnswer() {
			return this.answer;
		}

		/**
		 * Return where to decide on what the model has asked for last.
		 * @return the address of the approval page, or {@code null} if nobody has to
		 * decide
		 */
		public @Nullable String getApprovalUrl() {
			return this.approvalUrl;
		}

	}

}
