package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.spring.operation.CallDigest;
import io.agentotp.spring.tool.ToolCaller;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitUrlRequest;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A client with a session, over the stream of one call.
 */
final class ExchangeClient implements McpClient {

	private static final Logger logger = LoggerFactory.getLogger(ExchangeClient.class);

	private static final int SHOWN_OF_SESSION = 16;

	private final @Nullable String session;

	private final @Nullable Object request;

	private final @Nullable String user;

	private final @Nullable Implementation info;

	private final @Nullable ClientCapabilities capabilities;

	private final Function<ElicitUrlRequest, Mono<ElicitResult>> elicitation;

	private final Supplier<Mono<Object>> ping;

	private ExchangeClient(@Nullable String session, @Nullable Object request, @Nullable String user,
			@Nullable Implementation info, @Nullable ClientCapabilities capabilities,
			Function<ElicitUrlRequest, Mono<ElicitResult>> elicitation, Supplier<Mono<Object>> ping) {
		this.session = session;
		this.request = request;
		this.user = user;
		this.info = info;
		this.capabilities = capabilities;
		this.elicitation = elicitation;
		this.ping = ping;
	}

	static ExchangeClient of(McpAsyncServerExchange exchange, @Nullable String user) {
		return new ExchangeClient(exchange.sessionId(), request(exchange.transportContext()), user,
				exchange.getClientInfo(), exchange.getClientCapabilities(), exchange::createElicitation,
				exchange::ping);
	}

	static ExchangeClient of(McpSyncServerExchange exchange, @Nullable String user) {
		return new ExchangeClient(exchange.sessionId(), request(exchange.transportContext()), user,
				exchange.getClientInfo(), exchange.getClientCapabilities(),
				(request) -> blocking(() -> exchange.createElicitation(request)), () -> blocking(exchange::ping));
	}

	private static <T> Mono<T> blocking(Supplier<T> call) {
		return Mono.create((sink) -> {
			AtomicBoolean over = new AtomicBoolean();
			Disposable work = Schedulers.boundedElastic().schedule(() -> {
				try {
					sink.success(call.get());
				}
				catch (RuntimeException ex) {
					// The interruption of what nobody waits for any more is no error.
					if (!over.get()) {
						sink.error(ex);
					}
				}
			});
			sink.onDispose(() -> {
				over.set(true);
				work.dispose();
			});
		});
	}

	private static @Nullable Object request(@Nullable McpTransportContext context) {
		return (context != null) ? context.get(WatchedSession.REQUEST) : null;
	}

	@Override
	public @Nullable String session() {
		return this.session;
	}

	@Override
	public @Nullable Object request() {
		return this.request;
	}

	@Override
	public ToolCaller caller() {
		Implementation info = this.info;
		return new ToolCaller(conversation(), (info != null) ? info.name() + " " + info.version() : null, this.user);
	}

	/**
	 * Who knows the id of a session can take part in it, so it is told apart by its hash.
	 */
	private @Nullable String conversation() {
		return (this.session != null) ? CallDigest.sha256(this.session).substring(0, SHOWN_OF_SESSION) : null;
	}

	@Override
	public boolean showsPages() {
		ClientCapabilities capabilities = this.capabilities;
		return capabilities != null && capabilities.elicitation() != null && capabilities.elicitation().url() != null;
	}

	@Override
	public Runnable show(ElicitUrlRequest request, Consumer<ElicitResult.Action> answer) {
		return this.elicitation.apply(request)
			.subscribe((result) -> answer.accept(result.action()),
					(ex) -> logger.debug("The client did not show where to approve: {}", ex.getMessage()))::dispose;
	}

	@Override
	public boolean answers(Duration atMost) {
		return Boolean.TRUE.equals(this.ping.get().thenReturn(true).timeout(atMost).onErrorReturn(false).block());
	}

}
