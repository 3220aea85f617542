package io.agentotp.server.notification.push;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PushEncryptionTests {

	private static final byte[] RECEIVER = bytes(
			"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");

	private static final byte[] SECRET = bytes("BTBZMqHH6r4Tts7J_aSIgg");

	// The example of RFC 8291.
	@Test
	void encryptWhenAsInTheStandardThenSameBytes() throws Exception {
		PushKey sender = PushKey.of(new BigInteger(1, bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")));
		byte[] body = PushEncryption.encrypt(
				"When I grow up, I want to be a watermelon".getBytes(StandardCharsets.UTF_8), RECEIVER, SECRET, sender,
				bytes("DGv6ra1nlYgDCS1FRnbzlw"));
		assertThat(PushKey.base64(body)).isEqualTo("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
				+ "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
				+ "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
		assertThat(sender.text())
			.isEqualTo("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
	}

	@Test
	void encryptWhenRepeatedThenNeverTheSame() throws Exception {
		byte[] text = { 1, 2, 3 };
		assertThat(PushEncryption.encrypt(text, RECEIVER, SECRET))
			.isNotEqualTo(PushEncryption.encrypt(text, RECEIVER, SECRET));
	}

	@Test
	void encryptWhenTextIsTooLongThenRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> PushEncryption.encrypt(new byte[4096], RECEIVER, SECRET));
	}

	@Test
	void ofSeedWhenSameBytesThenSameKeyAndAPointOfTheCurve() throws Exception {
		Random random = new Random(1);
		for (int i = 0; i < 50; i++) {
			byte[] seed = new byte[32];
			random.nextBytes(seed);
			PushKey key = PushKey.ofSeed(seed);
			assertThat(PushKey.ofSeed(seed).text()).isEqualTo(key.text());
			assertThat(PushKey.read(key.publicHalf()).getW()).isNotNull();
			PushKey other = PushKey.random();
			assertThat(key.agree(PushKey.read(other.publicHalf())))
				.isEqualTo(other.agree(PushKey.read(key.publicHalf())));
		}
	}

	@Test
	void readWhenNoPointOfTheCurveThenRefused() {
		byte[] off = RECEIVER.clone();
		off[64] ^= 1;
		byte[] compressed = RECEIVER.clone();
		compressed[0] = 2;
		for (byte[] wrong : new byte[][] { off, compressed, new byte[65], new byte[0], { 4 } }) {
			assertThatExceptionOfType(GeneralSecurityException.class).isThrownBy(() -> PushKey.read(wrong));
		}
	}

	private static byte[] bytes(String text) {
		return Base64.getUrlDecoder().decode(text);
	}

}
