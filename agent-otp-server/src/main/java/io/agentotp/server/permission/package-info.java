/**
 * The life of a permission: asked, decided, used, revoked, expired.
 */
@NullMarked
package io.agentotp.server.permission;

import org.jspecify.annotations.NullMarked;
