package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.guard.ReturnKind;
import io.agentotp.spring.operation.ArgumentBinding;
import io.agentotp.spring.operation.AttributeConversion;
import io.agentotp.spring.operation.AttributeParser;
import io.agentotp.spring.operation.BoundForms;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.GuardedOperation;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.spring.operation.Masking;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.expression.BeanResolver;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.spel.support.StandardEvaluationContext;
import org.springframework.util.ClassUtils;

/**
 * One method with {@link RequiresPermission}.
 */
final class GuardedMethod extends GuardedOperation {

	private final Method method;

	/** Its name and parameter types: the class is bound beside it. */
	private final String called;

	private final BeanResolver beans;

	private final ArgumentBinding binding;

	private final ReturnKind returnKind;

	private final Class<?> returned;

	/** The class of what it returns, or of what that is completed with. */
	private final Class<?> result;

	private final List<String> notBound;

	private final GuardedParameters parameters;

	private final String place;

	private final String type;

	GuardedMethod(Method method, RequiresPermission annotation, Class<?> type, Set<String> guarded,
			ConfigurableBeanFactory beanFactory, BoundForms forms) {
		this(method, annotation, type, beanFactory, forms, new GuardedParameters(method, annotation, type, guarded));
	}

	private GuardedMethod(Method method, RequiresPermission annotation, Class<?> type,
			ConfigurableBeanFactory beanFactory, BoundForms forms, GuardedParameters parameters) {
		super(signature(method), annotation,
				new AttributeParser(place(method, parameters.place()), parameters, beanFactory));
		this.place = place(method, parameters.place());
		this.binding = new ArgumentBinding(this.place, parameters.bound(), forms);
		this.method = method;
		this.called = signature().substring(method.getDeclaringClass().getName().length() + 1);
		this.beans = new BeanFactoryResolver(beanFactory);
		this.notBound = List.copyOf(parameters.notBound());
		this.parameters = parameters;
		Class<?> owner = ClassUtils.getUserClass(type);
		this.returnKind = ReturnKind.of(method, owner);
		this.returned = GenericTypeResolver.resolveReturnType(method, owner);
		this.result = (this.returnKind == ReturnKind.VALUE) ? this.returned
				: ResolvableType.forMethodReturnType(method, owner).getGeneric().resolve(Object.class);
		// The name of a lambda's class is another one after each start.
		this.type = (owner.isHidden() || Proxy.isProxyClass(owner)) ? method.getDeclaringClass().getName()
				: owner.getName();
	}

	private static String place(Method method, Method declared) {
		String place = InvalidAnnotationException.place(RequiresPermission.class, declared);
		return declared.equals(method) ? place : place + ", as it is in " + method.getDeclaringClass().getName();
	}

	private static String signature(Method method) {
		return ClassUtils.getQualifiedMethodName(method) + Arrays.stream(method.getParameterTypes())
			.map(Class::getTypeName)
			.collect(Collectors.joining(", ", "(", ")"));
	}

	Method method() {
		return this.method;
	}

	ReturnKind returnKind() {
		return this.returnKind;
	}

	/**
	 * Return what makes a publisher of its result. Spring's proxies make one of a
	 * suspending function.
	 */
	@Nullable ReactiveAdapter adapter() {
		return KotlinDetector.isSuspendingFunction(this.method) ? null
				: ReactiveAdapterRegistry.getSharedInstance().getAdapter(this.returned);
	}

	/**
	 * Makes sure that a body has ended with what it returned.
	 * @throws IllegalStateException if work would be done later, without its permission
	 */
	void requireEnded(Object result) {
		ReturnKind.requireEnded(place(), this.result, result);
	}

	/**
	 * Return whether the parameter at an index takes the grant.
	 */
	boolean takesPermissionAt(int index) {
		return this.parameters.permissionIndex() == index;
	}

	@Override
	protected List<String> notBound() {
		return this.notBound;
	}

	@Override
	protected String place() {
		return this.place;
	}

	/**
	 * Return the arguments with the grant in its place, whatever the caller passed there.
	 */
	@Nullable Object[] inject(@Nullable Object[] arguments, Permission permission) {
		int index = this.parameters.permissionIndex();
		if (index < 0) {
			return arguments;
		}
		@Nullable Object[] injected = arguments.clone();
		injected[index] = permission;
		return injected;
	}

	/**
	 * Evaluates the attributes for one call.
	 * @param bean the name of the bean that is called, or {@code null} if it is none
	 * @throws CallRefusedException if one cannot be evaluated
	 */
	GuardedCall evaluate(@Nullable String bean, @Nullable Object target, @Nullable Object[] arguments,
			Map<String, ?> caller, Masking masking) {
		return ask(target(bean), () -> this.binding.bind(arguments), evaluation(target, arguments), caller, masking);
	}

	// Two beans can inherit one method, and of one class there can be two beans.
	private Map<String, String> target(@Nullable String bean) {
		Map<String, String> called = new LinkedHashMap<>(4);
		if (bean != null) {
			called.put("bean", bean);
		}
		called.put("type", this.type);
		called.put("method", this.called);
		return called;
	}

	/**
	 * Makes sure that a grant is one for this call, that the call keeps to it, and that
	 * the call is still the one that was asked for.
	 * @throws CallRefusedException if not
	 */
	void verify(GuardedCall call, Permission grant, @Nullable Object target, @Nullable Object[] arguments) {
		requireGranted(call, grant, () -> evaluation(target, arguments));
		requireUnchanged(call, target, arguments);
	}

	/**
	 * Makes sure that the call is still the one that was asked for.
	 * @throws CallRefusedException if not
	 */
	void requireUnchanged(GuardedCall call, @Nullable Object target, @Nullable Object[] arguments) {
		requireSame(call, this.binding.bind(arguments), evaluation(target, arguments));
	}

	private EvaluationContext evaluation(@Nullable Object target, @Nullable Object[] arguments) {
		StandardEvaluationContext evaluation = new ArgumentsContext((target != null) ? target : this.method,
				this.parameters, arguments);
		evaluation.setBeanResolver(this.beans);
		evaluation.setTypeConverter(AttributeConversion.CONVERTER);
		return evaluation;
	}

	/** Finds the arguments by each name that the parser let pass, and no sooner. */
	private static final class ArgumentsContext extends StandardEvaluationContext {

		private final GuardedParameters parameters;

		private final @Nullable Object[] arguments;

		ArgumentsContext(Object root, GuardedParameters parameters, @Nullable Object[] arguments) {
			super(root);
			this.parameters = parameters;
			this.arguments = arguments;
		}

		@Override
		public @Nullable Object lookupVariable(String name) {
			Object set = super.lookupVariable(name);
			Integer index = this.parameters.index(name);
			return (set != null || index == null) ? set : this.arguments[index];
		}

	}

}
