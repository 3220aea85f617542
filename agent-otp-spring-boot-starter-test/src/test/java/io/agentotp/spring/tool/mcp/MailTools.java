package io.agentotp.spring.tool.mcp;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.Permission;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import org.springframework.ai.mcp.annotation.McpMeta;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The tools of a mail server.
 */
@Configuration(proxyBeanMethods = false)
class MailTools {

	@Bean
	Mail mail() {
		return new Mail();
	}

	@Bean
	Notes notes(Mail mail) {
		return new Notes(mail);
	}

	@Bean
	ToolCallbackProvider noteTools(Notes notes) {
		return MethodToolCallbackProvider.builder().toolObjects(notes).build();
	}

	/** What is guarded, one way or the other. */
	public static class Mail {

		private final List<String> done = new CopyOnWriteArrayList<>();

		public List<String> done() {
			return this.done;
		}

		@McpTool(name = "send_mail", description = "Sends a mail")
		@RequiresPermission(action = "email.send", resource = "email:#{#to}")
		public String send(String to) {
			return record("sent to " + to + " with " + PermissionContext.current().status());
		}

		@McpTool(name = "send_later", description = "Sends a mail")
		@RequiresPermission(action = "email.send", onPending = OnPending.THROW)
		public String sendLater(String to) {
			return record("sent to " + to);
		}

		@McpTool(name = "send_limited", description = "Sends mails")
		@RequiresPermission(action = "email.send_many", scope = "{max_emails: #count}", acceptsNarrowed = true)
		public String sendMany(int count, Permission permission) {
			return record("sent " + permission.scope().get("max_emails") + " of " + count);
		}

		@McpTool(name = "send_strictly", description = "Sends mails")
		@RequiresPermission(action = "email.send_many", scope = "{max_emails: #count}")
		public String sendStrictly(int count) {
			return record("sent " + count);
		}

		@McpTool(name = "delete.mail", description = "Deletes a mail")
		public String delete(String id) {
			return record("deleted " + id);
		}

		@McpTool(name = "delete_of_tenant", description = "Deletes a mail")
		public String deleteOfTenant(String id, McpMeta meta) {
			return record("deleted " + id + " of " + meta.get("tenant"));
		}

		@McpTool(name = "read_mail", description = "Reads a mail")
		public String read(String id) {
			return record("read " + id);
		}

		@McpTool(name = "send_guarded_twice", description = "Sends a mail")
		@RequiresPermission(action = "email.send")
		public String sendByRuleToo(String to) {
			return record("sent to " + to);
		}

		@McpTool(name = "fail", description = "Fails")
		@RequiresPermission(action = "email.fail")
		public String fail() throws IOException {
			throw new IOException("The mail server is down");
		}

		String record(String text) {
			this.done.add(text);
			return text;
		}

	}

	/** Tools of Spring AI's that the server exposes, too. */
	public static class Notes {

		private final Mail mail;

		public Notes(Mail mail) {
			this.mail = mail;
		}

		@Tool(name = "write_note", description = "Writes a note")
		@RequiresPermission(action = "note.write")
		public String write(String text) {
			return this.mail.record("noted " + text);
		}

		@Tool(name = "erase_note", description = "Erases a note")
		public String erase(String text) {
			return this.mail.record("erased " + text);
		}

		@Tool(name = "note_guarded_twice", description = "Writes a note")
		@RequiresPermission(action = "note.write")
		public String writeByRuleToo(String text) {
			return this.mail.record("noted " + text);
		}

	}

}
