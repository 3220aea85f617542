/**
 * Client of the Agent OTP permission service.
 */
module io.agentotp.core {

	requires java.net.http;
	requires static transitive org.jspecify;
	requires org.slf4j;
	requires tools.jackson.databind;

	exports io.agentotp;
	exports io.agentotp.transport;
	exports io.agentotp.trust;

}
