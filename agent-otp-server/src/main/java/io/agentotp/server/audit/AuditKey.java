package io.agentotp.server.audit;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 key that checkpoints are signed with, or its public half.
 */
public final class AuditKey {

	private static final String ALGORITHM = "Ed25519";

	private static final int SEED = 32;

	private static final int LENGTH = 64;

	private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";

	private static final String END = "-----END PUBLIC KEY-----";

	private final String id;

	private final PublicKey publicKey;

	private final @Nullable PrivateKey privateKey;

	private AuditKey(PublicKey publicKey, @Nullable PrivateKey privateKey) {
		this.id = Secrets.sha256(publicKey.getEncoded()).substring(0, 16);
		this.publicKey = publicKey;
		this.privateKey = privateKey;
	}

	/**
	 * The key that 32 secret bytes stand for.
	 * @param seed the bytes
	 * @return the key
	 */
	static AuditKey ofSeed(byte[] seed) {
		if (seed.length != SEED) {
			throw new IllegalArgumentException("Must have 32 bytes");
		}
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
			generator.initialize(NamedParameterSpec.ED25519, new FixedBytes(seed));
			KeyPair pair = generator.generateKeyPair();
			return new AuditKey(pair.getPublic(), pair.getPrivate());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Reads a public key.
	 * @param pem the key in PEM
	 * @return the key
	 * @throws IllegalArgumentException if it is none
	 */
	public static AuditKey ofPem(String pem) {
		String text = pem.strip();
		if (!text.startsWith(BEGIN) || !text.endsWith(END)) {
			throw new IllegalArgumentException("Must be a public key in PEM: " + BEGIN);
		}
		try {
			byte[] bytes = Base64.getMimeDecoder().decode(text.substring(BEGIN.length(), text.length() - END.length()));
			return new AuditKey(KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(bytes)), null);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalArgumentException("Must be a public key of Ed25519", ex);
		}
	}

	/**
	 * Tells keys apart.
	 * @return the begin of the hash of the public key
	 */
	public String id() {
		return this.id;
	}

	/**
	 * The public key.
	 * @return the key in PEM
	 */
	public String pem() {
		return BEGIN + "\n" + Base64.getEncoder().encodeToString(this.publicKey.getEncoded()) + "\n" + END + "\n";
	}

	String sign(byte[] bytes) {
		try {
			Signature signature = Signature.getInstance(ALGORITHM);
			signature.initSign(this.privateKey);
			signature.update(bytes);
			return Base64.getEncoder().encodeToString(signature.sign());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	boolean verifies(byte[] bytes, String signed) {
		try {
			Signature signature = Signature.getInstance(ALGORITHM);
			signature.initVerify(this.publicKey);
			signature.update(bytes);
			byte[] given = Base64.getDecoder().decode(signed);
			// The JDK takes one with zeros behind it.
			return given.length == LENGTH && signature.verify(given);
		}
		catch (GeneralSecurityException | IllegalArgumentException ex) {
			return false;
		}
	}

	// The JDK makes the public half of a private key only while it makes both.
	@SuppressWarnings("serial")
	private static final class FixedBytes extends SecureRandom {

		private final byte[] seed;

		FixedBytes(byte[] seed) {
			this.seed = Arrays.copyOf(seed, seed.length);
		}

		@Override
		public void nextBytes(byte[] bytes) {
			System.arraycopy(this.seed, 0, bytes, 0, bytes.length);
		}

	}

}
