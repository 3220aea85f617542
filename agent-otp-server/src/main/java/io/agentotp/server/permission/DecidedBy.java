package io.agentotp.server.permission;

import java.time.Instant;

import io.agentotp.server.audit.Actor;
import org.jspecify.annotations.Nullable;

/**
 * Who decides, and what shows that it is that person.
 *
 * @param user the person
 * @param actor the person, and from where
 * @param signedInAt when the person signed in to this session, {@code null} without one
 * @param assertion what a passkey of the person signed, {@code null} if none did
 */
public record DecidedBy(String user, Actor actor, @Nullable Instant signedInAt, @Nullable PasskeyAssertion assertion) {
}
