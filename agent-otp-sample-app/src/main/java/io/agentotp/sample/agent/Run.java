package io.agentotp.sample.agent;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

/**
 * One run of the agent: what has happened so far.
 */
public final class Run {

	private final int id;

	private final Task task;

	private final List<Step> steps = new CopyOnWriteArrayList<>();

	Run(int id, Task task) {
		this.id = id;
		this.task = task;
	}

	void add(State state, String text, @Nullable String approvalUrl) {
		this.steps.add(new Step(Instant.now(), state, text, approvalUrl));
	}

	/**
	 * Return the run's number.
	 * @return the number
	 */
	public int getId() {
		return this.id;
	}

	/**
	 * Return what the agent was told to do.
	 * @return the task
	 */
	public Task getTask() {
		return this.task;
	}

	/**
	 * Return where the run stands.
	 * @return the state of the last step
	 */
	public State getState() {
		return this.steps.get(this.steps.size() - 1).state();
	}

	/**
	 * Return what has happened.
	 * @return the steps, the oldest first
	 */
	public List<Step> getSteps() {
		return List.copyOf(this.steps);
	}

	/**
	 * Where a run stands.
	 */
	public enum State {

		/** The agent has asked. */
		ASKED,

		/** An approver is to decide. */
		WAITING,

		/** The deed is done. */
		DONE,

		/** A policy or an approver said no. */
		DENIED,

		/** Nobody decided in time. */
		EXPIRED,

		/** Something went wrong; nothing was done without permission. */
		FAILED

	}

	/**
	 * Something that happened.
	 *
	 * @param at when
	 * @param state the state it led to
	 * @param text what, in words
	 * @param approvalUrl where to decide, or {@code null}
	 */
	public record Step(Instant at, State state, String text, @Nullable String approvalUrl) {
	}

}
