package io.agentotp.spring.operation;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import com.google.protobuf.TextFormat;
import io.agentotp.spring.BoundForm;
import io.agentotp.spring.CallRefusedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.ResolvableType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BoundFormsTests {

	@ParameterizedTest
	@MethodSource
	void bindWhenAFormGivesNothingThenRefusedByTheNameOfTheForm(BoundForm<Account> form) {
		ArgumentBinding binding = binding(Account.class, form);
		assertRefused(binding, new Account("test"), "'theForm'", "gives nothing");
		assertRefused(binding, List.of(new Account("test")), "value[0]", "'theForm'", "gives nothing");
	}

	static Stream<BoundForm<Account>> bindWhenAFormGivesNothingThenRefusedByTheNameOfTheForm() {
		return Stream.of((value) -> null, (value) -> Optional.empty(), (value) -> JsonNodeFactory.instance.nullNode(),
				(value) -> JsonNodeFactory.instance.missingNode());
	}

	@Test
	void bindWhenAFormFailsThenRefusedByItsNameWithoutItsMessageOrTheAdviceToDeclareOne() {
		ArgumentBinding binding = binding(Account.class, (value) -> {
			throw new IllegalStateException("secret-4711");
		});
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> json(binding, new Account("test")))
			.withMessageContainingAll("'value'", "'theForm'", "IllegalStateException", Account.class.getName(),
					"@NotBound")
			.withMessageNotContainingAny("4711", "declare a bean of type BoundForm")
			.withNoCause();
	}

	@Test
	void bindWhenAFormCallsItselfForeverThenRefusedByItsName() {
		ArgumentBinding binding = binding(Account.class, new Endless());
		assertRefused(binding, new Account("test"), "'theForm'", "StackOverflowError");
	}

	@Test
	void bindWhenAFormLeavesOutTheParentOfATreeThenAppliesToAllOfIt() {
		ArgumentBinding binding = binding(Node.class,
				(BoundForm<Node>) (node) -> Map.of("name", node.name, "children", node.children));
		Node root = tree("a", "b");
		assertThat(json(binding, root)).isEqualTo(json(binding, tree("a", "b"))).contains("\"a\"", "\"b\"");
		assertThat(json(binding, root)).isNotEqualTo(json(binding, tree("a", "c")));
	}

	@Test
	void bindWhenAValueIsOfProtocolBuffersThenByItsFormOnly() {
		assertRefused(binding(Account.class, (value) -> Map.of("name", value.name())), StringValue.of("a"),
				"StringValue", "BoundForm<Message>");
		ArgumentBinding binding = binding(Message.class, (message) -> TextFormat.printer().printToString(message));
		StringValue computed = StringValue.of("a");
		assertThat(computed.hashCode() + computed.getSerializedSize()).isNotZero();
		assertThat(json(binding, computed)).isEqualTo(json(binding, StringValue.of("a"))).contains("value: ");
		assertThat(json(binding, computed)).isNotEqualTo(json(binding, StringValue.of("b")));
	}

	@Test
	void bindWhenAFormLeadsBackToItsValueThenRefused() {
		ArgumentBinding binding = binding(Node.class, (BoundForm<Node>) (node) -> Map.of("name", node.name, "children",
				node.children, "parent", Optional.ofNullable(node.parent)));
		assertRefused(binding, tree("a", "b"), "it contains itself");
	}

	@Test
	void bindWhenAFormGivesItsValueThenItsFields() {
		ArgumentBinding binding = binding(Account.class, (BoundForm<Account>) (value) -> value);
		assertThat(json(binding, new Account("test"))).contains("theForm", "test");
	}

	@Test
	void bindWhenAFormGivesAPlainerValueOfTheClassThenItsFields() {
		ArgumentBinding binding = binding(Account.class,
				(BoundForm<Account>) (value) -> new Account(value.name().strip()));
		assertThat(json(binding, new Account(" test"))).contains("theForm", "\"test\"");
	}

	@Test
	void bindWhenAFormGivesAnotherOfItsValuesForeverThenRefused() {
		ArgumentBinding binding = binding(Account.class,
				(BoundForm<Account>) (value) -> List.of(new Account(value.name())));
		assertRefused(binding, new Account("test"), "nested more than");
	}

	@ParameterizedTest
	@MethodSource
	void bindingWhenAFormIsForNoClassThenRefusedByItsName(ResolvableType covered) {
		ResolvableType type = covered.equals(ResolvableType.NONE) ? ResolvableType.forClass(BoundForm.class)
				: ResolvableType.forClassWithGenerics(BoundForm.class, covered);
		assertThatExceptionOfType(InvalidAnnotationException.class).isThrownBy(() -> binding(type, (value) -> "form"))
			.withMessageContainingAll("'theForm'", "never apply");
	}

	static Stream<ResolvableType> bindingWhenAFormIsForNoClassThenRefusedByItsName()
			throws ReflectiveOperationException {
		Method method = BoundFormsTests.class.getDeclaredMethod("open", List.class, Object.class);
		return Stream.of(ResolvableType.forClass(Object.class), ResolvableType.NONE,
				ResolvableType.forMethodParameter(method, 0).getGeneric(), ResolvableType.forMethodParameter(method, 1),
				ResolvableType.forClass(byte[].class), ResolvableType.forClass(Account[].class));
	}

	@SuppressWarnings("unused")
	private static <T> void open(List<? extends Account> one, T other) {
	}

	@Test
	void bindWhenAFormIsOfAnInterfaceThatAnInterfaceExtendsThenApplies() {
		assertThat(json(binding(Named.class, (value) -> "form"), new Person("ann"))).contains("form", "theForm")
			.doesNotContain("ann");
	}

	private static Node tree(String name, String child) {
		Node root = new Node(name, null);
		Node first = new Node(child, root);
		first.children.add(new Node("leaf", first));
		return root;
	}

	private static void assertRefused(ArgumentBinding binding, Object argument, String... parts) {
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> json(binding, argument))
			.withMessageContainingAll(parts)
			.extracting(CallRefusedException::code)
			.isEqualTo("ARGUMENT_NOT_BINDABLE");
	}

	private static <T> ArgumentBinding binding(Class<T> type, BoundForm<T> form) {
		return binding(ResolvableType.forClassWithGenerics(BoundForm.class, type), form);
	}

	private static ArgumentBinding binding(ResolvableType type, BoundForm<?> form) {
		DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
		RootBeanDefinition definition = new RootBeanDefinition();
		definition.setTargetType(type);
		definition.setInstanceSupplier(() -> form);
		beans.registerBeanDefinition("theForm", definition);
		return new ArgumentBinding("place", List.of(new ArgumentBinding.Parameter(0, "value", Object.class, false)),
				BoundForms.of(beans));
	}

	private static String json(ArgumentBinding binding, Object argument) {
		return JsonMapper.shared().writeValueAsString(binding.bind(new Object[] { argument }).values());
	}

	record Account(String name) {
	}

	interface Named {

	}

	interface Known extends Named {

	}

	record Person(String name) implements Known {
	}

	static final class Endless implements BoundForm<Account> {

		@Override
		public Object write(Account value) {
			return List.of(write(value));
		}

	}

	static final class Node {

		final String name;

		final @Nullable Node parent;

		final List<Node> children = new ArrayList<>();

		Node(String name, @Nullable Node parent) {
			this.name = name;
			this.parent = parent;
			if (parent != null) {
				parent.children.add(this);
			}
		}

	}

}
