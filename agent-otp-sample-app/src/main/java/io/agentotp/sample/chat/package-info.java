/**
 * A chat with a language model whose tools are the guarded services.
 */
@NullMarked
package io.agentotp.sample.chat;

import org.jspecify.annotations.NullMarked;
