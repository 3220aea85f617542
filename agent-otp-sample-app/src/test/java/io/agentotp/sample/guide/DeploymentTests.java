package io.agentotp.sample.guide;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonDeserializer;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Service;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The files of {@code deploy} are such as Compose and Kubernetes read, and the service
 * starts with their settings.
 */
@SuppressWarnings("unchecked")
class DeploymentTests {

	private static final Path DEPLOY = Path.of("..", "deploy");

	private static final Path KUBERNETES = DEPLOY.resolve("kubernetes");

	private static final Map<String, Class<?>> MODELS = Map.of("deployment.yaml", V1Deployment.class, "namespace.yaml",
			V1Namespace.class, "network-policy.yaml", V1NetworkPolicy.class, "pod-disruption-budget.yaml",
			V1PodDisruptionBudget.class, "service.yaml", V1Service.class);

	// The models have times, the files have none.
	private static final Gson gson = new GsonBuilder()
		.registerTypeAdapter(OffsetDateTime.class,
				(JsonDeserializer<OffsetDateTime>) (json, type, context) -> OffsetDateTime.parse(json.getAsString()))
		.registerTypeAdapter(OffsetDateTime.class,
				(JsonSerializer<OffsetDateTime>) (time, type, context) -> new JsonPrimitive(time.toString()))
		.create();

	@TempDir
	private Path directory;

	private Path secrets;

	@BeforeEach
	void makeSecrets() throws Exception {
		this.secrets = Files.createDirectory(this.directory.resolve("secrets"));
		String commands = Guide.of("operations.md").block("bash", "openssl rand -base64 32 >");
		Process process = Guide.shell("cd '" + this.directory + "'; " + commands.replaceAll("(?m)^.*chown.*$", ""), 0,
				Map.of());
		assertThat(process.waitFor()).isZero();
		assertThat(this.secrets).isDirectoryContaining("glob:**/agent-otp.secret")
			.isDirectoryContaining("glob:**/agent-otp-audit.key")
			.isDirectoryContaining("glob:**/spring.datasource.password");
	}

	@Test
	void composeWhenReadThenFollowsTheSpecification() throws IOException {
		Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
			.getSchema(schema("compose-spec.json"), InputFormat.JSON);
		JsonNode compose = JsonMapper.shared().valueToTree(yaml(DEPLOY.resolve("compose.yaml")));
		assertThat(schema.validate(compose)).isEmpty();
		JsonNode wrong = JsonMapper.shared().readTree(compose.toString().replace("\"healthcheck\"", "\"helthcheck\""));
		assertThat(schema.validate(wrong)).isNotEmpty();
	}

	@Test
	void composeWhenReadThenTheServiceIsConfined() throws IOException {
		Map<String, Object> service = map(yaml(DEPLOY.resolve("compose.yaml")), "services", "agent-otp");
		assertThat(service).containsEntry("read_only", true)
			.containsEntry("cap_drop", List.of("ALL"))
			.containsEntry("stop_grace_period", "45s")
			.containsEntry("user", "1002:1002");
	}

	@Test
	void kustomizationWhenReadThenNamesEachFile() throws IOException {
		Map<String, Object> kustomization = yaml(KUBERNETES.resolve("kustomization.yaml"));
		try (Stream<Path> files = Files.list(KUBERNETES)) {
			assertThat(files.map((file) -> file.getFileName().toString())
				.filter((name) -> name.endsWith(".yaml") && !name.equals("kustomization.yaml")))
				.containsExactlyInAnyOrderElementsOf((List<String>) kustomization.get("resources"))
				.containsExactlyInAnyOrderElementsOf(MODELS.keySet());
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "deployment.yaml", "namespace.yaml", "network-policy.yaml", "pod-disruption-budget.yaml",
			"service.yaml" })
	void manifestWhenReadAsTheModelThenNothingOfItIsUnknownOrMissing(String file) throws Exception {
		Class<?> model = MODELS.get(file);
		JsonElement manifest = gson.toJsonTree(yaml(KUBERNETES.resolve(file)));
		model.getMethod("validateJsonElement", JsonElement.class).invoke(null, manifest);
		// A text in place of a number or the reverse comes back as something else.
		assertThat(filled(gson.toJsonTree(gson.fromJson(manifest, model)))).isEqualTo(filled(manifest));
	}

	@Test
	void podWhenReadThenItIsConfinedAndProbedAtTheManagementPort() throws IOException {
		V1Deployment deployment = deployment();
		assertThat(deployment.getSpec().getReplicas()).isEqualTo(2);
		V1PodSpec pod = deployment.getSpec().getTemplate().getSpec();
		V1Container container = pod.getContainers().get(0);
		assertThat(pod.getTerminationGracePeriodSeconds()).isEqualTo(45);
		assertThat(pod.getAutomountServiceAccountToken()).isFalse();
		assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
		assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
		assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
		assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
		assertThat(Stream.of(container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()))
			.allSatisfy((probe) -> assertThat(probe.getHttpGet().getPort().toString()).isEqualTo("management"));
		assertThat(container.getVolumeMounts()).filteredOn((mount) -> !Boolean.TRUE.equals(mount.getReadOnly()))
			.extracting("mountPath")
			.containsExactly("/tmp");
	}

