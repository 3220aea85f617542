/**
 * Checks with the approvers' own public keys that a grant was signed by them: then
 * neither the service's database nor its secrets suffice to run a body. Start with
 * {@link io.agentotp.trust.SignedGrants#builder}.
 */
@NullMarked
package io.agentotp.trust;

import org.jspecify.annotations.NullMarked;
