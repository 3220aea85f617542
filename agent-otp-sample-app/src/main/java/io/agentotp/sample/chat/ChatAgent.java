package io.agentotp.sample.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.sample.customers.CustomerTable;
import io.agentotp.sample.files.ReportReader;
import io.agentotp.sample.mail.InvoiceMailer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.chat.client.ChatClient;

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

	private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();

	ChatAgent(ChatClient.Builder builder, InvoiceMailer mailer, ReportReader reports, CustomerTable customers,
			AsyncTaskExecutor executor) {
		this.client = builder.defaultTools(mailer, reports, customers)
			.defaultToolContext(Map.of("conversationId", "sample", "agentName", "chat"))
			.build();
		this.executor = executor;
	}

	/**
	 * Asks in the background: the answer may have to wait for a human.
	 * @param question the question
	 */
	public void ask(String question) {
		Exchange exchange = new Exchange(question);
		this.exchanges.add(exchange);
		this.executor.execute(() -> exchange.answer = answer(question));
	}

	private @Nullable String answer(String question) {
		try {
			return this.client.prompt(question).call().content();
		}
		catch (RuntimeException ex) {
			logger.warn("The model did not answer", ex);
			return "The model did not answer. See the log.";
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
		 * @return the answer, or {@code null} while the model works or a human decides
		 */
		public @Nullable String getAnswer() {
			return this.answer;
		}

	}

}
