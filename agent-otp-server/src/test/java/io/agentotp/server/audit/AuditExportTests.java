package io.agentotp.server.audit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Cells of CSV.
 */
class AuditExportTests {

	@ParameterizedTest
	@ValueSource(strings = { "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u0000=1", "\uff1d1",
			"=HYPERLINK(\"http://x\",\"y\")", "=1\nmore" })
	void cellWhenASpreadsheetWouldRunItThenQuoted(String text) {
		assertThat(AuditExport.cell(text)).isEqualTo("\"'" + text.replace("\"", "\"\"") + "\"");
	}

	@Test
	void cellWhenHarmlessThenAsItIs() {
		assertThat(AuditExport.cell("a=1, \"b\"")).isEqualTo("\"a=1, \"\"b\"\"\"");
		assertThat(AuditExport.cell("{\"a\":\"=1\"}")).isEqualTo("\"{\"\"a\"\":\"\"=1\"\"}\"");
		assertThat(AuditExport.cell(null)).isEmpty();
	}

}
