package io.agentotp.server.passkey;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

import com.webauthn4j.verifier.exception.BadChallengeException;
import com.webauthn4j.verifier.exception.BadOriginException;
import com.webauthn4j.verifier.exception.BadRpIdException;
import com.webauthn4j.verifier.exception.BadSignatureException;
import com.webauthn4j.verifier.exception.BadTopOriginException;
import com.webauthn4j.verifier.exception.UserNotPresentException;
import com.webauthn4j.verifier.exception.UserNotVerifiedException;
import io.agentotp.server.json.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What browsers send of passkeys as text, and what is wrong with it.
 */
final class PasskeyText {

	private static final int MAX = 16_000;

	private static final String UNREADABLE = "What the passkey sent cannot be read";

	private PasskeyText() {
	}

	/**
	 * Reads bytes that no other text stands for, too.
	 * @param text base64url without padding
	 * @return the bytes
	 * @throws InvalidPasskeyException if it is not
	 */
	static byte[] bytes(String text) {
		try {
			byte[] bytes = Base64.getUrlDecoder().decode((text.length() <= MAX) ? text : "");
			if (text(bytes).equals(text)) {
				return bytes;
			}
		}
		catch (IllegalArgumentException ex) {
			// Answered below.
		}
		throw new InvalidPasskeyException(UNREADABLE);
	}

	/**
	 * Reads what a browser sends.
	 * @param json the text
	 * @return what it stands for
	 * @throws InvalidPasskeyException if it cannot be read
	 */
	static JsonNode read(String json) {
		try {
			if (json.length() <= 4 * MAX) {
				return Json.read(json);
			}
		}
		catch (JacksonException ex) {
			// Answered below.
		}
		throw new InvalidPasskeyException(UNREADABLE);
	}

	/**
	 * What a browser says that was signed.
	 * @param clientData the text of the browser
	 * @return the challenge
	 * @throws InvalidPasskeyException if it cannot be read
	 */
	static byte[] challenge(byte[] clientData) {
		return bytes(read(new String(clientData, StandardCharsets.UTF_8)).path("challenge").asString(""));
	}

	static String text(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	static String problem(RuntimeException ex) {
		if (ex instanceof BadChallengeException) {
			return "The passkey signed something else than this page asked for. Try again";
		}
		if (ex instanceof BadOriginException || ex instanceof BadTopOriginException) {
			return "The passkey was used on another page than one of this service";
		}
		if (ex instanceof BadRpIdException) {
			return "The passkey is one of another service";
		}
		if (ex instanceof UserNotVerifiedException || ex instanceof UserNotPresentException) {
			return "The device did not verify you. Unlock the passkey with a fingerprint, face or PIN";
		}
		if (ex instanceof BadSignatureException) {
			return "The signature is not one of this passkey";
		}
		return UNREADABLE;
	}

}
