package io.agentotp.server.tomcat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.CharBuffer;

import jakarta.servlet.ServletException;
import org.apache.catalina.connector.InputBuffer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ReflectionUtils;

/**
 * Makes the buffer small that Tomcat has no setting for, and those full again that an
 * answer needs.
 */
final class SmallBuffersValve extends ValveBase {

	private static final @Nullable Field INPUT = field(Request.class, "inputBuffer");

	private static final @Nullable Field CHARACTERS = field(InputBuffer.class, "cb");

	SmallBuffersValve() {
		super(true);
	}

	// A Tomcat that does not have it only takes up more memory.
	private static @Nullable Field field(Class<?> type, String name) {
		Field field = ReflectionUtils.findField(type, name);
		if (field != null) {
			ReflectionUtils.makeAccessible(field);
		}
		return field;
	}

	@Override
	public void invoke(Request request, Response response) throws IOException, ServletException {
		if (!request.isAsyncDispatching()) {
			shrink(request);
			response.setResponse(new GrowingResponse(response.getResponse()));
		}
		getNext().invoke(request, response);
	}

	// 16 KB for who reads a body as text. Nobody does here, and who did would read it in
	// smaller pieces.
	private static void shrink(Request request) {
		if (INPUT != null && CHARACTERS != null) {
			Object input = ReflectionUtils.getField(INPUT, request);
			if (ReflectionUtils.getField(CHARACTERS, input) instanceof CharBuffer characters
					&& characters.capacity() > SmallBuffers.START) {
				ReflectionUtils.setField(CHARACTERS, input, CharBuffer.allocate(SmallBuffers.START).limit(0));
			}
		}
	}

}
