/**
 * Signing in at identity providers by OpenID Connect: the code flow with PKCE, and their
 * word that a session is over.
 */
@NullMarked
package io.agentotp.server.security.oidc;

import org.jspecify.annotations.NullMarked;
