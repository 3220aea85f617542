package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether so many people can approve as are needed, if each counts once. A person whom
 * several stages name is taken for the one that needs it.
 */
final class Reachability {

	private Reachability() {
	}

	/**
	 * How many approvals can be given.
	 * @param needs what the stages need
	 * @return how many of all that are needed
	 */
	static int reachable(List<Need> needs) {
		List<Set<String>> places = new ArrayList<>();
		needs.forEach((need) -> {
			for (int i = 0; i < need.count(); i++) {
				places.add(need.people());
			}
		});
		Map<String, Integer> taken = new HashMap<>();
		int reachable = 0;
		for (int place = 0; place < places.size(); place++) {
			reachable += take(place, places, taken, new HashSet<>()) ? 1 : 0;
		}
		return reachable;
	}

	// Whoever is taken already may fill another place instead.
	private static boolean take(int place, List<Set<String>> places, Map<String, Integer> taken, Set<String> seen) {
		for (String person : places.get(place)) {
			if (seen.add(person)) {
				Integer other = taken.get(person);
				if (other == null || take(other, places, taken, seen)) {
					taken.put(person, place);
					return true;
				}
			}
		}
		return false;
	}

	/**
	 * What a stage needs.
	 *
	 * @param people who can approve in it
	 * @param count how many have to
	 */
	record Need(Set<String> people, int count) {
	}

}
