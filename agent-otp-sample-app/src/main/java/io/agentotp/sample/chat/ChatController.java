package io.agentotp.sample.chat;

import io.agentotp.sample.mail.InProcessMailServer;

import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * The page of the chat.
 */
@Controller
class ChatController {

	private final ChatAgent agent;

	private final InProcessMailServer mailServer;

	ChatController(ChatAgent agent, InProcessMailServer mailServer) {
		this.agent = agent;
		this.mailServer = mailServer;
	}

	@GetMapping("/chat")
	String page(Model model) {
		fill(model);
		return "chat";
	}

	/** What changes on the page, for its script. */
	@GetMapping("/chat/state")
	String state(Model model) {
		fill(model);
		return "chat :: state";
	}

	@PostMapping("/chat")
	String ask(@RequestParam String question) {
		this.agent.ask(question);
		return "redirect:/chat";
	}

	private void fill(Model model) {
		model.addAttribute("exchanges", this.agent.exchanges());
		model.addAttribute("mails", this.mailServer.received());
	}

}
