package io.agentotp.spring;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The rules of the design, and Spring Boot's own for auto-configurations.
 */
class ArchitectureTests {

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.agentotp.spring");

	@Test
	void packagesWhenTheyDependOnEachOtherThenWithoutCycles() {
		slices().matching("io.agentotp.(**)").should().beFreeOfCycles().check(CLASSES);
	}

	@Test
	void guardWhenBuiltThenItsPackagesKnowOnlyWhatStandsBeforeThem() {
		layeredArchitecture().consideringOnlyDependenciesInAnyPackage("io.agentotp.spring..")
			.layer("operation")
			.definedBy("io.agentotp.spring.operation")
			.layer("guard")
			.definedBy("io.agentotp.spring.guard")
			.layer("method")
			.definedBy("io.agentotp.spring.method")
			.layer("tool")
			.definedBy("io.agentotp.spring.tool..")
			.layer("token")
			.definedBy("io.agentotp.spring.token")
			.layer("propagation")
			.definedBy("io.agentotp.spring.propagation")
			.layer("boot")
			.definedBy("io.agentotp.spring.boot..")
			.whereLayer("boot")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("tool")
			.mayOnlyBeAccessedByLayers("boot")
			.whereLayer("method")
			.mayOnlyBeAccessedByLayers("tool", "token", "boot")
			.whereLayer("guard")
			.mayOnlyBeAccessedByLayers("method", "tool", "boot")
			.whereLayer("operation")
			.mayOnlyBeAccessedByLayers("guard", "method", "tool", "token", "boot")
			.whereLayer("token")
			.mayOnlyBeAccessedByLayers("boot")
			.whereLayer("propagation")
			.mayOnlyBeAccessedByLayers("token", "boot")
			.check(CLASSES);
	}

	@Test
	void simpleNamesWhenPublicOrNotThenMeanOneThing() {
		assertThat(CLASSES.stream()
			.filter((type) -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
			.collect(Collectors.groupingBy(JavaClass::getSimpleName))
			.entrySet()).filteredOn((named) -> named.getValue().size() > 1).isEmpty();
	}

	@Test
	void starterWhenBuiltThenKnowsNoServer() {
		noClasses().should().dependOnClassesThat().resideInAPackage("io.agentotp.server..").check(CLASSES);
	}

	@Test
	void starterWhenBuiltThenKnowsNoTestLibrary() {
		noClasses().should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.mockito..", "org.junit..", "org.springframework.test..", "io.agentotp.test..")
			.check(CLASSES);
	}

	@Test
	void publicInterfaceWhenUsedThenShowsNoJackson() {
		noClasses().that()
			.resideInAnyPackage("io.agentotp.spring", "io.agentotp.spring.event")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("tools.jackson..")
			.check(CLASSES);
	}

	@Test
	void autoConfigurationsWhenDeclaredThenPublicFinalWithoutPublicMembers() {
		classes().that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
			.andShould(have("no public members",
					(type) -> type.getMembers()
						.stream()
						.allMatch((member) -> !member.getModifiers().contains(JavaModifier.PUBLIC)
								|| member.getName().equals("<init>"))))
			.check(CLASSES);
	}

	@Test
	void nestedConfigurationsWhenDeclaredThenNotPublic() {
		classes().that()
			.areAnnotatedWith(Configuration.class)
			.and()
			.areNotAnnotatedWith(AutoConfiguration.class)
			.should()
			.notBePublic()
			.check(CLASSES);
	}

	@Test
	void beanMethodsWhenDeclaredThenTheirTypesAreNotPrivateAndTheyHaveNoClassCondition() {
		methods().that()
			.areAnnotatedWith(Bean.class)
			.should(have("no private type",
					(JavaMethod method) -> !method.getRawReturnType().getModifiers().contains(JavaModifier.PRIVATE)))
			.andShould()
			.notBeAnnotatedWith(ConditionalOnClass.class)
			.andShould()
			.notBePrivate()
			.check(CLASSES);
	}

	@Test
	void beanMethodsWhenTheyMakePostProcessorsThenStaticAndWithProvidersOnly() {
		methods().that()
			.areAnnotatedWith(Bean.class)
			.and()
			.haveRawReturnType(DescribedPredicate.describe("a bean post-processor",
					(JavaClass type) -> type.isAssignableTo(BeanPostProcessor.class)))
			.should()
			.beStatic()
			.andShould(have("only providers as parameters",
					(JavaMethod method) -> method.getRawParameterTypes()
						.stream()
						.allMatch((type) -> type.isEquivalentTo(ObjectProvider.class))))
			.check(CLASSES);
	}

	@Test
	void missingBeanConditionsWhenTheyNameATypeThenNotTheReturnType() {
		methods().that()
			.areAnnotatedWith(ConditionalOnMissingBean.class)
			.should(have("a condition that does not repeat the return type", (JavaMethod method) -> {
				Class<?>[] types = method.getAnnotationOfType(ConditionalOnMissingBean.class).value();
				return !List.of(types).contains(method.getRawReturnType().reflect()) || types.length > 1;
			}))
			.check(CLASSES);
	}

	@Test
	void guardWhenConfiguredThenNoPropertyRemovesIt() {
		noClasses().should().beAnnotatedWith(ConditionalOnProperty.class).check(CLASSES);
		methods().should().notBeAnnotatedWith(ConditionalOnProperty.class).check(CLASSES);
	}

	@Test
	void autoConfigurationsWhenTheyComeAfterOptionalOnesThenByName() {
		for (JavaClass type : CLASSES) {
			if (type.isAnnotatedWith(AutoConfiguration.class)) {
				AutoConfiguration annotation = type.getAnnotationOfType(AutoConfiguration.class);
				assertThat(List.of(annotation.after())).as(type.getName())
					.allMatch((after) -> after.getName().startsWith("io.agentotp.")
							|| after.getName().startsWith("org.springframework.boot.autoconfigure."));
				assertThat(List.of(annotation.before())).as(type.getName())
					.allMatch((before) -> before.getName().startsWith("io.agentotp."));
			}
		}
	}

	@Test
	void propertiesWhenDeclaredThenWithTheShortForm() {
		for (JavaClass type : CLASSES) {
			if (type.isAnnotatedWith(ConfigurationProperties.class)) {
				assertThat(type.getAnnotationOfType(ConfigurationProperties.class).value()).as(type.getName())
					.isNotEmpty();
				assertThat(type.getAnnotationOfType(ConfigurationProperties.class.getName())
					.hasExplicitlyDeclaredProperty("prefix")).as(type.getName()).isFalse();
			}
		}
	}

	private static <T> ArchCondition<T> have(String what, Predicate<T> test) {
		return new ArchCondition<>("have " + what) {

			@Override
			public void check(T item, ConditionEvents events) {
				events.add(new SimpleConditionEvent(item, test.test(item), item + " does not have " + what));
			}

		};
	}

}
