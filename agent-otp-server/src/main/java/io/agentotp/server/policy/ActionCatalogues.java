package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;

/**
 * The action catalogue of each version of the policies. A permission is shown by that of
 * the version that it carries, which never changes: what was shown can be shown again.
 */
@Component
public final class ActionCatalogues {

	private static final Logger logger = LoggerFactory.getLogger(ActionCatalogues.class);

	private static final int MAX_KEPT = 64;

	private static final ActionCatalogue UNKNOWN = ActionCatalogue.unknown(
			"The action catalogue of this request is not as the service stored it, so the request can only be denied");

	private final PolicyRegistry registry;

	private final PolicyVersions versions;

	private final Map<Long, ActionCatalogue> kept = new LinkedHashMap<>(16, 0.75f, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<Long, ActionCatalogue> eldest) {
			return size() > MAX_KEPT;
		}

	};

	ActionCatalogues(PolicyRegistry registry, PolicyVersions versions) {
		this.registry = registry;
		this.versions = versions;
	}

	/**
	 * The catalogue of a version.
	 * @param version the version, or {@code null} if it is not known
	 * @return the catalogue; an empty one with a problem if it cannot be used
	 */
	public ActionCatalogue of(@Nullable Long version) {
		if (version == null) {
			return ActionCatalogue.EMPTY;
		}
		PolicySet present = this.registry.current();
		if (version == present.version()) {
			return present.actions();
		}
		synchronized (this.kept) {
			ActionCatalogue known = this.kept.get(version);
			if (known != null) {
				return known;
			}
		}
		ActionCatalogue read = read(version);
		if (read != UNKNOWN) {
			synchronized (this.kept) {
				this.kept.put(version, read);
			}
		}
		return read;
	}

	private ActionCatalogue read(long version) {
		try {
			return this.versions.content(version).map(ActionCatalogues::parse).orElse(UNKNOWN);
		}
		catch (InvalidPolicyException ex) {
			logger.error("The action catalogue of version {} cannot be used: {}", version, ex.text());
			return UNKNOWN;
		}
	}

	private static ActionCatalogue parse(ObjectNode content) {
		List<ActionEntry> entries = new ArrayList<>();
		for (JsonNode entry : content.path("actions")) {
			entries.add(ActionEntry.read(entry.path("id").asString(""), PolicyOrigin.API, (ObjectNode) entry));
		}
		return entries.isEmpty() ? ActionCatalogue.EMPTY : ActionCatalogue.of(entries);
	}

}
