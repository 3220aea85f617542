/**
 * A permission on its way to another service: the header, and the outgoing calls that
 * carry it.
 */
@NullMarked
package io.agentotp.spring.propagation;

import org.jspecify.annotations.NullMarked;
