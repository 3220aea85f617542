package io.agentotp.trust;

/**
 * A proof proves nothing. The message says why, in words of this code only.
 */
final class InvalidProofException extends Exception {

	InvalidProofException(String message) {
		super(message);
	}

}
