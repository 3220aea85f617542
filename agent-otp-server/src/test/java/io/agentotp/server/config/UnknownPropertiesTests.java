package io.agentotp.server.config;

import java.util.LinkedHashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class UnknownPropertiesTests {

	@ParameterizedTest
	@CsvSource({ "agentotp.server.policies.rule, agentotp.server.policies.files",
			"agentotp.server.policies.file, agentotp.server.policies.files",
			"agentotp.server.policys.files, agentotp.server.policies",
			"agentotp.server.agents.x.ownr, agentotp.server.agents.x.owner",
			"agentotp.server.agents.[a.b].apikeyy, agentotp.server.agents.a.b.api-key",
			"agentotp.server.user, agentotp.server.users", "agentotp.server.user.alice.password, agentotp.server.users",
			"agentotp.server.users.alice.role[0], agentotp.server.users.alice.roles",
			"agentotp.server.max-pending, agentotp.server.limits.max-pending",
			"agentotp.server.max_pending, agentotp.server.limits.max-pending",
			"agentotp.server.limit.max-pending, agentotp.server.limits",
			"agentotp.server.notifications.webhook.url, agentotp.server.notifications.webhook.endpoints.<name>.url",
			"agentotp.server.publicurI, agentotp.server.public-url",
			"agentotp.server.public.url, agentotp.server.public-url",
			"agentotp.server.test-key, agentotp.server.test-keys",
			"agentotp.server.enabled.too, 'agentotp.server.enabled', which has a value",
			"agentotp.servr.policies.files, agentotp.server", "agent-otp.sever.users.x.password, agentotp.server",
			"agentotp.server.zzzzzzzz, there are: enabled", "agentotp.server.policies.files.x, Nothing is below" })
	void refuseWhenNotKnownThenNamedWithItsPlaceAndTheNearest(String property, String nearest) {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> refuse(map(property)))
			.withMessageContaining(nearest)
			.withMessageContaining("does not exist. It is set in \"" + property + "\"")
			.withMessageNotContaining("hunter2");
	}

	@ParameterizedTest
	@CsvSource({ "AGENTOTP_SERVER_POLICIES_RULE, agentotp.server.policies.files",
			"AGENTOTP_SERVER_AGENTS_X_OWNR, agentotp.server.agents.x.owner",
			"AGENTOTP_SERVER_USER_ALICE_PASSWORD, agentotp.server.users",
			"AGENTOTP_SERVER_PUBLIC_URI, agentotp.server.public-url",
			"AGENTOTP_SERVER_AGENTS_MAIL_BOT_APIKEY, an underscore ends the name",
			"AGENTOTP_SERVER_PORT, agentotp.server.path", "AGENTOTP_SERVR_SECRET, agentotp.server" })
	void refuseWhenVariableOfTheEnvironmentIsNotKnownThenNamed(String variable, String nearest) {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> refuse(environment(variable)))
			.withMessageContaining(nearest)
			.withMessageContaining(variable)
			.withMessageNotContaining("hunter2");
	}

	@Test
	void refuseWhenOnTheCommandLineThenNamed() {
		assertThatExceptionOfType(InvalidSettingException.class)
			.isThrownBy(() -> refuse(new SimpleCommandLinePropertySource("--agentotp.server.secretfile=x",
					"--agentotp.server.secret-fil=hunter2")))
			.withMessageContaining("commandLineArgs")
			.withMessageContaining("'agentotp.server.secret-file'")
			.withMessageNotContaining("hunter2");
	}

	@Test
	void refuseWhenSeveralAreNotKnownThenAllAreNamed() {
		assertThatExceptionOfType(InvalidSettingException.class)
			.isThrownBy(() -> refuse(map("agentotp.server.secrt", "agentotp.server.users.x.pasword")))
			.withMessageContaining("'agentotp.server.secret'")
			.withMessageContaining("'agentotp.server.users.x.password'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "agentotp.server.public-url", "agentotp.server.publicUrl", "agentotp.server.public_url",
			"agentotp.server.PUBLICURL", "agentotp.server.policies.files[0]", "agentotp.server.policies.files",
			"agentotp.server.agents.any-name.api-key", "agentotp.server.agents.[a.b].apiKey",
			"agentotp.server.agents.owner.owner", "agentotp.server.users.x.roles[1]", "agentotp.server.users",
			"agentotp.server.limits", "agentotp.server.datasource.poolSize", "agentotp.mode", "agentotp.api-key",
			"agentotp.tools.rules[0].name", "agentotp.client.x", "agentotpserver.x", "other.agentotp.server.x" })
	void refuseWhenKnownOrOfOthersThenNothing(String property) {
		assertThatCode(() -> refuse(map(property))).doesNotThrowAnyException();
	}

	@ParameterizedTest
	@ValueSource(strings = { "AGENTOTP_SERVER_PUBLICURL", "AGENTOTP_SERVER_PUBLIC_URL",
			"AGENTOTP_SERVER_DATASOURCE_POOL_SIZE", "AGENTOTP_SERVER_AUDIT_CHECKPOINTFILE",
			"AGENTOTP_SERVER_AGENTS_X_API_KEY", "AGENTOTP_SERVER_POLICIES_FILES_0_", "AGENTOTP_SERVER_POLICIES_FILES_0",
			"AGENTOTP_SERVER_USERS_ALICE_ROLES", "AGENTOTP_SERVER_SECRET_FILE", "AGENTOTP_SERVER_SECRETFILE",
			"AGENTOTP_MODE", "AGENTOTP_SERVICE_HOST", "AGENTOTP_PORT" })
	void refuseWhenVariableOfTheEnvironmentIsKnownOrOfOthersThenNothing(String variable) {
		assertThatCode(() -> refuse(environment(variable))).doesNotThrowAnyException();
	}

	@Test
	void refuseWhenKubernetesTellsOfAServiceOfThatNameThenOnlyThatIsPassedOver() {
		String[] variables = { "AGENTOTP_SERVER_SERVICE_HOST", "AGENTOTP_SERVER_SERVICE_PORT",
				"AGENTOTP_SERVER_SERVICE_PORT_HTTP", "AGENTOTP_SERVER_PORT", "AGENTOTP_SERVER_PORT_8080_TCP",
				"AGENTOTP_SERVER_PORT_8080_TCP_ADDR" };
		assertThatCode(() -> refuse(environment(variables))).doesNotThrowAnyException();
		assertThatExceptionOfType(InvalidSettingException.class)
			.isThrownBy(() -> refuse(environment("AGENTOTP_SERVER_SERVICE_HOST", "AGENTOTP_SERVER_SECRT")))
			.withMessageContaining("AGENTOTP_SERVER_SECRT");
	}

	private static void refuse(PropertySource<?> source) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().addFirst(source);
		UnknownProperties.refuse(environment);
	}

	private static PropertySource<?> map(String... names) {
		return new MapPropertySource("test", values(names));
	}

	private static PropertySource<?> environment(String... names) {
		return new SystemEnvironmentPropertySource("systemEnvironment", values(names));
	}

	private static Map<String, Object> values(String... names) {
		Map<String, Object> values = new LinkedHashMap<>();
		for (String name : names) {
			values.put(name, "hunter2");
		}
		return values;
	}

}
