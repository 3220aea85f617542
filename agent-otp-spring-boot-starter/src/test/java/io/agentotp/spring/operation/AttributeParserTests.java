package io.agentotp.spring.operation;

import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySourcesPropertyResolver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Mistakes in attributes that the start can see.
 */
class AttributeParserTests {

	private final AttributeParser parser = new AttributeParser("@RequiresPermission on Desk.pay(int)", new Known(),
			beanFactory());

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
			action   | pay.#{#amount}                       | action is no template           | resource
			action   | pay.#amount                          | has #amount in its text         | no arguments
			resource | order:#amount                        | has #amount in its text         | Write #{#amount}
			reason   | Pay #amount to #{#ref.path}          | has #amount in its text         | Write #{#amount}
			resource | order:{amount}                       | has {amount} in its text        | Write #{#amount}
			reason   | Pays {amount} to #{#ref.path}        | has {amount} in its text        | Write #{#amount}
			scope    | {max: '#{#amount}'}                  | has #amount in a text           | without quotes
			context  | {a: {'x', {b: 'for #amount'}}}       | has #amount in a text           | without quotes
			check    | #granted['a'] == '#amount'           | has #amount in a text           | without quotes
			resource | order:#{amount}                      | reads 'amount'                  | parameter as #name
			resource | #{'a' + amount}                      | reads 'amount'                  | parameter as #name
			resource | #{#ref.pth}                          | Ref has no property 'pth'       | Correct the name
			resource | #{#ref?.pth}                         | Ref has no property 'pth'       | Correct the name
			resource | #{#ref.path.nothing}                 | String has no property          | Correct the name
			resource | #{#limits.max}                       | Map has no property 'max'       | #limits['max']
			resource | order:${amount}                      | placeholder                     | write #{#amount}
			resource | order:${other}                       | placeholder                     | write #{#name}
			resource | #{#amuont}                           | no such parameter               | "#amount, #limits, #ref"
			scope    | max_amount=5                         | assigns a value                 | name: #parameter
			scope    | {max: amount}                        | reads 'amount'                  | parameter as #name
			scope    | {a: {b: {amount}}}                   | reads 'amount'                  | parameter as #name
			scope    | {max: #amount                        | no valid expression             | Correct the expression
			check    | #amount <= #granted.max_amount       | Map has no property             | #granted['max_amount']
			check    | #amount = 5                          | assigns a value                 | ==
			""")
	void attributeWhenItCannotBeEvaluatedThenRefusedWithTheRemedy(String attribute, String value, String problem,
			String remedy) {
		assertThatExceptionOfType(InvalidAnnotationException.class).isThrownBy(() -> parse(attribute, value))
			.satisfies((ex) -> {
				assertThat(ex.problem()).startsWith("@RequiresPermission on Desk.pay(int): " + attribute)
					.contains(problem.replace("no valid", "not a valid"));
				assertThat(ex.remedy()).contains(remedy);
			});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
			action   | pay#1
			resource | order:#{#amount} in #general, #1 and #amounts
			resource | order:{other} #{'{amount}'}
			check    | #ref.path matches 'a{2}#1'
			resource | #{region} #{#ref.path} #{#ref.path.bytes} #{#a0}
			resource | #{#limits['max']} #{#limits[max]} #{#limits.empty}
			scope    | {max: #amount, region: region, all: #limits.values().![abs]}
			context  | {paths: {#ref}.?[path != null]}
			check    | #amount <= #granted['max_amount'] and #granted[max] == 1 and !#granted.empty
			""")
	void attributeWhenItCanBeEvaluatedThenRead(String attribute, String value) {
		assertThat(parse(attribute, value)).isNotNull();
	}

	private @Nullable Object parse(String attribute, String value) {
		return switch (attribute) {
			case "action" -> this.parser.action(value);
			case "scope", "context" -> this.parser.map(attribute, value);
			case "check" -> this.parser.condition(attribute, value, "granted");
			default -> this.parser.template(attribute, value);
		};
	}

	private static DefaultListableBeanFactory beanFactory() {
		MutablePropertySources sources = new MutablePropertySources();
		sources.addFirst(new MapPropertySource("none", Map.of()));
		DefaultListableBeanFactory beanFactory = new DefaultListableBeanFactory();
		beanFactory.addEmbeddedValueResolver(new PropertySourcesPropertyResolver(sources)::resolveRequiredPlaceholders);
		return beanFactory;
	}

	record Ref(String path) {
	}

	private static final class Known implements AttributeParser.Variables {

		private static final Map<String, Class<?>> TYPES = Map.of("amount", int.class, "ref", Ref.class, "limits",
				Map.class);

		@Override
		public boolean isKnown(String name) {
			return TYPES.containsKey(name) || name.equals("a0") || name.equals("this");
		}

		@Override
		public boolean isSensitive(String name) {
			return false;
		}

		@Override
		public @Nullable Class<?> type(String name) {
			return TYPES.get(name);
		}

		@Override
		public boolean hasProperty(String name) {
			return name.equals("region");
		}

		@Override
		public Set<String> names() {
			return TYPES.keySet();
		}

	}

}
