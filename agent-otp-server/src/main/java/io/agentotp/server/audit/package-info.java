/**
 * The record of everything that happened to a permission.
 */
@NullMarked
package io.agentotp.server.audit;

import org.jspecify.annotations.NullMarked;
