package io.agentotp.server.audit;

import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.token.SecretFile;
import io.agentotp.server.token.Tokens;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * The keys of this service, the one that signs first.
 */
@Component
public final class AuditKeys {

	private static final Logger logger = LoggerFactory.getLogger(AuditKeys.class);

	private final List<AuditKey> keys;

	AuditKeys(AgentOtpServerProperties.Audit settings, Tokens tokens) {
		String file = settings.keyFile();
		this.keys = (file != null) ? ofFile(file) : tokens.seeds("audit").stream().map(AuditKey::ofSeed).toList();
		logger.info("Audit checkpoints are signed with key {}, whose public key is {}", current().id(),
				current().pem().replace("\n", " ").strip());
	}

	private static List<AuditKey> ofFile(String file) {
		try {
			List<AuditKey> keys = new SecretFile(Path.of(file)).readOrCreate()
				.stream()
				.map((line) -> AuditKey.ofSeed(Base64.getUrlDecoder().decode(line)))
				.toList();
			if (!keys.isEmpty()) {
				return keys;
			}
		}
		catch (IllegalArgumentException ex) {
			// Said below, without the content of the file.
		}
		throw InvalidSettingException.of("audit.key-file", file,
				"Each line of the file must be 32 random bytes in base64url. Without the file, one is made at start");
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
