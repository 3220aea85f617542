/**
 * The rules that decide before a person is asked.
 */
@NullMarked
package io.agentotp.server.policy;

import org.jspecify.annotations.NullMarked;