	@Test
	void serviceWhenStartedWithTheSettingsOfComposeThenIsReady() throws Exception {
		Map<String, String> environment = new HashMap<>();
		Map<String, Object> service = map(yaml(DEPLOY.resolve("compose.yaml")), "services", "agent-otp");
		((Map<String, Object>) service.get("environment"))
			.forEach((name, value) -> environment.put(name, here(value.toString())));
		try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
			environment.put("SPRING_DATASOURCE_URL", database(postgres));
			try (ServiceProcess started = ServiceProcess.start(this.directory, environment)) {
				started.awaitReady().awaitProbe("/actuator/health/readiness");
				assertThat(this.directory.resolve("data")).doesNotExist();
			}
			environment.put("AGENTOTP_SERVER_PUBLIC_URI", "http://localhost");
			try (ServiceProcess unknown = ServiceProcess.start(this.directory, environment)) {
				assertThat(unknown.awaitEnd()).isNotZero();
				assertThat(unknown.log()).contains("agentotp.server.public-url");
			}
		}
	}

	@Test
	void serviceWhenTwoStartWithTheSettingsOfKubernetesThenBothAreReady() throws Exception {
		Path etc = Files.createDirectory(this.directory.resolve("etc"));
		Files.writeString(etc.resolve("application.yml"),
				here(Files.readString(KUBERNETES.resolve("application.yml"))));
		Files.copy(KUBERNETES.resolve("policies.yml"), etc.resolve("policies.yml"));
		V1Container container = deployment().getSpec().getTemplate().getSpec().getContainers().get(0);
		Map<String, String> environment = new HashMap<>();
		container.getEnv().forEach((variable) -> environment.put(variable.getName(), here(variable.getValue())));
		environment.put("MANAGEMENT_SERVER_PORT", "9090");
		try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
			environment.put("SPRING_DATASOURCE_URL", database(postgres));
			try (ServiceProcess one = ServiceProcess.start(this.directory, environment);
					ServiceProcess two = ServiceProcess.start(this.directory, environment)) {
				for (ServiceProcess node : List.of(one, two)) {
					node.awaitReady()
						.awaitProbe(container.getLivenessProbe().getHttpGet().getPath())
						.awaitProbe(container.getReadinessProbe().getHttpGet().getPath());
				}
				assertThat(this.directory.resolve("data")).doesNotExist();
			}
		}
	}

	// Trusts everybody, also the user of these files.
	private static String database(EmbeddedPostgres postgres) throws Exception {
		try (var connection = postgres.getPostgresDatabase().getConnection();
				var statement = connection.createStatement()) {
			statement.execute("CREATE ROLE agentotp LOGIN");
			statement.execute("CREATE DATABASE agentotp OWNER agentotp");
		}
		return "jdbc:postgresql://localhost:" + postgres.getPort() + "/agentotp";
	}

	private String here(String value) {
		return value.replaceAll("/run/secrets(/agent-otp)?/", this.secrets + "/")
			.replace("/etc/agent-otp/policies.yml",
					KUBERNETES.resolve("policies.yml").toAbsolutePath().normalize().toString())
			.replace("/etc/agent-otp/", this.directory.resolve("etc") + "/")
			.replace("/tmp/checkpoints", this.directory + "/checkpoints");
	}

	private static V1Deployment deployment() throws IOException {
		return gson.fromJson(gson.toJsonTree(yaml(KUBERNETES.resolve("deployment.yaml"))), V1Deployment.class);
	}

	// The name in it is relative, which the validator does not take.
	private static String schema(String name) throws IOException {
		return new ClassPathResource("schema/" + name).getContentAsString(StandardCharsets.UTF_8)
			.replace("\"compose_spec.json\"", "\"https://example.com/compose\"");
	}

	// The models make empty lists of what is not there.
	private static JsonElement filled(JsonElement element) {
		if (element.isJsonArray()) {
			JsonArray copy = new JsonArray();
			element.getAsJsonArray().forEach((each) -> copy.add(filled(each)));
			return copy;
		}
		if (element.isJsonObject()) {
			JsonObject copy = new JsonObject();
			element.getAsJsonObject().entrySet().forEach((field) -> {
				JsonElement value = filled(field.getValue());
				if (!value.equals(new JsonArray()) && !value.equals(new JsonObject())) {
					copy.add(field.getKey(), value);
				}
			});
			return copy;
		}
		return element;
	}

	private static Map<String, Object> map(Map<String, Object> yaml, String... path) {
		Map<String, Object> found = yaml;
		for (String name : path) {
			found = (Map<String, Object>) found.get(name);
		}
		return found;
	}

	private static Map<String, Object> yaml(Path file) throws IOException {
		return new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
	}

}
