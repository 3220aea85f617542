package io.agentotp.spring.tool;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Names in rules that were meant for another tool.
 */
class ToolNamesTests {

	@ParameterizedTest
	@CsvSource({ "read_dsik, read_disk", "dlete_*, delete_file", "*_fiel, delete_file", "dlete_*_fiel, delete_one_file",
			"delete_file|move_file, delete_file", "'delete_file, move_file', Move-File", "wiep_all, wipe_all" })
	void isMisspeltWhenALetterOrTwoDifferThenTrue(String pattern, String name) {
		assertThat(ToolNames.isMisspelt(pattern, name)).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "ls, cp", "get, set", "read_a, read_b", "read_*, road_map", "*, any", "delete_*, deliver",
			"*_file, delete_disk", "pay, paid" })
	void isMisspeltWhenItIsAnotherWordThenFalse(String pattern, String name) {
		assertThat(ToolNames.isMisspelt(pattern, name)).isFalse();
	}

}
