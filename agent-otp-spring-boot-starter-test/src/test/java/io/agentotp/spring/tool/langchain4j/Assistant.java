package io.agentotp.spring.tool.langchain4j;

import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;

/**
 * A service on a model.
 */
public interface Assistant {

	String chat(@UserMessage String message);

	TokenStream stream(@UserMessage String message);

	/**
	 * One that remembers.
	 */
	interface Remembering {

		String chat(@MemoryId String memory, @UserMessage String message, InvocationParameters parameters);

	}

}
