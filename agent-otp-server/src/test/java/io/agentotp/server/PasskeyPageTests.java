package io.agentotp.server;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Passkeys in a real browser. {@link PasskeyFormsTests} uses one where the service lives
 * alone.
 */
@ParameterizedClass
@EnumSource(value = Form.class, names = "EMBEDDED")
class PasskeyPageTests extends PasskeyPageScenario {

}
