package io.agentotp.server.tomcat;

import java.io.IOException;

import jakarta.servlet.ServletException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Gives answers a full buffer again once they are written.
 */
final class SmallBuffersValve extends ValveBase {

	SmallBuffersValve() {
		super(true);
	}

	@Override
	public void invoke(Request request, Response response) throws IOException, ServletException {
		if (!request.isAsyncDispatching()) {
			response.setResponse(new GrowingResponse(response.getResponse()));
		}
		getNext().invoke(request, response);
	}

}
