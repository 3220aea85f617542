package io.agentotp.server.notification.push;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;

import javax.crypto.KeyAgreement;

/**
 * A key pair on the curve P-256, as Web Push uses them. The public half is written as
 * browsers write it: 65 bytes, uncompressed, the first of them 4.
 */
final class PushKey {

	static final int LENGTH = 65;

	private static final int COORDINATE = 32;

	private static final ECParameterSpec CURVE = curve();

	private static final BigInteger FIELD = ((ECFieldFp) CURVE.getCurve().getField()).getP();

	private final ECPrivateKey privateKey;

	private final ECPublicKey publicKey;

	private PushKey(ECPrivateKey privateKey, ECPublicKey publicKey) {
		this.privateKey = privateKey;
		this.publicKey = publicKey;
	}

	/**
	 * Makes a key that nobody has used.
	 * @return the key
	 */
	static PushKey random() {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
			generator.initialize(new ECGenParameterSpec("secp256r1"));
			KeyPair pair = generator.generateKeyPair();
			return new PushKey((ECPrivateKey) pair.getPrivate(), (ECPublicKey) pair.getPublic());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The key that secret bytes stand for.
	 * @param seed the bytes
	 * @return the key, the same for the same bytes
	 */
	static PushKey ofSeed(byte[] seed) {
		BigInteger order = CURVE.getOrder();
		return of(new BigInteger(1, seed).mod(order.subtract(BigInteger.ONE)).add(BigInteger.ONE));
	}

	/**
	 * The key with a private half. The JDK computes no public half, but agrees with the
	 * curve's generator upon that half's first coordinate. Two points have it.
	 * @param secret the private half
	 * @return the key
	 */
	static PushKey of(BigInteger secret) {
		try {
			KeyFactory factory = KeyFactory.getInstance("EC");
			ECPrivateKey key = (ECPrivateKey) factory.generatePrivate(new ECPrivateKeySpec(secret, CURVE));
			BigInteger x = new BigInteger(1,
					agree(key, (ECPublicKey) factory.generatePublic(new ECPublicKeySpec(CURVE.getGenerator(), CURVE))));
			BigInteger square = x.pow(3).add(CURVE.getCurve().getA().multiply(x)).add(CURVE.getCurve().getB());
			BigInteger y = square.modPow(FIELD.add(BigInteger.ONE).shiftRight(2), FIELD);
			for (BigInteger candidate : new BigInteger[] { y, FIELD.subtract(y) }) {
				PushKey pair = new PushKey(key,
						(ECPublicKey) factory.generatePublic(new ECPublicKeySpec(new ECPoint(x, candidate), CURVE)));
				if (pair.verifies(pair.sign("a"), "a")) {
					return pair;
				}
			}
			throw new IllegalStateException("The provider of EC contradicts itself");
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Reads the public half of another key.
	 * @param point the half
	 * @return the key
	 * @throws GeneralSecurityException if it is none
	 */
	static ECPublicKey read(byte[] point) throws GeneralSecurityException {
		if (point.length != LENGTH || point[0] != 4) {
			throw new GeneralSecurityException("No uncompressed point");
		}
		BigInteger x = new BigInteger(1, Arrays.copyOfRange(point, 1, 1 + COORDINATE));
		BigInteger y = new BigInteger(1, Arrays.copyOfRange(point, 1 + COORDINATE, LENGTH));
		BigInteger right = x.pow(3).add(CURVE.getCurve().getA().multiply(x)).add(CURVE.getCurve().getB());
		if (x.compareTo(FIELD) >= 0 || y.compareTo(FIELD) >= 0 || y.pow(2).subtract(right).mod(FIELD).signum() != 0) {
			throw new GeneralSecurityException("No point of the curve");
		}
		return (ECPublicKey) KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), CURVE));
	}

	byte[] publicHalf() {
		ByteBuffer point = ByteBuffer.allocate(LENGTH).put((byte) 4);
		put(point, this.publicKey.getW().getAffineX());
		put(point, this.publicKey.getW().getAffineY());
		return point.array();
	}

	/**
	 * The public half as browsers take it.
	 * @return the half in base64 for URLs
	 */
	String text() {
		return base64(publicHalf());
	}

	static String base64(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	private static void put(ByteBuffer to, BigInteger number) {
		byte[] bytes = number.toByteArray();
		int from = Math.max(0, bytes.length - COORDINATE);
		to.put(new byte[COORDINATE - (bytes.length - from)]).put(bytes, from, bytes.length - from);
	}

	byte[] agree(ECPublicKey other) throws GeneralSecurityException {
		return agree(this.privateKey, other);
	}

	private static byte[] agree(ECPrivateKey own, ECPublicKey other) throws GeneralSecurityException {
		KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
		agreement.init(own);
		agreement.doPhase(other, true);
		return agreement.generateSecret();
	}

	/**
	 * Signs as JWTs do with ES256.
	 * @param text the text
	 * @return the signature
	 */
	byte[] sign(String text) {
		try {
			Signature signature = signature();
			signature.initSign(this.privateKey);
			signature.update(text.getBytes(StandardCharsets.US_ASCII));
			return signature.sign();
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private boolean verifies(byte[] signed, String text) throws GeneralSecurityException {
		Signature signature = signature();
		signature.initVerify(this.publicKey);
		signature.update(text.getBytes(StandardCharsets.US_ASCII));
		return signature.verify(signed);
	}

	private static Signature signature() throws GeneralSecurityException {
		return Signature.getInstance("SHA256withECDSAinP1363Format");
	}

	private static ECParameterSpec curve() {
		try {
			AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
			parameters.init(new ECGenParameterSpec("secp256r1"));
			return parameters.getParameterSpec(ECParameterSpec.class);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
