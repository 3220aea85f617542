/**
 * The Tomcat of the service that runs on its own. Inside an application Tomcat is the
 * application's, and nothing here touches it.
 */
@NullMarked
package io.agentotp.server.tomcat;

import org.jspecify.annotations.NullMarked;
