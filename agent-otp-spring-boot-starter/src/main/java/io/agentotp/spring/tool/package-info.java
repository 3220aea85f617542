/**
 * Guarding the tools of AI agents, whatever framework calls them.
 * <p>
 * What a framework's integration does:
 * <ol>
 * <li>It describes each tool that it offers to a model as a
 * {@link io.agentotp.spring.tool.Tool}, with the bean and the method where the tool is
 * one, and asks {@link io.agentotp.spring.tool.ToolGuard#protect} once how it is guarded:
 * by the annotation of its method, by a rule, not at all. That also puts it into the
 * {@link io.agentotp.spring.tool.ToolInventory}, the report at start-up and in the
 * Actuator endpoint.</li>
 * <li>It passes each call through {@link io.agentotp.spring.tool.ToolGuard#call} (or
 * {@code callAsync}), guarded or not, with a {@link io.agentotp.spring.tool.ToolCall}:
 * the arguments as the model wrote them, the model's id of the call, and the
 * {@link io.agentotp.spring.tool.ToolCaller} from the framework's own context. The body
 * is what calls the tool itself. A guarded method asks in its own proxy, a rule asks
 * here; so a tool with both asks once.</li>
 * <li>It turns {@link io.agentotp.spring.tool.ToolRefusedException} into the framework's
 * result of a failed tool. Its message is the text for the model, also where the body was
 * refused something deeper down. Other exceptions are the tool's own.</li>
 * <li>Where the caller has a timeout that the tool is not told, it passes a
 * {@link io.agentotp.spring.guard.CallerDeadline} with the call, which then waits no
 * longer and picks the decision up when it is made again.</li>
 * <li>Where the framework shows all calls of a turn at once, it adds them to a
 * {@link io.agentotp.spring.tool.ToolTurn}, lets it make the requests, and makes the
 * calls through it.</li>
 * <li>It hides parameters of type {@link io.agentotp.Permission} from the model, with
 * {@link io.agentotp.spring.tool.HiddenParameters}.</li>
 * </ol>
 * <p>
 * Internal: applications need not name it.
 */
@NullMarked
package io.agentotp.spring.tool;

import org.jspecify.annotations.NullMarked;
