package io.agentotp.spring.tool.springai;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.Permission;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.annotation.Tool;

/**
 * Tools that are methods of the application's.
 */
public class MailTools {

	private final List<String> done = new CopyOnWriteArrayList<>();

	@Tool(description = "Sends a mail")
	@RequiresPermission(action = "email.send", resource = "email:#{#to}", scope = "{max: 1}")
	public String send(String to, String body) {
		this.done.add("send " + to + " " + PermissionContext.current().action());
		return "sent to " + to;
	}

	@Tool(description = "Sends a mail and looks at the grant")
	@RequiresPermission(action = "email.report", scope = "{max: 5}", acceptsNarrowed = true)
	public String report(String to, @Nullable Permission permission) {
		this.done.add("report " + to + " " + permission.scope() + " " + permission.token().isPresent());
		return "reported " + permission + " " + permission.scope();
	}

	@Tool(description = "Gives its grant back")
	@RequiresPermission(action = "email.leak")
	public @Nullable Permission leak(Permission permission) {
		this.done.add("leak " + permission.token().isPresent());
		return permission;
	}

	@Tool(description = "Deletes a mail")
	@RequiresPermission(action = "email.delete", resource = "mail:#{#id}", onPending = OnPending.THROW)
	public String delete(int id) {
		this.done.add("delete " + id);
		return "deleted " + id;
	}

	@Tool(description = "Forwards a mail")
	@RequiresPermission(action = "email.forward")
	public String forward(String to) throws IOException {
		this.done.add("forward " + to);
		throw new IOException("no connection");
	}

	@Tool(description = "Empties the box", returnDirect = true)
	@RequiresPermission(action = "email.purge")
	public String purge() {
		this.done.add("purge");
		return "purged";
	}

	@Tool(description = "Archives a mail")
	@RequiresPermission(action = "email.archive")
	public String archive(int id, ToolContext context) {
		this.done.add("archive " + id + " " + context.getContext().get("userId"));
		return "archived";
	}

	@Tool(description = "Reads a mail")
	public String read(int id) {
		this.done.add("read " + id);
		return "mail " + id;
	}

	@Tool(description = "Takes a grant without the annotation")
	public String unguarded(@Nullable Permission permission) {
		this.done.add("unguarded " + permission);
		return "done";
	}

	public List<String> done() {
		return this.done;
	}

}
