package io.agentotp.server.api;

import java.util.function.Consumer;
import java.util.function.Function;

import io.agentotp.server.json.Json;
import io.agentotp.server.permission.StoredPermission;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonSerializable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.node.ObjectNode;

/**
 * Permissions in an answer. They are read while it is written: all at once, large ones
 * would not fit into memory.
 */
final class PermissionList extends JacksonSerializable.Base {

	private final Consumer<Consumer<StoredPermission>> source;

	private final Function<StoredPermission, ObjectNode> view;

	private PermissionList(Consumer<Consumer<StoredPermission>> source, Function<StoredPermission, ObjectNode> view) {
		this.source = source;
		this.view = view;
	}

	/**
	 * Makes a list.
	 * @param source reads permissions and hands on each
	 * @param view how one is shown
	 * @return the list
	 */
	static JsonNode of(Consumer<Consumer<StoredPermission>> source, Function<StoredPermission, ObjectNode> view) {
		return Json.object().pojoNode(new PermissionList(source, view));
	}

	@Override
	public void serialize(JsonGenerator generator, SerializationContext context) {
		generator.writeStartArray();
		this.source.accept((permission) -> context.writeTree(generator, this.view.apply(permission)));
		generator.writeEndArray();
	}

	@Override
	public void serializeWithType(JsonGenerator generator, SerializationContext context, TypeSerializer type) {
		serialize(generator, context);
	}

	// Spring MVC logs answers.
	@Override
	public String toString() {
		return "PermissionList[]";
	}

}
