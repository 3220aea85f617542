package io.agentotp.test.readme;

import java.math.BigDecimal;

import io.agentotp.Permission;
import io.agentotp.spring.RequiresPermission;

import org.springframework.stereotype.Service;

/**
 * The guarded method of the README.
 */
@Service
class Shop {

	private final Payments payments;

	Shop(Payments payments) {
		this.payments = payments;
	}

	// on the page
	@RequiresPermission(action = "payment.refund", resource = "order:#{#orderId}", scope = "{max_amount: #amount}",
			check = "#amount <= #granted['max_amount']")
	public Receipt refund(long orderId, BigDecimal amount, Permission permission) {
		// Runs only with a grant for exactly this call.
		return this.payments.refund(orderId, amount);
	}
	// end

	interface Payments {

		Receipt refund(long orderId, BigDecimal amount);

	}

	record Receipt(long orderId, BigDecimal amount) {
	}

}
