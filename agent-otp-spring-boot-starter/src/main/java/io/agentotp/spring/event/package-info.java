/**
 * What happens to the permission of a guarded call, as application events. None carries a
 * token.
 */
@NullMarked
package io.agentotp.spring.event;

import org.jspecify.annotations.NullMarked;
