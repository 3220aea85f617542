package io.agentotp.server;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body has been read.
 */
final class ReadRequest extends HttpServletRequestWrapper {

	private static final String FORM = "application/x-www-form-urlencoded";

	// As many as Tomcat takes.
	private static final int MAX_PARAMETERS = 1000;

	private final byte[] body;

	private @Nullable Map<String, String[]> parameters;

	private volatile boolean first = true;

	ReadRequest(HttpServletRequest request, byte[] body) {
		super(request);
		this.body = body;
	}

	/**
	 * Ends what the container dispatched only since the body has come.
	 */
	void endFirst() {
		this.first = false;
	}

	@Override
	public DispatcherType getDispatcherType() {
		return this.first ? DispatcherType.REQUEST : super.getDispatcherType();
	}

	@Override
	public ServletInputStream getInputStream() {
		return new Body(this.body);
	}

	@Override
	public BufferedReader getReader() {
		return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
	}

	@Override
	public @Nullable String getParameter(String name) {
		String[] values = getParameterMap().get(name);
		return (values != null) ? values[0] : null;
	}

	@Override
	public String @Nullable [] getParameterValues(String name) {
		String[] values = getParameterMap().get(name);
		return (values != null) ? values.clone() : null;
	}

	@Override
	public Enumeration<String> getParameterNames() {
		return Collections.enumeration(getParameterMap().keySet());
	}

	/**
	 * The parameters of the address and of a form.
	 * @throws IllegalArgumentException if the form is not percent-encoded as it must be,
	 * or has too many parameters
	 */
	@Override
	public Map<String, String[]> getParameterMap() {
		Map<String, String[]> parameters = this.parameters;
		if (parameters == null) {
			Map<String, List<String>> all = new LinkedHashMap<>();
			if (isForm()) {
				add(getQueryString(), all);
				add(new String(this.body, StandardCharsets.UTF_8), all);
				parameters = new LinkedHashMap<>();
				for (Map.Entry<String, List<String>> entry : all.entrySet()) {
					parameters.put(entry.getKey(), entry.getValue().toArray(String[]::new));
				}
			}
			else {
				parameters = super.getParameterMap();
			}
			this.parameters = parameters;
		}
		return Collections.unmodifiableMap(parameters);
	}

	private boolean isForm() {
		String type = getContentType();
		return type != null && getMethod().equals("POST")
				&& type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(FORM);
	}

	private static void add(@Nullable String encoded, Map<String, List<String>> all) {
		if (encoded == null) {
			return;
		}
		String[] parameters = encoded.split("&", MAX_PARAMETERS + 1);
		if (parameters.length > MAX_PARAMETERS) {
			throw new IllegalArgumentException("more than " + MAX_PARAMETERS + " parameters");
		}
		for (String parameter : parameters) {
			if (!parameter.isEmpty()) {
				String[] parts = parameter.split("=", 2);
				all.computeIfAbsent(decode(parts[0]), (name) -> new ArrayList<>())
					.add((parts.length > 1) ? decode(parts[1]) : "");
			}
		}
	}

	private static String decode(String text) {
		return URLDecoder.decode(text, StandardCharsets.UTF_8);
	}

	private static final class Body extends ServletInputStream {

		private final ByteArrayInputStream in;

		Body(byte[] body) {
			this.in = new ByteArrayInputStream(body);
		}

		@Override
		public int read() {
			return this.in.read();
		}

		@Override
		public int read(byte[] target, int offset, int length) {
			return this.in.read(target, offset, length);
		}

		@Override
		public int available() {
			return this.in.available();
		}

		@Override
		public boolean isFinished() {
			return this.in.available() == 0;
		}

		@Override
		public boolean isReady() {
			return true;
		}

		@Override
		public void setReadListener(ReadListener listener) {
			throw new IllegalStateException("The body has been read");
		}

	}

}
