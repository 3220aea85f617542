package io.agentotp.spring.operation;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.agentotp.spring.CallRefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The arguments of a call as JSON: whole for the digest, readable for the approver.
 */
public final class ArgumentBinding {

	private static final JsonMapper STATE = StateMapper.create();

	/** An argument longer than this, as JSON, is shown as size and hash. */
	private static final int MAX_SHOWN_CHARS = 8 * 1024;

	/** Stands where the approver must not see an argument. */
	public static final String MASK = "••••••";

	private final List<Parameter> parameters;

	public ArgumentBinding(List<Parameter> parameters) {
		this.parameters = parameters;
	}

	/**
	 * Writes the bound arguments down as they are now.
	 * @return the JSON of each
	 * @throws CallRefusedException if one has no JSON form
	 */
	public List<byte[]> write(@Nullable Object[] arguments) {
		List<byte[]> written = new ArrayList<>(this.parameters.size());
		for (Parameter parameter : this.parameters) {
			written.add(bindable(parameter, () -> STATE.writeValueAsBytes(arguments[parameter.index()])));
		}
		return written;
	}

	/**
	 * Return arguments that were written down by parameter name.
	 * @throws CallRefusedException if one is no JSON
	 */
	public ObjectNode read(List<byte[]> written) {
		ObjectNode bound = JsonNodeFactory.instance.objectNode();
		for (int index = 0; index < written.size(); index++) {
			Parameter parameter = this.parameters.get(index);
			byte[] json = written.get(index);
			bound.set(parameter.name(), bindable(parameter, () -> STATE.readTree(json)));
		}
		return bound;
	}

	private static <T> T bindable(Parameter parameter, Supplier<T> conversion) {
		try {
			return conversion.get();
		}
		catch (JacksonException | IllegalArgumentException | StackOverflowError ex) {
			throw new CallRefusedException("ARGUMENT_NOT_BINDABLE",
					"The argument '" + parameter.name()
							+ "' has no JSON form, so that nobody could approve it: pass plain data, or annotate"
							+ " the parameter with @NotBound to leave it out of the approval",
					null);
		}
	}

	/**
	 * Return a hash that is another one as soon as a byte of what was written is.
	 */
	public static byte[] hash(List<byte[]> written) {
		MessageDigest hash = CallDigest.sha256();
		for (byte[] json : written) {
			hash.update(json);
			// Where one value ends, so that 1 and 23 are not 12 and 3.
			hash.update((byte) ',');
		}
		return hash.digest();
	}

	/**
	 * Return what the approver sees.
	 */
	public Map<String, Object> show(List<byte[]> written) {
		Map<String, Object> shown = new LinkedHashMap<>();
		for (int index = 0; index < written.size(); index++) {
			Parameter parameter = this.parameters.get(index);
			shown.put(parameter.name(), parameter.masked() ? MASK : show(written.get(index)));
		}
		return shown;
	}

	/**
	 * Return what the approver sees of one argument.
	 * @param json the argument as it was written down
	 */
	@SuppressWarnings("NullAway") // null is a JSON value here
	public static Object show(byte[] json) {
		String text = new String(json, StandardCharsets.UTF_8);
		if (text.length() > MAX_SHOWN_CHARS) {
			return Map.of("notShown", "too large to show", "characters", text.length(), "sha256",
					HexFormat.of().formatHex(CallDigest.sha256(json)));
		}
		return STATE.readValue(json, Object.class);
	}

	/**
	 * A bound parameter.
	 *
	 * @param index its position
	 * @param name its name
	 * @param masked whether the approver must not see it
	 */
	public record Parameter(int index, String name, boolean masked) {
	}

}
