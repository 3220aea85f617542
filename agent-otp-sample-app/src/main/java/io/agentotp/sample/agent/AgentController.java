package io.agentotp.sample.agent;

import java.util.Arrays;

import io.agentotp.sample.customers.CustomerTable;
import io.agentotp.sample.mail.InProcessMailServer;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.server.ResponseStatusException;

/**
 * The page on which one picks a task and watches the run; the same for {@code curl}.
 */
@Controller
class AgentController {

	private final SampleAgent agent;

	private final InProcessMailServer mailServer;

	private final CustomerTable customers;

	AgentController(SampleAgent agent, InProcessMailServer mailServer, CustomerTable customers) {
		this.agent = agent;
		this.mailServer = mailServer;
		this.customers = customers;
	}

	@GetMapping("/")
	String page(Model model) {
		model.addAttribute("tasks", Task.values());
		fill(model);
		return "agent";
	}

	/** What changes on the page, for its script. */
	@GetMapping("/state")
	String state(Model model) {
		fill(model);
		return "agent :: state";
	}

	@PostMapping("/tasks/{task}")
	String start(@PathVariable String task) {
		this.agent.start(task(task));
		return "redirect:/";
	}

	@PostMapping(path = "/tasks/{task}", produces = MediaType.APPLICATION_JSON_VALUE)
	ResponseEntity<Run> startAndTell(@PathVariable String task, HttpServletRequest request) {
		Run run = this.agent.start(task(task));
		return ResponseEntity.accepted()
			.header("Location", request.getContextPath() + "/runs/" + run.getId())
			.body(run);
	}

	@GetMapping(path = "/runs/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
	@ResponseBody
	Run run(@PathVariable int id) {
		return this.agent.find(id)
			.orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no run " + id));
	}

	private void fill(Model model) {
		model.addAttribute("runs", this.agent.runs());
		model.addAttribute("mails", this.mailServer.received());
		model.addAttribute("approverMails", this.mailServer.toApprovers());
		model.addAttribute("customers", this.customers.count());
	}

	private static Task task(String slug) {
		return Arrays.stream(Task.values())
			.filter((task) -> task.getSlug().equals(slug))
			.findFirst()
			.orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no task " + slug));
	}

}
