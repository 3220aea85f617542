package io.agentotp.spring.tool.langchain4j;

import java.util.ServiceLoader;

import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.DefaultAiServiceListenerRegistrar;
import dev.langchain4j.observability.api.listener.AiServiceCompletedListener;
import dev.langchain4j.observability.api.listener.AiServiceErrorListener;
import dev.langchain4j.observability.api.listener.AiServiceResponseReceivedListener;
import dev.langchain4j.observability.api.listener.AiServiceStartedListener;
import dev.langchain4j.spi.observability.AiServiceListenerRegistrarFactory;
import org.jspecify.annotations.Nullable;

/**
 * Lets every service tell the guard what its model has answered: the only place in which
 * LangChain4j shows all calls of an answer before the first of them, also of the services
 * that its starter makes. LangChain4j finds it as a Java service. It takes the registrar
 * of another such factory if there is one.
 */
public final class TurnListenerRegistrarFactory implements AiServiceListenerRegistrarFactory {

	/**
	 * Creates a factory.
	 */
	public TurnListenerRegistrarFactory() {
	}

	@Override
	public AiServiceListenerRegistrar get() {
		AiServiceListenerRegistrar registrar = ServiceLoader.load(AiServiceListenerRegistrarFactory.class)
			.stream()
			.filter((other) -> other.type() != TurnListenerRegistrarFactory.class)
			.findFirst()
			.map((other) -> other.get().get())
			.orElseGet(DefaultAiServiceListenerRegistrar::new);
		AiServiceStartedListener started = ServiceTurns::started;
		AiServiceResponseReceivedListener answered = ServiceTurns::begin;
		AiServiceCompletedListener completed = ServiceTurns::end;
		AiServiceErrorListener failed = ServiceTurns::end;
		registrar.register(started, answered, completed, failed);
		return registrar;
	}

	/**
	 * Return the class of the factory that LangChain4j takes instead of this one.
	 */
	static @Nullable String displacing() {
		return ServiceLoader.load(AiServiceListenerRegistrarFactory.class)
			.stream()
			.findFirst()
			.map((first) -> first.type().getName())
			.filter((first) -> !first.equals(TurnListenerRegistrarFactory.class.getName()))
			.orElse(null);
	}

}
