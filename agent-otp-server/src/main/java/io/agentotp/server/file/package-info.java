/**
 * Files that hold what nobody else may read.
 */
@NullMarked
package io.agentotp.server.file;

import org.jspecify.annotations.NullMarked;
