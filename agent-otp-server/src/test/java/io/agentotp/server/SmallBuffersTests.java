package io.agentotp.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * With small buffers requests and answers are what they are with large ones.
 */
class SmallBuffersTests {

	private static final long MB = 1024 * 1024;

	// More than a small buffer holds, and characters of one, two, three and four bytes.
	private static final String TEXT = "a\u00e4\u20ac\ud83d\ude00".repeat(500);

	// The longest of usual answers, and one that no buffer takes.
	private static final int LARGE = 62 * 1024;

	private static final int HUGE = 16 * 1024 * 1024;

	private final Queue<String> failures = new ConcurrentLinkedQueue<>();

	private final AtomicInteger written = new AtomicInteger();

	private final HttpClient client = HttpClient.newHttpClient();

	private WebServer server;

	private volatile Request request;

	@BeforeEach
	void start() {
		TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory(0);
		new SmallBuffers().customize(factory);
		factory.addEngineValves(new Spy());
		this.server = factory.getWebServer((context) -> {
			ServletRegistration.Dynamic servlet = context.addServlet("all", new Servlet());
			servlet.addMapping("/*");
			servlet.setAsyncSupported(true);
		});
		this.server.start();
	}

	@AfterEach
	void stop() {
		this.server.stop();
	}

	// Tomcat has no setting for the second, with which nobody here reads.
	@Test
	void requestWhenItWaitsThenItsBuffersAreSmall() throws Exception {
		assertThat(send("/waiting", "").body()).isEqualTo("256 8192 256");
	}

	@Test
	void requestWhenOnceMoreOnTheSameConnectionThenItsBuffersAreNoLarger() throws Exception {
		assertThat(send("/bytes", TEXT).body()).isEqualTo(TEXT);
		assertThat(send("/text", TEXT).body()).isEqualTo(TEXT);
		assertThat(send("/waiting", "").body()).isEqualTo("256 8192 256");
	}

	@Test
	void answerWhenItFitsIntoTheUsualBufferThenItsLengthIsSent() throws Exception {
		HttpResponse<String> bytes = send("/bytes", TEXT);
		assertThat(bytes.body()).isEqualTo(TEXT);
		assertThat(bytes.headers().firstValue("Content-Length")).hasValue("5000");
		HttpResponse<String> text = send("/text", TEXT);
		assertThat(text.body()).isEqualTo(TEXT);
		assertThat(text.headers().firstValue("Content-Length")).hasValue("5000");
	}

	@Test
	void answerWhenItFailsBeforeItIsSentThenTheFailureIsTheAnswer() throws Exception {
		HttpResponse<String> answer = send("/failing", TEXT);
		assertThat(answer.statusCode()).isEqualTo(503);
		assertThat(answer.body()).isEqualTo("failed");
	}

	@Test
	void bodyWhenLargeThenReadAndWrittenWhole() throws Exception {
		String large = TEXT.repeat(40);
		assertThat(send("/bytes", large).body()).isEqualTo(large);
		assertThat(send("/text", large).body()).isEqualTo(large);
	}

