/**
 * The pages for people.
 */
@NullMarked
package io.agentotp.server.page;

import org.jspecify.annotations.NullMarked;
