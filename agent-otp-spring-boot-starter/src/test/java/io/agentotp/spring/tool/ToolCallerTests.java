package io.agentotp.spring.tool;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ToolCallerTests {

	private static final List<String> IDS = List.of("", "a", "b", "a in memory b", "b in memory a", "a in memory b/1",
			"a in memory /0", " in memory ", "a in memory b in memory a", "a in memory b in memory a/1", "1", "/1");

	/** An id may be what a client sends. */
	@Test
	void inWhenTheIdsAreOthersThenAnotherConversation() {
		Map<@Nullable String, String> known = new HashMap<>();
		for (String conversation : IDS) {
			for (String memory : IDS) {
				ToolCaller caller = new ToolCaller(conversation, null, null).in(memory);
				// One id is that of the conversation, wherever it stands.
				String ids = (conversation.isBlank() || conversation.equals(memory)) ? "[" + memory + "]"
						: memory.isBlank() ? "[" + conversation + "]" : "[" + conversation + ", " + memory + "]";
				assertThat(known.put(caller.conversation(), ids)).isIn(null, ids);
			}
		}
	}

	@Test
	void inWhenThereIsOneIdThenItIsTheConversation() {
		assertThat(new ToolCaller("a", null, null).in(null).conversation()).isEqualTo("a");
		assertThat(new ToolCaller("a", null, null).in("a").conversation()).isEqualTo("a");
		assertThat(new ToolCaller(null, null, null).in("a").conversation()).isEqualTo("a");
		assertThat(new ToolCaller(null, null, null).in(" ").conversation()).isNull();
	}

}
