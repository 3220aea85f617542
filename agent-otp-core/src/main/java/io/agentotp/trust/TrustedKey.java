package io.agentotp.trust;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The public key of one approver's passkey, checked with the JDK's own cryptography.
 *
 * @param person whose it is
 * @param groups the groups of that person
 * @param key the key
 * @param algorithm the JDK's name of its signatures
 * @param validFrom from when on it may have signed
 * @param revokedAt since when it proves nothing, {@code null} if it does
 */
record TrustedKey(String person, Set<String> groups, PublicKey key, String algorithm, Instant validFrom,
		@Nullable Instant revokedAt) {

	private static final int MIN_RSA_BITS = 2048;

	/** The order of P-256. */
	private static final BigInteger P256 = new BigInteger(
			"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

	/** Both halves are zero: some old JDKs take it for the signature of anything. */
	private static final byte[] ZERO = HexFormat.of().parseHex("3006020100020100");

	/**
	 * Reads a key.
	 * @param algorithm its name in WebAuthn
	 * @param spki the key in X.509 form
	 * @throws IllegalArgumentException if it is no key of the algorithm, or too weak
	 */
	static TrustedKey of(String person, Set<String> groups, String algorithm, byte[] spki, Instant validFrom,
			@Nullable Instant revokedAt) {
		try {
			return switch (algorithm) {
				case "ES256" ->
					new TrustedKey(person, groups, p256(key("EC", spki)), "SHA256withECDSA", validFrom, revokedAt)
						.requireSound();
				case "RS256" ->
					new TrustedKey(person, groups, rsa(key("RSA", spki)), "SHA256withRSA", validFrom, revokedAt);
				case "EdDSA" ->
					new TrustedKey(person, groups, ed25519(key("Ed25519", spki)), "Ed25519", validFrom, revokedAt);
				default -> throw new IllegalArgumentException(
						"has an algorithm that is not known here, but ES256, RS256 and EdDSA are");
			};
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalArgumentException("has a public key that is none of its algorithm");
		}
	}

	private static PublicKey key(String algorithm, byte[] spki) throws GeneralSecurityException {
		return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(spki));
	}

	private static PublicKey p256(PublicKey key) {
		require(key instanceof ECPublicKey ec && ec.getParams().getOrder().equals(P256), "is not on the curve P-256");
		return key;
	}

	private static PublicKey rsa(PublicKey key) {
		require(key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= MIN_RSA_BITS,
				"has fewer than " + MIN_RSA_BITS + " bits");
		return key;
	}

	private static PublicKey ed25519(PublicKey key) {
		require(key instanceof EdECPublicKey ed
				&& ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName()), "is not of Ed25519");
		return key;
	}

	private static void require(boolean valid, String problem) {
		if (!valid) {
			throw new IllegalArgumentException("has a public key that " + problem);
		}
	}

	private TrustedKey requireSound() {
		if (verifies(new byte[1], ZERO)) {
			throw new IllegalStateException("This JDK accepts forged signatures (CVE-2022-21449): update it");
		}
		return this;
	}

	/**
	 * Whether a signature of some bytes is one of this key.
	 */
	boolean verifies(byte[] signed, byte[] signature) {
		try {
			Signature verification = Signature.getInstance(this.algorithm);
			verification.initVerify(this.key);
			verification.update(signed);
			return verification.verify(signature);
		}
		catch (GeneralSecurityException ex) {
			// Among them is what has not the form of a signature.
			return false;
		}
	}

}
