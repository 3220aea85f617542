package io.agentotp.server;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * The rules of the design for the service.
 */
class ArchitectureTests {

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.agentotp.server");

	@Test
	void serverWhenBuiltThenKnowsNeitherClientNorStarter() {
		noClasses().should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.agentotp", "io.agentotp.transport", "io.agentotp.spring..", "io.agentotp.test..")
			.check(CLASSES);
	}

	@Test
	void packagesWhenTheyDependOnEachOtherThenWithoutCycles() {
		slices().matching("io.agentotp.server.(**)").should().beFreeOfCycles().check(CLASSES);
	}

}
