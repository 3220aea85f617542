/**
 * What the service answers when it refuses.
 */
@NullMarked
package io.agentotp.server.problem;

import org.jspecify.annotations.NullMarked;
