package io.agentotp.server;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Decisions that a passkey signs, in a real browser. {@link PasskeyFormsTests} signs one
 * where the service lives alone.
 */
@ParameterizedClass
@EnumSource(value = Form.class, names = "EMBEDDED")
class SignedPageTests extends SignedPageScenario {

}
