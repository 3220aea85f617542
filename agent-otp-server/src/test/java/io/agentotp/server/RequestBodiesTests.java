package io.agentotp.server;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;

import io.agentotp.server.page.PageProblems;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which bodies need no place of those that are still to come.
 */
class RequestBodiesTests {

	private static final byte[] BODY = "{\"action\":\"mail.send\"}".getBytes(StandardCharsets.US_ASCII);

	private final RequestBodies bodies = new RequestBodies(Mockito.mock(PageProblems.class));

	@Test
	void readWhenTheWholeBodyIsThereThenItNeedsNoPlace() throws Exception {
		Semaphore blocking = (Semaphore) ReflectionTestUtils.getField(this.bodies, "blocking");
		assertThat(blocking).isNotNull();
		blocking.drainPermits();
		MockHttpServletRequest request = new MockHttpServletRequest() {

			@Override
			public ServletInputStream getInputStream() {
				return new Buffered();
			}

		};
		request.setAsyncSupported(true);
		request.setContent(BODY);
		HttpServletRequest read = this.bodies.read(request, new MockHttpServletResponse());
		assertThat(read).isNotNull();
		assertThat(read.getInputStream().readAllBytes()).isEqualTo(BODY);
		assertThat(request.isAsyncStarted()).isFalse();
	}

	/**
	 * As Tomcat does, says that one byte is there until one was read.
	 */
	private static final class Buffered extends ServletInputStream {

		private final ByteArrayInputStream bytes = new ByteArrayInputStream(BODY);

		@Override
		public int available() {
			return (this.bytes.available() == BODY.length) ? 1 : this.bytes.available();
		}

		@Override
		public int read() {
			return this.bytes.read();
		}

		@Override
		public boolean isFinished() {
			return this.bytes.available() == 0;
		}

		@Override
		public boolean isReady() {
			return true;
		}

		@Override
		public void setReadListener(ReadListener listener) {
			throw new IllegalStateException("the body is there");
		}

	}

}
