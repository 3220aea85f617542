/**
 * The words for people, in the language of the reader.
 */
@NullMarked
package io.agentotp.server.language;

import org.jspecify.annotations.NullMarked;
