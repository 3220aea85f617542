/**
 * Text and times as pages show them.
 */
@NullMarked
package io.agentotp.server.page.text;

import org.jspecify.annotations.NullMarked;
