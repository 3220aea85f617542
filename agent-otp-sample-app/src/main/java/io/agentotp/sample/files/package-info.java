/**
 * Files that the agent reads.
 */
@NullMarked
package io.agentotp.sample.files;

import org.jspecify.annotations.NullMarked;
