/**
 * An application that a container of its own runs.
 */
@NullMarked
package io.agentotp.hosts.war;

import org.jspecify.annotations.NullMarked;
