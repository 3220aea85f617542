package io.agentotp.test.slice;

import java.math.BigDecimal;

import io.agentotp.spring.RequiresPermission;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Service;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application whose slices are tested.
 */
@SpringBootApplication
class SliceApplication {

	@Service
	static class Shop {

		private int refunds;

		@RequiresPermission(action = "payment.refund", scope = "{max_amount: #amount}")
		public String refund(BigDecimal amount) {
			this.refunds++;
			return "refunded " + amount;
		}

		int refunds() {
			return this.refunds;
		}

	}

	@RestController
	static class ShopController {

		private final Shop shop;

		ShopController(Shop shop) {
			this.shop = shop;
		}

		@GetMapping("/refund")
		String refund() {
			return this.shop.refund(new BigDecimal("10.50"));
		}

	}

	@RestController
	public static class GuardedController {

		@RequiresPermission(action = "shop.close")
		@GetMapping("/close")
		public String close() {
			return "closed";
		}

	}

}
