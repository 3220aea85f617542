/**
 * Testing applications with guarded methods, without a permission service.
 */
@NullMarked
package io.agentotp.test;

import org.jspecify.annotations.NullMarked;
