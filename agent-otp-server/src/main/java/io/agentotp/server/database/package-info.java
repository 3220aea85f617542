/**
 * The service's own database, transactions and schema.
 */
@NullMarked
package io.agentotp.server.database;

import org.jspecify.annotations.NullMarked;
