/**
 * The people who decide.
 */
@NullMarked
package io.agentotp.server.approver;

import org.jspecify.annotations.NullMarked;
