package io.agentotp.spring.operation;

/**
 * Stands for a value that must not be shown: a MAC, since a bare hash of a PIN gives the
 * PIN to whoever tries all of them.
 */
@FunctionalInterface
public interface Masking {

	/**
	 * Return the MAC of a value.
	 * @param value the value's canonical form
	 * @return 64 lower-case hex digits
	 */
	String mac(byte[] value);

}
