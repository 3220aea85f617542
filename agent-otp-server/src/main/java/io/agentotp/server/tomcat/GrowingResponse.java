package io.agentotp.server.tomcat;

import java.io.IOException;
import java.io.PrintWriter;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/**
 * Has a full buffer from when the answer is written. So no answer is sent in pieces, or
 * sent before it is whole, that would not be otherwise.
 */
final class GrowingResponse extends HttpServletResponseWrapper {

	GrowingResponse(HttpServletResponse response) {
		super(response);
	}

	@Override
	public ServletOutputStream getOutputStream() throws IOException {
		grow();
		return super.getOutputStream();
	}

	@Override
	public PrintWriter getWriter() throws IOException {
		grow();
		return super.getWriter();
	}

	private void grow() {
		if (getBufferSize() < SmallBuffers.FULL && !isCommitted()) {
			setBufferSize(SmallBuffers.FULL);
		}
	}

}
