/**
 * Who may reach what.
 */
@NullMarked
package io.agentotp.server.security;

import org.jspecify.annotations.NullMarked;
