package io.agentotp.hosts.war;

import io.agentotp.PermissionDeniedException;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What a test can ask of the application.
 */
@RestController
public class RefundController {

	private final Refunds refunds;

	RefundController(Refunds refunds) {
		this.refunds = refunds;
	}

	/**
	 * Pays money back.
	 * @param amount how much
	 * @return what became of it
	 */
	@PostMapping("/refunds")
	public String refund(@RequestParam int amount) {
		try {
			this.refunds.refund(amount);
			return "paid";
		}
		catch (PermissionDeniedException ex) {
			return "denied";
		}
	}

	/**
	 * How often money was paid back.
	 * @return the number
	 */
	@GetMapping("/refunds")
	public long refunds() {
		return this.refunds.count();
	}

}
