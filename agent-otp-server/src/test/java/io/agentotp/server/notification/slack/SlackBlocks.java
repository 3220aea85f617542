package io.agentotp.server.notification.slack;

import java.util.ArrayList;
import java.util.List;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.slack.api.model.block.LayoutBlock;
import com.slack.api.util.json.GsonFactory;
import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;

/**
 * Reads blocks with the classes that Slack publishes.
 */
public final class SlackBlocks {

	private static final Gson GSON = gson();

	private SlackBlocks() {
	}

	private static Gson gson() {
		GsonBuilder builder = new GsonBuilder().setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES);
		// What Slack does not know fails.
		GsonFactory.registerTypeAdapters(builder, true);
		return builder.create();
	}

	public static List<LayoutBlock> read(JsonNode body) {
		List<LayoutBlock> blocks = new ArrayList<>();
		body.path("blocks").forEach((block) -> blocks.add(GSON.fromJson(Json.write(block), LayoutBlock.class)));
		return blocks;
	}

}
