package io.agentotp.server.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the operator says of actions, at one time; it never changes. The most exact entry
 * for an action counts alone.
 */
public final class ActionCatalogue {

	/**
	 * A catalogue without entries.
	 */
	public static final ActionCatalogue EMPTY = new ActionCatalogue(List.of(), "");

	private final List<ActionEntry> entries;

	private final Map<String, ActionEntry> exact = new HashMap<>();

	private final Map<String, ActionEntry> byLook = new HashMap<>();

	private final List<ActionEntry> patterns;

	private final String problem;

	private ActionCatalogue(List<ActionEntry> entries, String problem) {
		this.entries = entries.stream().sorted(ActionEntry.MOST_EXACT_FIRST).toList();
		this.entries.stream().filter(ActionEntry::isExact).forEach((entry) -> {
			this.exact.put(entry.action(), entry);
			this.byLook.put(NameLook.of(entry.action()), entry);
		});
		this.patterns = this.entries.stream().filter((entry) -> !entry.isExact()).toList();
		this.problem = problem;
	}

	/**
	 * Makes a catalogue.
	 * @param entries its entries
	 * @return the catalogue
	 * @throws InvalidPolicyException if two of them are for the same
	 */
	static ActionCatalogue of(List<ActionEntry> entries) {
		Map<String, ActionEntry> names = new HashMap<>();
		for (ActionEntry entry : entries) {
			ActionEntry other = names.putIfAbsent(entry.name(), entry);
			if (other != null) {
				throw new InvalidPolicyException(entry.origin().isReadOnly() ? entry.origin().text() : "action",
						"makes two entries for '" + entry.name() + "' (" + entry.origin().text() + " and "
								+ other.origin().text() + ")");
			}
		}
		return new ActionCatalogue(entries, "");
	}

	static ActionCatalogue unknown(String problem) {
		return new ActionCatalogue(List.of(), problem);
	}

	/**
	 * All entries, the most exact first.
	 * @return the entries
	 */
	public List<ActionEntry> entries() {
		return this.entries;
	}

	/**
	 * Why it has no entries although there were some.
	 * @return the problem, empty if there is none
	 */
	public String problem() {
		return this.problem;
	}

	/**
	 * What is said of an action, or of the one that it looks like: nothing gets around
	 * its risk by another name.
	 * @param action the action
	 * @return the most exact entry
	 */
	public Optional<ActionEntry> find(String action) {
		ActionEntry named = this.exact.getOrDefault(action, imitated(action).orElse(null));
		return (named != null) ? Optional.of(named)
				: this.patterns.stream().filter((entry) -> entry.isFor(action)).findFirst();
	}

	/**
	 * The action that another one only looks like.
	 * @param action the other action
	 * @return the entry of the first, empty if it looks like none or is the first
	 */
	public Optional<ActionEntry> imitated(String action) {
		if (this.entries.isEmpty() || this.exact.containsKey(action)) {
			return Optional.empty();
		}
		String look = NameLook.of(action);
		ActionEntry named = this.byLook.get(look);
		return (named != null || this.patterns.stream().anyMatch((entry) -> entry.isFor(action)))
				? Optional.ofNullable(named)
				: this.patterns.stream().filter((entry) -> entry.looksFor(look)).findFirst();
	}

	/**
	 * The title of a request without marks.
	 * @param request the request, with the scope that would be granted
	 * @return the title, empty if there is none that fits
	 */
	public Optional<String> title(PolicyRequest request) {
		return imitated(request.action()).isPresent() ? Optional.empty()
				: find(request.action()).map(ActionEntry::title).flatMap((title) -> title.text(request));
	}

	/**
	 * How much is at stake.
	 * @param action the action
	 * @return the risk, which is normal for what is not known
	 */
	public Risk risk(String action) {
		return find(action).map(ActionEntry::risk).orElse(Risk.NORMAL);
	}

	/**
	 * Which entries of the scope of an action are limits.
	 * @param action the action
	 * @return the limits
	 */
	public ScopeLimits limits(String action) {
		return find(action).map(ActionEntry::limits).orElse(ScopeLimits.BY_NAME);
	}

}
