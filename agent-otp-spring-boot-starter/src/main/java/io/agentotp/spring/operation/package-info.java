/**
 * What is asked for, and what a permission is bound to: attributes, arguments, the call
 * digest. Internal: applications need not name it.
 */
@NullMarked
package io.agentotp.spring.operation;

import org.jspecify.annotations.NullMarked;
