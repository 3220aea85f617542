package io.agentotp;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * The rules of the design for the client.
 */
class ArchitectureTests {

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.agentotp");

	@Test
	void clientWhenBuiltThenKnowsOnlyTheJdkJacksonSlf4jAndJspecify() {
		classes().should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("io.agentotp", "io.agentotp.transport", "io.agentotp.trust", "java..", "javax.crypto..",
					"javax.net.ssl..", "tools.jackson..", "org.slf4j..", "org.jspecify..")
			.check(CLASSES);
	}

	@Test
	void packagesWhenTheyDependOnEachOtherThenWithoutCycles() {
		slices().matching("io.(**)").should().beFreeOfCycles().check(CLASSES);
	}

}
