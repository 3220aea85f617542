/**
 * Mail that the agent sends, and the server in which it arrives.
 */
@NullMarked
package io.agentotp.sample.mail;

import org.jspecify.annotations.NullMarked;
