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

	@Test
	void domainWhenBuiltThenKnowsNoHttp() {
		noClasses().that()
			.resideInAnyPackage("io.agentotp.server.permission..", "io.agentotp.server.policy..",
					"io.agentotp.server.agent..", "io.agentotp.server.user..", "io.agentotp.server.audit..",
					"io.agentotp.server.token..", "io.agentotp.server.limit..", "io.agentotp.server.stats..",
					"io.agentotp.server.database..", "io.agentotp.server.metric..", "io.agentotp.server.failure..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework.http..", "org.springframework.web..", "jakarta.servlet..",
					"io.agentotp.server.web..", "io.agentotp.server.api..", "io.agentotp.server.page..")
			.check(CLASSES);
	}

}
