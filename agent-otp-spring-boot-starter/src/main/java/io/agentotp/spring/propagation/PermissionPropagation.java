package io.agentotp.spring.propagation;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Decides which outgoing calls carry the current permission: those to the services that
 * were named, and no other.
 */
public final class PermissionPropagation {

	private final PermissionHeader header;

	private final Set<Origin> targets;

	private PermissionPropagation(PermissionHeader header, Set<Origin> targets) {
		this.header = header;
		this.targets = targets;
	}

	/**
	 * Reads the settings.
	 * @param header the header's name
	 * @param hosts the services; none switches propagation off
	 * @return the decision
	 * @throws InvalidConfigurationPropertyValueException if one is not valid
	 */
	public static PermissionPropagation of(String header, List<String> hosts) {
		Set<Origin> targets = new HashSet<>();
		for (String host : hosts) {
			try {
				targets.add(Origin.parse(host.strip()));
			}
			catch (IllegalArgumentException ex) {
				throw new InvalidConfigurationPropertyValueException("agentotp.propagation.hosts", host,
						String.valueOf(ex.getMessage()));
			}
		}
		try {
			return new PermissionPropagation(new PermissionHeader(header), targets);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException("agentotp.propagation.header", header,
					String.valueOf(ex.getMessage()));
		}
	}

	/**
	 * Return the header that carries the permission.
	 * @return the header
	 */
	public PermissionHeader header() {
		return this.header;
	}

	/**
	 * Whether any service is named.
	 */
	boolean isOn() {
		return !this.targets.isEmpty();
	}

	/**
	 * Return what the header of a call must say.
	 * @param uri where the call goes
	 * @param permission the permission it is made under
	 * @return the value, or {@code null} if the call carries no permission
	 */
	@Nullable String value(URI uri, Optional<Permission> permission) {
		if (permission.isEmpty() || Origin.of(uri).filter(this.targets::contains).isEmpty()) {
			return null;
		}
		return this.header.write(permission.get());
	}

}
