package io.agentotp.server.audit;

import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.token.RegisteredKeys;
import io.agentotp.server.token.SecretFile;
import io.agentotp.server.token.Tokens;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * The keys of this service, the one that signs first.
 */
@Component
public final class AuditKeys {

	private static final Logger logger = LoggerFactory.getLogger(AuditKeys.class);

	private final List<AuditKey> keys;

	@Autowired
	AuditKeys(AgentOtpServerProperties.Audit settings, Tokens tokens, RegisteredKeys registered) {
		String file = settings.keyFile();
		this.keys = (file != null) ? ofFile(file,
				registered.read(RegisteredKeys.Kind.AUDIT_KEY, new SecretFile(Path.of(file)), settings.lostKey()))
				: tokens.seeds("audit").stream().map(AuditKey::ofSeed).toList();
		registered.register(RegisteredKeys.Kind.AUDIT_KEY, this.keys.stream().map(AuditKey::id).toList(),
				settings.lostKey());
		logger.info("Audit checkpoints are signed with key {}, whose public key is {}", current().id(),
				current().pem().replace("\n", " ").strip());
	}

	AuditKeys(List<AuditKey> keys) {
		this.keys = keys;
	}

	/**
	 * Reads the keys of a file.
	 * @param file what the file is called
	 * @param lines its lines
	 * @return the keys, the one that signs first
	 * @throws InvalidSettingException if a line is no key
	 */
	public static List<AuditKey> ofFile(String file, List<String> lines) {
		try {
			List<AuditKey> keys = lines.stream().map((line) -> AuditKey.ofSeed(decode(line))).toList();
			if (!keys.isEmpty()) {
				return keys;
			}
		}
		catch (IllegalArgumentException ex) {
			// Said below, without the content of the file.
		}
		throw InvalidSettingException.of("audit.key-file", file,
				"Each line of the file must be 32 random bytes in base64 or base64url, for example the output of: "
						+ "openssl rand -base64 32. " + SecretFile.REMEDY);
	}

	private static byte[] decode(String line) {
		return Base64.getUrlDecoder().decode(line.replace('+', '-').replace('/', '_'));
	}

	/**
	 * The keys, the one that signs first.
	 * @return the keys
	 */
	public List<AuditKey> keys() {
		return this.keys;
	}

	public AuditKey current() {
		return this.keys.get(0);
	}

}
