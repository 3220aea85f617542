package io.agentotp.server.permission;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Ends many permissions, each by itself: one that cannot be ended, because somebody
 * changed what is stored of it or of its agent, takes no other with it.
 */
final class Sweep {

	private static final Logger logger = LoggerFactory.getLogger(Sweep.class);

	private static final int BATCH = 200;

	private static final int MAX_REMEMBERED = 1000;

	/** Which were told of. */
	private final Set<String> failed = ConcurrentHashMap.newKeySet();

	/**
	 * Ends all of them.
	 * @param read reads at most as many as it is told, behind those that cannot be ended;
	 * none once there are no more
	 * @param permission the permission of what was read
	 * @param end ends one
	 */
	<T> void run(Reader<T> read, Function<T, StoredPermission> permission, Consumer<T> end) {
		int skipped = 0;
		List<T> found;
		do {
			found = read.read(BATCH, skipped);
			for (T one : found) {
				if (!end(permission.apply(one), () -> end.accept(one))) {
					skipped++;
				}
			}
		}
		while (!found.isEmpty());
	}

	/**
	 * Ends one.
	 * @param permission the permission
	 * @param end ends it
	 * @return whether it could be ended
	 */
	boolean end(StoredPermission permission, Runnable end) {
		try {
			end.run();
			return true;
		}
		catch (TransientDataAccessException | RecoverableDataAccessException | NonTransientDataAccessResourceException
				| TransactionException ex) {
			// The database, which is the same for all.
			throw ex;
		}
		catch (RuntimeException ex) {
			if (this.failed.size() < MAX_REMEMBERED && this.failed.add(permission.id())) {
				logger.error("Permission {} of agent '{}' cannot be ended, and is worth nothing", permission.id(),
						permission.agentId(), ex);
			}
			return false;
		}
	}

	/**
	 * Reads what is to end.
	 *
	 * @param <T> what is read
	 */
	interface Reader<T> {

		List<T> read(int limit, int offset);

	}

}
