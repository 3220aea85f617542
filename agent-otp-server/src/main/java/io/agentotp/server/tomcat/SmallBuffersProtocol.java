package io.agentotp.server.tomcat;

import org.apache.coyote.http11.Http11NioProtocol;

/**
 * HTTP/1.1 whose answers start with a small buffer. Tomcat makes it by its name.
 */
public final class SmallBuffersProtocol extends Http11NioProtocol {

	@Override
	public int getDesiredBufferSize() {
		return SmallBuffers.START;
	}

}
