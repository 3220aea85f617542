/**
 * What the nodes of a service have to agree on.
 */
@NullMarked
package io.agentotp.server.node;

import org.jspecify.annotations.NullMarked;
