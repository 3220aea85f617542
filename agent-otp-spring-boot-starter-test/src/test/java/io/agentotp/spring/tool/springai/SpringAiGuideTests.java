package io.agentotp.spring.tool.springai;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.test.GuidePage;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;

import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the code and the settings of the page {@code docs/spring-ai.md} and sees to it
 * that the page shows that code.
 */
class SpringAiGuideTests {

	private static final Path PAGE = Path.of("../docs/spring-ai.md");

	private final SpringAiApplication application = new SpringAiApplication();

	private final ApplicationContextRunner runner = this.application.runner(SpringAiGuide.Tools.class,
			SpringAiGuide.class);

	@Test
	void pageWhenReadThenShowsTheCodeThatIsRunHere() throws IOException {
		GuidePage.assertShows(PAGE, Path.of("src/test/java/io/agentotp/spring/tool/springai/SpringAiGuide.java"));
	}

	@Test
	void methodsWhenCalledThenGuarded() {
		this.application.service.approve("payment.refund", Map.of("max_amount", 10.5));
		this.runner.run((context) -> {
			assertThat(ask(context, "sendInvoice {\"to\":\"a@b.c\",\"number\":7}"))
				.isEqualTo("sendInvoice: \"Invoice 7 sent to a@b.c\"");
			assertThat(ask(context, "refund {\"order\":3,\"amount\":99}"))
				.endsWith("refund: \"Refunded 10 for order 3\"");
			assertThat(this.application.service.asked().get(0).context().get("caller"))
				.isEqualTo(Map.of("conversation", "42", "agent", "clerk", "user", "ann", "toolCall", "id-1"));
		});
	}

	@Test
	void rulesWhenReadFromThePageThenTheyDoWhatItSays() throws IOException {
		Matcher yaml = Pattern.compile("```yaml\n(.*?)\n```", Pattern.DOTALL).matcher(Files.readString(PAGE));
		assertThat(yaml.find()).isTrue();
		ByteArrayResource settings = new ByteArrayResource(yaml.group(1).getBytes(StandardCharsets.UTF_8));
		this.runner.withInitializer((context) -> context.getEnvironment().getPropertySources().addFirst(load(settings)))
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				assertThat(guard.protect(Tool.of("read_file", "read_file", "x")).kind()).hasToString("UNGUARDED");
				assertThat(guard.protect(Tool.of("delete_file", "delete_file", "x")).kind()).hasToString("GUARDED");
				assertThat(guard.protect(Tool.of("other", "other", "x")).kind()).hasToString("REFUSED");
			});
	}

	@Test
	void clientWhenMadeByHandThenItsToolsAreGuarded() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping(SpringAiGuide.Tools.class, SpringAiGuide.class).run((context) -> {
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
				.thenCall("wipe {\"disk\":\"c\"}")
				.thenSay("ok");
			ChatClient client = context.getBean(SpringAiGuide.class).clientOf(model, this.application.tool("wipe"));
			client.prompt("Wipe").call().content();
			assertThat(model.results()).containsExactly("wipe: Permission denied: Never");
			assertThat(context.getBean(SpringAiGuide.class).managerForALoopOfYourOwn()).isNotNull();
			assertThat(context.getBean(AgentOtpSpringAiTools.class)).isNotNull();
		});
	}

	private static PropertySource<?> load(ByteArrayResource settings) {
		try {
			return new YamlPropertySourceLoader().load("page", settings).get(0);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String ask(ApplicationContext context, String call) {
		ScriptedChatModel model = context.getBean(ScriptedChatModel.class).thenCall(call).thenSay("ok");
		context.getBean(SpringAiGuide.class).ask(SpringAiApplication.client(context), "Do it", "ann");
		return String.join(", ", model.results());
	}

}
