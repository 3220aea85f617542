package io.agentotp.sample.agent;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.AgentOtpException;
import io.agentotp.NetworkException;
import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionPendingException;
import io.agentotp.sample.agent.Run.State;
import io.agentotp.sample.customers.CustomerTable;
import io.agentotp.sample.files.ReportReader;
import io.agentotp.sample.mail.InvoiceMailer;
import io.agentotp.spring.event.PermissionPendingEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.MessageSource;
import org.springframework.context.event.EventListener;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.context.support.MessageSourceAccessor;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.stereotype.Component;

/**
 * Stands in for an agent with a language model: it decides nothing, but calls the guarded
 * services as one would, and writes down what happens.
 */
@Component
public class SampleAgent {

	private static final Logger logger = LoggerFactory.getLogger(SampleAgent.class);

	private final InvoiceMailer mailer;

	private final ReportReader reports;

	private final CustomerTable customers;

	private final AsyncTaskExecutor executor;

	private final MessageSourceAccessor messages;

	private final AtomicInteger number = new AtomicInteger();

	private final Map<Integer, Run> runs = new ConcurrentSkipListMap<>();

	// One for each agent: the tests of an application have several.
	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable Run> current = new ThreadLocal<>();

	SampleAgent(InvoiceMailer mailer, ReportReader reports, CustomerTable customers, AsyncTaskExecutor executor,
			MessageSource messages) {
		this.mailer = mailer;
		this.reports = reports;
		this.customers = customers;
		this.executor = executor;
		this.messages = new MessageSourceAccessor(messages);
	}

	/**
	 * Starts a run in the background.
	 * @param task what to do
	 * @return the run
	 */
	public Run start(Task task) {
		Run run = new Run(this.number.incrementAndGet(), task);
		run.add(State.ASKED, this.messages.getMessage("step.asked"), null);
		this.runs.put(run.getId(), run);
		Locale locale = LocaleContextHolder.getLocale();
		this.executor.execute(() -> work(run, locale));
		return run;
	}

	/**
	 * Finds a run.
	 * @param id its number
	 * @return the run, or empty
	 */
	public Optional<Run> find(int id) {
		return Optional.ofNullable(this.runs.get(id));
	}

	/**
	 * Return all runs.
	 * @return the runs, the newest first
	 */
	public List<Run> runs() {
		List<Run> newestFirst = new ArrayList<>(this.runs.values());
		Collections.reverse(newestFirst);
		return newestFirst;
	}

	@EventListener
	void onPending(PermissionPendingEvent event) {
		Run run = this.current.get();
		if (run != null) {
			Permission permission = event.permission();
			run.add(State.WAITING, this.messages.getMessage("step.waiting"), permission.approvalUrl().orElse(null));
		}
	}

	private void work(Run run, Locale locale) {
		LocaleContextHolder.setLocale(locale);
		this.current.set(run);
		try {
			run.add(State.DONE, text("step." + run.getTask().getSlug(), perform(run.getTask())), null);
		}
		catch (PermissionDeniedException ex) {
			Permission permission = ex.permission();
			String decider = permission.decidedBy().orElseGet(() -> this.messages.getMessage("the.service"));
			run.add(State.DENIED,
					permission.reason()
						.map((reason) -> text("step.denied.reason", decider, reason))
						.orElseGet(() -> text("step.denied", decider)),
					null);
		}
		catch (PermissionExpiredException | PermissionPendingException ex) {
			run.add(State.EXPIRED, this.messages.getMessage("step.expired"), null);
		}
		catch (NetworkException ex) {
			run.add(State.FAILED, text("step.unreachable", String.valueOf(ex.getMessage())), null);
		}
		catch (AgentOtpException ex) {
			run.add(State.FAILED, text("step.refused", String.valueOf(ex.getMessage())), null);
		}
		catch (RuntimeException ex) {
			logger.warn("The task failed", ex);
			run.add(State.FAILED, text("step.failed", String.valueOf(ex.getMessage())), null);
		}
		finally {
			this.current.remove();
			LocaleContextHolder.resetLocaleContext();
		}
	}

	private String text(String code, String... values) {
		return this.messages.getMessage(code, values);
	}

	@SuppressWarnings("NullAway") // the guard passes the permission
	private String perform(Task task) {
		return switch (task) {
			case SEND_INVOICE -> this.mailer.send("client@example.com", "Invoice 42",
					"Dear client,\n\nplease find invoice 42 over 99.00 EUR below.\n\nYour agent", null);
			case READ_REPORT -> this.reports.read("report.txt").strip();
			case DELETE_CUSTOMERS -> this.customers.drop();
		};
	}

}
