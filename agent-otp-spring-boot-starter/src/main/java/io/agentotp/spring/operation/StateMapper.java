package io.agentotp.spring.operation;

import java.util.Iterator;
import java.util.Set;
import java.util.stream.BaseStream;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import io.agentotp.OtpToken;
import io.agentotp.Permission;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.ser.bean.BeanSerializerBase;
import tools.jackson.databind.type.CollectionType;
import tools.jackson.databind.type.MapType;

/**
 * Makes the mapper that writes down the state of an argument: its fields, and not what
 * getters or annotations let others see of it, since what is hidden from the digest could
 * change after the approval.
 */
final class StateMapper {

	private static final Set<Class<?>> SECRETS = Set.of(Permission.class, OtpToken.class);

	private StateMapper() {
	}

	static JsonMapper create() {
		return JsonMapper.builder()
			.disable(MapperFeature.USE_ANNOTATIONS)
			.changeDefaultVisibility((visibility) -> visibility.withVisibility(PropertyAccessor.ALL, Visibility.NONE)
				.withVisibility(PropertyAccessor.FIELD, Visibility.ANY))
			.enable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
			.disable(EnumFeature.WRITE_ENUMS_USING_TO_STRING)
			.enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID)
			.enable(StreamWriteFeature.STRICT_DUPLICATE_DETECTION)
			.disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
			.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
			.addModule(new SimpleModule().setSerializerModifier(new Refusals()))
			.build();
	}

	/**
	 * Refuses what cannot be written down, or only in part: state of the JDK's own
	 * classes that no module opens, lambdas, and what is used up by reading it. And what
	 * must not be: a grant with its token.
	 */
	private static final class Refusals extends ValueSerializerModifier {

		@Override
		public ValueSerializer<?> modifySerializer(SerializationConfig config, BeanDescription.Supplier bean,
				ValueSerializer<?> serializer) {
			Class<?> type = bean.getBeanClass();
			boolean hidden = (serializer instanceof BeanSerializerBase) ? HiddenState.isIn(type)
					: HiddenState.isBeside(type);
			boolean usedUp = Iterator.class.isAssignableFrom(type) || BaseStream.class.isAssignableFrom(type);
			return (hidden || usedUp || type.isHidden() || SECRETS.contains(type)) ? new Refusal() : serializer;
		}

		@Override
		public ValueSerializer<?> modifyCollectionSerializer(SerializationConfig config, CollectionType type,
				BeanDescription.Supplier bean, ValueSerializer<?> serializer) {
			if (HiddenState.isBeside(type.getRawClass())) {
				return new Refusal();
			}
			return Set.class.isAssignableFrom(type.getRawClass()) ? new SetSerializer() : serializer;
		}

		@Override
		public ValueSerializer<?> modifyMapSerializer(SerializationConfig config, MapType type,
				BeanDescription.Supplier bean, ValueSerializer<?> serializer) {
			return HiddenState.isBeside(type.getRawClass()) ? new Refusal() : serializer;
		}

	}

	private static final class Refusal extends ValueSerializer<Object> {

		@Override
		public void serialize(Object value, JsonGenerator generator, SerializationContext context) {
			context.reportBadDefinition(value.getClass(), "has no JSON form", null);
		}

	}

}
