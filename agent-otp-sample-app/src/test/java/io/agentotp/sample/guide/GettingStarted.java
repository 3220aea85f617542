package io.agentotp.sample.guide;

import java.math.BigDecimal;

import io.agentotp.spring.RequiresPermission;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.stereotype.Service;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * The code of the page {@code docs/getting-started.md}.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
@Import({ GettingStarted.Shop.class, GettingStarted.ShopController.class })
class GettingStarted {

	// on the page
	@Service
	static class Shop {

		@RequiresPermission(action = "payment.refund", resource = "order:#{#orderId}", scope = "{max_amount: #amount}",
				check = "#amount <= #granted['max_amount']", reason = "Refund for order #{#orderId}")
		public String refund(long orderId, BigDecimal amount) {
			return "Refunded " + amount + " for order " + orderId;
		}

	}
	// end

	// on the page
	@RestController
	static class ShopController {

		private final Shop shop;

		ShopController(Shop shop) {
			this.shop = shop;
		}

		@PostMapping("/orders/{orderId}/refund")
		String refund(@PathVariable long orderId, @RequestParam BigDecimal amount) {
			return this.shop.refund(orderId, amount);
		}

	}
	// end

}