	@Test
	void requestsWhenManyAreSentAheadThenTheFirstIsAnsweredAndTheConnectionCloses() throws Exception {
		try (Socket socket = new Socket("localhost", this.server.getPort())) {
			socket.getOutputStream().write(("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(30).getBytes());
			String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
			assertThat(all).containsOnlyOnce("HTTP/1.1 200").contains("Connection: close").hasSizeGreaterThan(LARGE);
		}
	}

	@Test
	void answersWhenEarlierOnesAreNotReadThenTheConnectionEndsAndNoThreadWaits() throws Exception {
		try (Socket socket = slowReader()) {
			for (int i = 1; this.failures.isEmpty(); i++) {
				int count = i;
				socket.getOutputStream().write(("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes());
				Await.until("it is answered", () -> this.written.get() + this.failures.size() == count);
			}
			assertThat(this.failures).singleElement().asString().contains("does not read what it asked for before");
			assertThat(this.written).hasPositiveValue();
		}
	}

	@Test
	void answersWhenLongAndNotReadThenOnlyAFewWait() throws Exception {
		List<Socket> sockets = new ArrayList<>();
		for (int i = 0; i < 12; i++) {
			sockets.add(slowReader());
			sockets.get(i).getOutputStream().write(("GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes());
		}
		Await.until("four are ended", () -> this.failures.size() == 4);
		assertThat(send("/text", "x").body()).isEqualTo("x");
		for (Socket socket : sockets) {
			socket.close();
		}
	}

	@Test
	void answerWhenLongAndReadThenWhole() throws Exception {
		assertThat(send("/huge", "").body()).hasSize(HUGE);
	}

	private Socket slowReader() throws IOException {
		Socket socket = new Socket();
		socket.setReceiveBufferSize(2304);
		socket.connect(new InetSocketAddress("localhost", this.server.getPort()));
		return socket;
	}

	@Test
	void headersWhenAlmostEightKilobytesThenTaken() throws Exception {
		assertThat(send("/bytes", "x", "Cookie", "a=" + "b".repeat(7500)).body()).isEqualTo("x");
		assertThat(send("/bytes", "x", "Cookie", "a=" + "b".repeat(8200)).statusCode()).isEqualTo(400);
	}

	@Test
	void placesWhenMemoryIsGivenThenAsManyAsItHolds() {
		ServerProperties properties = new ServerProperties();
		assertThat(SmallBuffers.longPollCapacity(properties, 512 * MB).places()).isGreaterThan(7_000);
		assertThat(SmallBuffers.longPollCapacity(properties, 128 * MB).memory()).isEqualTo(32 * MB);
		assertThat(SmallBuffers.longPollCapacity(properties, 64 * MB).memory()).isEqualTo(16 * MB);
		long plain = SmallBuffers.longPollCapacity(properties, 512 * MB).each();
		properties.setMaxHttpRequestHeaderSize(DataSize.ofKilobytes(32));
		assertThat(SmallBuffers.longPollCapacity(properties, 512 * MB).each()).isEqualTo(plain + 24 * 1024);
		properties.setMaxHttpRequestHeaderSize(DataSize.ofKilobytes(4));
		assertThat(SmallBuffers.longPollCapacity(properties, 512 * MB).each()).isEqualTo(plain);
		properties.setSsl(new Ssl());
		assertThat(SmallBuffers.longPollCapacity(properties, 512 * MB).places()).isLessThan(3_200);
	}

	private HttpResponse<String> send(String path, String body, String... headers) throws Exception {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create("http://localhost:" + this.server.getPort() + path))
			.version(HttpClient.Version.HTTP_1_1)
			.POST(BodyPublishers.ofString(body));
		if (headers.length > 0) {
			request.headers(headers);
		}
		return this.client.send(request.build(), BodyHandlers.ofString());
	}

	/**
	 * Sends back what it gets.
	 */
	private final class Servlet extends HttpServlet {

		@Override
		protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
			response.setContentType("text/plain;charset=UTF-8");
			request.setCharacterEncoding("UTF-8");
			switch (request.getRequestURI()) {
				case "/bytes" -> request.getInputStream().transferTo(response.getOutputStream());
				case "/text" -> request.getReader().transferTo(response.getWriter());
				case "/failing" -> {
					request.getInputStream().transferTo(response.getOutputStream());
					response.resetBuffer();
					response.setStatus(503);
					response.getOutputStream().print("failed");
				}
				case "/large" -> write(LARGE, response);
				case "/huge" -> write(HUGE, response);
				default -> park(request, response);
			}
		}

		private void write(int count, HttpServletResponse response) throws IOException {
			try {
				response.getOutputStream().write(new byte[count]);
				response.flushBuffer();
				SmallBuffersTests.this.written.incrementAndGet();
			}
			catch (IOException ex) {
				SmallBuffersTests.this.failures.add(String.valueOf(ex.getCause()) + ex);
				throw ex;
			}
		}

		private void park(HttpServletRequest request, HttpServletResponse response) throws IOException {
			if (request.getDispatcherType() == DispatcherType.ASYNC) {
				response.getWriter().print(request.getAttribute("sizes"));
				return;
			}
			request.setAttribute("sizes", sizes());
			AsyncContext context = request.startAsync(request, response);
			context.dispatch();
		}

		private String sizes() {
			Object input = ReflectionTestUtils.getField(SmallBuffersTests.this.request, "inputBuffer");
			Object output = ReflectionTestUtils.getField(SmallBuffersTests.this.request.getResponse(), "outputBuffer");
			return SmallBuffersTests.this.request.getResponse().getBufferSize() + " " + characters(input) + " "
					+ characters(output);
		}

		private int characters(Object buffer) {
			return ((CharBuffer) ReflectionTestUtils.getField(buffer, "cb")).capacity();
		}

	}

	/**
	 * Sees Tomcat's own request.
	 */
	private final class Spy extends ValveBase {

		Spy() {
			super(true);
		}

		@Override
		public void invoke(Request request, Response response) throws IOException, ServletException {
			SmallBuffersTests.this.request = request;
			getNext().invoke(request, response);
		}

	}

}
