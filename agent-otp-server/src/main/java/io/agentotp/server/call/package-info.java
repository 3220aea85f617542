/**
 * The call that an application binds a permission to.
 */
@NullMarked
package io.agentotp.server.call;

import org.jspecify.annotations.NullMarked;
