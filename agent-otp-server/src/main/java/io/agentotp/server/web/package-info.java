/**
 * What the API and the pages have in common.
 */
@NullMarked
package io.agentotp.server.web;

import org.jspecify.annotations.NullMarked;
