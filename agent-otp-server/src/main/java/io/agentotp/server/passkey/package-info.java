/**
 * Passkeys of people: what they sign in and decide with.
 */
@NullMarked
package io.agentotp.server.passkey;

import org.jspecify.annotations.NullMarked;
