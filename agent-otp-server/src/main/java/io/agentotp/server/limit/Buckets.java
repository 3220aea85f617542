package io.agentotp.server.limit;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import com.zaxxer.hikari.HikariDataSource;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import io.github.bucket4j.postgresql.PostgreSQLSelectForUpdateBasedProxyManager;
import io.github.bucket4j.local.LocalBucket;

import org.springframework.util.ConcurrentLruCache;

/**
 * Makes the buckets that limits are counted in.
 */
interface Buckets {

	/**
	 * A bucket, which is full when it is first asked for.
	 * @param id what it counts; after another limit before it has to be
	 * {@linkplain #change changed}
	 * @param perMinute how much it holds, and gets again in a minute
	 * @return the bucket
	 */
	Bucket get(String id, int perMinute);

	/**
	 * How much of a bucket may be taken at once, ahead of what it is for.
	 * @param perMinute how much the bucket gets in a minute
	 * @return what it gets in a second, where taking costs a transaction
	 */
	default int block(int perMinute) {
		return 1;
	}

	/**
	 * Forgets buckets that are full again.
	 */
	void clean();

	/**
	 * Gives a bucket another limit. The part that was taken stays taken, so that no
	 * change makes it full again.
	 * @param bucket the bucket, which may have that limit already
	 * @param perMinute how much it holds from now on, and gets again in a minute
	 */
	static void change(Bucket bucket, int perMinute) {
		bucket.replaceConfiguration(configuration(perMinute), TokensInheritanceStrategy.PROPORTIONALLY);
	}

	private static BucketConfiguration configuration(int perMinute) {
		return BucketConfiguration.builder().addLimit(bandwidth(perMinute)).build();
	}

	private static Bandwidth bandwidth(int perMinute) {
		return Bandwidth.builder().capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)).build();
	}

	private static TimeMeter meter(InstantSource clock) {
		return new TimeMeter() {

			@Override
			public long currentTimeNanos() {
				return TimeUnit.MILLISECONDS.toNanos(clock.millis());
			}

			@Override
			public boolean isWallClockBased() {
				return true;
			}

		};
	}

	/**
	 * Buckets of this process. Strangers choose what many of them are for, so there is an
	 * end to how many there are of one kind: one that is not full is never forgotten, and
	 * what finds no room is refused. Another kind, and who is known, is not held up by
	 * it.
	 */
	final class Local implements Buckets {

		static final int MAX = 20_000;

		private final TimeMeter meter;

		// By what stands before the last colon of their ids; each agent is one.
		private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

		Local(InstantSource clock) {
			this.meter = meter(clock);
		}

		@Override
		public Bucket get(String id, int perMinute) {
			String name = id.substring(0, id.lastIndexOf(':'));
			return this.kinds.computeIfAbsent(name, (key) -> new Kind(this.meter)).get(id, perMinute);
		}

		@Override
		public void clean() {
			this.kinds.values().forEach(Kind::clean);
		}

		int size() {
			return this.kinds.values().stream().mapToInt((kind) -> kind.known.size()).sum();
		}

		private static final class Kind {

			// Going through all of them for each that finds no room would take too long.
			private static final long BETWEEN_CLEANINGS = TimeUnit.SECONDS.toNanos(1);

			private final TimeMeter meter;

			private final Map<String, LocalBucket> known = new ConcurrentHashMap<>();

			private final AtomicLong cleanedAt = new AtomicLong();

			Kind(TimeMeter meter) {
				this.meter = meter;
			}

			private Bucket get(String id, int perMinute) {
				LocalBucket bucket = this.known.get(id);
				if (bucket == null) {
					requireRoom();
					bucket = this.known.computeIfAbsent(id, (key) -> create(perMinute));
				}
				return bucket;
			}

			private void requireRoom() {
				if (this.known.size() < MAX) {
					return;
				}
				long now = this.meter.currentTimeNanos();
				long before = this.cleanedAt.get();
				if (now - before >= BETWEEN_CLEANINGS && this.cleanedAt.compareAndSet(before, now)) {
					clean();
				}
				if (this.known.size() >= MAX) {
					throw new IllegalStateException("there are attempts from or for " + MAX + " others at once");
				}
			}

			private LocalBucket create(int perMinute) {
				return Bucket.builder().addLimit(bandwidth(perMinute)).withCustomTimePrecision(this.meter).build();
			}

			private void clean() {
				this.known.values().removeIf((bucket) -> bucket.getAvailableTokens() >= capacity(bucket));
			}

			private static long capacity(LocalBucket bucket) {
				return bucket.getConfiguration().getBandwidths()[0].getCapacity();
			}

		}

	}

	/**
	 * Buckets that the nodes on one PostgreSQL share.
	 */
	final class Shared implements Buckets, AutoCloseable {

		private static final int LATEST = 1000;

		private final HikariDataSource dataSource;

		private final PostgreSQLSelectForUpdateBasedProxyManager<String> manager;

		// The callers of one bucket share its transactions, if they share the object.
		private final ConcurrentLruCache<Limit, Bucket> latest = new ConcurrentLruCache<>(LATEST, this::create);

		Shared(HikariDataSource dataSource, InstantSource clock) {
			this.dataSource = dataSource;
			this.manager = Bucket4jPostgreSQL.selectForUpdateBasedBuilder(dataSource)
				.primaryKeyMapper(PrimaryKeyMapper.STRING)
				.table("agentotp_bucket")
				.idColumn("id")
				.stateColumn("state")
				.expiresAtColumn("expires_at")
				.clientClock(meter(clock))
				.expirationAfterWrite(
						ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofMinutes(1)))
				.build();
		}

		@Override
		public Bucket get(String id, int perMinute) {
			return this.latest.get(new Limit(id, perMinute));
		}

		@Override
		public int block(int perMinute) {
			return Math.max(1, perMinute / 60);
		}

		private Bucket create(Limit limit) {
			BucketConfiguration configuration = configuration(limit.perMinute());
			return this.manager.builder().withOptimization(new Batching()).build(limit.id(), () -> configuration);
		}

		@Override
		public void clean() {
			this.manager.removeExpired(1000);
		}

		void evictConnections() {
			this.dataSource.getHikariPoolMXBean().softEvictConnections();
		}

		boolean isConnected() {
			try (Connection connection = this.dataSource.getConnection()) {
				return connection.isValid(1);
			}
			catch (SQLException ex) {
				return false;
			}
		}

		@Override
		public void close() {
			this.dataSource.close();
		}

		private record Limit(String id, int perMinute) {
		}

	}

}
