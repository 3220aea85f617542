package io.agentotp.server.page;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What a person knows a browser by. Browsers say that they are others, too, so the order
 * counts.
 */
final class DeviceName {

	private static final Map<String, String> BROWSERS = new LinkedHashMap<>();

	private static final Map<String, String> SYSTEMS = new LinkedHashMap<>();

	static {
		BROWSERS.put("Edg", "Edge");
		BROWSERS.put("OPR/", "Opera");
		BROWSERS.put("SamsungBrowser/", "Samsung Internet");
		BROWSERS.put("Firefox/", "Firefox");
		BROWSERS.put("FxiOS/", "Firefox");
		BROWSERS.put("Chrome/", "Chrome");
		BROWSERS.put("CriOS/", "Chrome");
		BROWSERS.put("Safari/", "Safari");
		SYSTEMS.put("iPhone", "iPhone");
		SYSTEMS.put("iPad", "iPad");
		SYSTEMS.put("Android", "Android");
		SYSTEMS.put("CrOS", "ChromeOS");
		SYSTEMS.put("Windows", "Windows");
		SYSTEMS.put("Mac OS X", "macOS");
		SYSTEMS.put("Linux", "Linux");
	}

	private DeviceName() {
	}

	/**
	 * The name.
	 * @param userAgent what the browser says it is
	 * @return the name, {@code Browser} if that says nothing
	 */
	static String of(@Nullable String userAgent) {
		String said = (userAgent != null) ? userAgent : "";
		String system = find(SYSTEMS, said);
		String browser = find(BROWSERS, said);
		String name = browser.isEmpty() ? "Browser" : browser;
		return system.isEmpty() ? name : name + ", " + system;
	}

	private static String find(Map<String, String> names, String said) {
		return names.entrySet()
			.stream()
			.filter((name) -> said.contains(name.getKey()))
			.map(Map.Entry::getValue)
			.findFirst()
			.orElse("");
	}

}
