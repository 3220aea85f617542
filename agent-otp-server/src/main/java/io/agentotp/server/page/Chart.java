package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Bars over time. The picture stretches to the width of the page, so all text stands
 * beside it.
 *
 * @param id its name in the page
 * @param title what it shows
 * @param description the same as the picture, in words
 * @param parts what the bars consist of
 * @param bars the bars
 * @param top the value at the upper edge
 * @param ticks the moments at the left, in the middle and at the right
 */
public record Chart(String id, String title, String description, List<Part> parts, List<Bar> bars, String top,
		List<String> ticks) {

	/**
	 * The width of the picture.
	 */
	static final double WIDTH = 1000;

	/**
	 * The height of the picture.
	 */
	static final double HEIGHT = 200;

	// Of the room of a bar, so that neighbours stay apart.
	private static final double THICKNESS = .76;

	/**
	 * Draws parts on top of one another.
	 * @param values the values of each part, by time
	 * @param parts the parts, the lowest one first
	 * @param top the value at the upper edge
	 * @return the bars
	 */
	static List<Bar> stacked(List<double[]> values, List<Part> parts, double top) {
		List<Bar> bars = new ArrayList<>();
		for (int i = 0; i < values.size(); i++) {
			double below = 0;
			for (int part = 0; part < parts.size(); part++) {
				double value = values.get(i)[part];
				add(bars, parts.get(part), i, values.size(), below / top, value / top);
				below += value;
			}
		}
		return bars;
	}

	/**
	 * Draws parts in front of one another.
	 * @param values the values of each part, by time
	 * @param parts the parts, the hindmost one first
	 * @param top the value at the upper edge
	 * @return the bars
	 */
	static List<Bar> layered(List<double[]> values, List<Part> parts, double top) {
		List<Bar> bars = new ArrayList<>();
		for (int i = 0; i < values.size(); i++) {
			for (int part = 0; part < parts.size(); part++) {
				add(bars, parts.get(part), i, values.size(), 0, values.get(i)[part] / top);
			}
		}
		return bars;
	}

	private static void add(List<Bar> bars, Part part, int place, int places, double below, double share) {
		if (share > 0) {
			double room = WIDTH / places;
			bars.add(new Bar(part.name(), number((place + (1 - THICKNESS) / 2) * room),
					number(HEIGHT * (1 - below - share)), number(room * THICKNESS), number(HEIGHT * share)));
		}
	}

	private static String number(double value) {
		return String.format(Locale.ROOT, "%.2f", value);
	}

	/**
	 * The next of 1, 2, 5, 10, 20, 50 and so on.
	 * @param value the highest value
	 * @return a value that is not lower
	 */
	static long roundUp(double value) {
		long unit = 1;
		while (true) {
			for (int factor : new int[] { 1, 2, 5 }) {
				if (factor * unit >= value) {
					return factor * unit;
				}
			}
			unit *= 10;
		}
	}

	/**
	 * What bars consist of.
	 *
	 * @param name its name in the page
	 * @param label its name for people
	 */
	public record Part(String name, String label) {

	}

	/**
	 * A piece of a bar.
	 *
	 * @param part what it shows
	 * @param x its left edge
	 * @param y its upper edge
	 * @param width its width
	 * @param height its height
	 */
	public record Bar(String part, String x, String y, String width, String height) {

	}

}
