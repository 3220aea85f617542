package io.agentotp.server;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Passkeys in a real browser, where the service lives alone.
 */
@Tag("slow")
@ParameterizedClass
@EnumSource(value = Form.class, names = { "ALONE", "ALONE_UNDER_A_PATH" })
class PasskeyPageFormsTests extends PasskeyPageScenario {

}
