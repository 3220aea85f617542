package io.agentotp.spring.operation;

import java.lang.reflect.Type;
import java.util.ConcurrentModificationException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentotp.spring.CallRefusedException;
import org.jspecify.annotations.Nullable;

import org.springframework.core.ResolvableType;

/**
 * Writes down the arguments of a method that are bound.
 */
public final class ArgumentBinding {

	private final String place;

	private final List<Parameter> parameters;

	private final Set<String> masked;

	private final BoundForms forms;

	/**
	 * Creates a binding.
	 * @param place what the method is called in messages
	 * @param parameters the parameters that are bound
	 * @param forms the application's own forms of classes
	 * @throws InvalidAnnotationException if the declared type of a parameter says that no
	 * value of it can be written
	 */
	public ArgumentBinding(String place, List<Parameter> parameters, BoundForms forms) {
		this.place = place;
		this.parameters = parameters;
		this.forms = forms;
		forms.verify();
		for (Parameter parameter : parameters) {
			String problem = problem(parameter);
			if (problem != null) {
				throw new InvalidAnnotationException(place,
						"the parameter '" + parameter.name() + "' can never be bound: " + problem,
						UnwritableStateException.REMEDY
								+ ". If the annotation is on the class, put it on the methods instead.",
						null);
			}
		}
		this.masked = parameters.stream().filter(Parameter::masked).map(Parameter::name).collect(Collectors.toSet());
	}

	private @Nullable String problem(Parameter parameter) {
		try {
			return DeclaredType.problem(parameter.name(), parameter.type(), this.forms, parameter.masked());
		}
		catch (UnwritableStateException ex) {
			return "'" + parameter.name() + "' is of class " + ex.type().getTypeName() + ", and " + ex.reason();
		}
	}

	/**
	 * Writes the bound arguments down as they are now.
	 * @param arguments all arguments of the call
	 * @return what was written
	 * @throws CallRefusedException if one cannot be written exactly
	 */
	public BoundArguments bind(@Nullable Object[] arguments) {
		Map<String, @Nullable Object> values = new LinkedHashMap<>(this.parameters.size() * 2);
		for (Parameter parameter : this.parameters) {
			try {
				values.put(parameter.name(), StateWriter.write(arguments[parameter.index()], parameter.type(),
						this.forms, parameter.masked()));
			}
			catch (UnwritableStateException ex) {
				throw refused(parameter, "'" + parameter.name() + ex.path() + "' is of class " + ex.type().getTypeName()
						+ ", and " + ex.reason(), ex.remedy());
			}
			catch (ConcurrentModificationException ex) {
				throw refused(parameter, "it changes while it is read", UnwritableStateException.REMEDY);
			}
			catch (RuntimeException | StackOverflowError ex) {
				// Its message can hold what the argument holds.
				throw refused(parameter, "reading it failed with " + ex.getClass().getSimpleName(),
						UnwritableStateException.REMEDY);
			}
		}
		return new BoundArguments(values, this.masked);
	}

	private CallRefusedException refused(Parameter parameter, String reason, String remedy) {
		return new CallRefusedException("ARGUMENT_NOT_BINDABLE", "The argument '" + parameter.name() + "' of "
				+ this.place + " cannot be bound: " + reason + ". " + remedy, null);
	}

	/**
	 * A bound parameter.
	 *
	 * @param index its position
	 * @param name its name
	 * @param type its declared type
	 * @param masked whether the approver must not see it
	 */
	public record Parameter(int index, String name, ResolvableType type, boolean masked) {

		/**
		 * Creates a parameter whose type no class has to resolve.
		 * @param index its position
		 * @param name its name
		 * @param type its declared type
		 * @param masked whether the approver must not see it
		 */
		public Parameter(int index, String name, Type type, boolean masked) {
			this(index, name, ResolvableType.forType(type), masked);
		}

	}

}
