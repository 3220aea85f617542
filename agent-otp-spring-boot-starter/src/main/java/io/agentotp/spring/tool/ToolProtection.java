package io.agentotp.spring.tool;

import java.util.Map;
import java.util.function.Predicate;

import io.agentotp.spring.CallRefusedException;
import org.jspecify.annotations.Nullable;

/**
 * How a tool is guarded.
 */
public final class ToolProtection {

	private static final String NO_BEAN = "its object is no Spring bean";

	private static final String UNDECIDED = ToolRules.UNMATCHED + " is not set";

	private final Tool tool;

	private final Kind kind;

	private final String by;

	private final @Nullable GuardedTool guarded;

	private final boolean asks;

	private final @Nullable String remedy;

	private final @Nullable ToolProtection inside;

	private ToolProtection(Tool tool, Kind kind, String by, @Nullable GuardedTool guarded, boolean asks,
			@Nullable String remedy, @Nullable ToolProtection inside) {
		this.inside = inside;
		this.tool = tool;
		this.kind = kind;
		this.by = by;
		this.guarded = guarded;
		this.asks = asks;
		this.remedy = remedy;
	}

	static ToolProtection byRule(Tool tool, ToolRule rule, GuardedTool guarded) {
		return new ToolProtection(tool, Kind.GUARDED, rule.place(), guarded, true, null, null);
	}

	static ToolProtection byAnnotation(Tool tool, boolean blocking) {
		return new ToolProtection(tool, Kind.GUARDED, "@RequiresPermission", null, blocking, null, null);
	}

	/**
	 * An object that nothing guards has a method with the annotation.
	 */
	static ToolProtection noBean(Tool tool) {
		return of(tool, Kind.REFUSED, NO_BEAN);
	}

	/**
	 * A tool cannot be guarded as it stands.
	 */
	static ToolProtection unfit(Tool tool, String why, String remedy) {
		return new ToolProtection(tool, Kind.REFUSED, why, null, false, remedy, null);
	}

	/**
	 * Nobody has said what happens with a tool that no rule names.
	 */
	static ToolProtection undecided(Tool tool) {
		return of(tool, Kind.REFUSED, UNDECIDED);
	}

	static ToolProtection of(Tool tool, Kind kind, String by) {
		return new ToolProtection(tool, kind, by, null, false, null, null);
	}

	/**
	 * Return the protection of a tool that has another guard inside, as where a server
	 * offers a guarded tool: the same call is asked for once.
	 * @param outermost the tool as it was before it got this protection
	 * @param decorators tells what may stand between the two, by the values of fields
	 * @param guard the guard of both
	 * @return the protection
	 */
	public ToolProtection around(Object outermost, Predicate<Object> decorators, ToolGuard guard) {
		return (this.guarded == null) ? this
				: Decorators.find(outermost, decorators, (candidate) -> ProtectedTool.find(candidate, guard) != null)
					.map((candidate) -> ProtectedTool.find(candidate, guard))
					.map((found) -> new ToolProtection(this.tool, this.kind, this.by, this.guarded, this.asks,
							this.remedy, found.protection()))
					.orElse(this);
	}

	/**
	 * Return the protection that the same call comes to next, if there is one.
	 */
	@Nullable ToolProtection inside() {
		return this.inside;
	}

	/**
	 * Return the tool.
	 * @return the tool
	 */
	public Tool tool() {
		return this.tool;
	}

	/**
	 * Return what happens with calls of the tool.
	 * @return the kind of protection
	 */
	public Kind kind() {
		return this.kind;
	}

	/**
	 * Return what makes it so.
	 * @return the annotation, a rule or a setting
	 */
	public String by() {
		return this.by;
	}

	/**
	 * Makes sure that the tool is no method with the annotation of an object that nothing
	 * guards.
	 * @throws CallRefusedException if it is
	 */
	public void requireBean() {
		if (this.by.equals(NO_BEAN)) {
			throw new CallRefusedException("TOOL_REFUSED",
					"The tool " + this.tool.name() + " must not be offered to a model: " + NO_BEAN + ". Offer the bean "
							+ "as it is injected: a bean that offers its own tools takes itself from an ObjectProvider",
					null);
		}
	}

	/**
	 * Return whether nobody has said what happens with the tool.
	 */
	boolean isUndecided() {
		return this.by.equals(UNDECIDED);
	}

	/**
	 * Return what to do about a tool that cannot be guarded as it stands, or {@code null}
	 * if it can.
	 */
	@Nullable String remedy() {
		return this.remedy;
	}

	/**
	 * Return whether a rule guards the tool.
	 * @return whether its arguments are bound here
	 */
	public boolean isByRule() {
		return this.guarded != null;
	}

	/**
	 * Return the guard of a tool that a rule guards.
	 */
	@Nullable GuardedTool guarded() {
		return this.guarded;
	}

	/**
	 * Return arguments as they are bound, and as the tool must get them then.
	 * @param arguments the arguments as the model wrote them
	 * @return the arguments; as they are if no rule guards the tool, or if they cannot be
	 * read, which refuses the call
	 */
	public String exact(String arguments) {
		return (this.guarded != null) ? ToolArguments.normal(arguments) : arguments;
	}

	/**
	 * Return arguments as they are bound, and as the tool must get them then.
	 * @param arguments the arguments by name
	 * @return the arguments; as they are if no rule guards the tool
	 */
	public Map<String, Object> exact(Map<String, Object> arguments) {
		return (this.guarded != null) ? ToolArguments.values(ToolArguments.normal(ToolArguments.write(arguments)))
				: arguments;
	}

	/**
	 * Return what a tool may read beside its arguments: what can be bound, if a rule
	 * guards it.
	 * @param context what its framework hands to it
	 * @return the part that it may read; all of it if no rule guards the tool
	 */
	public Map<String, Object> readable(Map<String, Object> context) {
		return (this.guarded != null) ? ReadableContext.of(this.tool.name(), context) : context;
	}

	/**
	 * Return whether a call makes a request and waits on its thread, so that the request
	 * can be made ahead.
	 */
	boolean asks() {
		return this.asks;
	}

	/**
	 * What happens with the calls of a tool.
	 */
	public enum Kind {

		/** They need a permission. */
		GUARDED,

		/** They need none. */
		UNGUARDED,

		/** They are refused. */
		REFUSED

	}

}
