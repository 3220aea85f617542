/**
 * The people who decide.
 */
@NullMarked
package io.agentotp.server.user;

import org.jspecify.annotations.NullMarked;
