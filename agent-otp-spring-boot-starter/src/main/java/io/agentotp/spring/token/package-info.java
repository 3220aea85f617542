/**
 * The receiving side: requests that must carry a permission.
 */
@NullMarked
package io.agentotp.spring.token;

import org.jspecify.annotations.NullMarked;
