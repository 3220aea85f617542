package io.agentotp.server.limit;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariDataSource;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import io.github.bucket4j.postgresql.PostgreSQLSelectForUpdateBasedProxyManager;

import org.springframework.util.ConcurrentLruCache;

/**
 * Makes the buckets that limits are counted in.
 */
interface Buckets {

	/**
	 * A bucket, which is full when it is first asked for.
	 * @param id what it counts; another limit needs another id
	 * @param perMinute how much it holds, and gets again in a minute
	 * @return the bucket
	 */
	Bucket get(String id, int perMinute);

	/**
	 * Forgets buckets that are full again.
	 */
	void clean();

	private static BucketConfiguration configuration(int perMinute) {
		return BucketConfiguration.builder()
			.addLimit((limit) -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
			.build();
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
	 * Buckets of this process.
	 */
	final class Local implements Buckets {

		private final TimeMeter meter;

		private final Map<String, Counted> known = new ConcurrentHashMap<>();

		Local(InstantSource clock) {
			this.meter = meter(clock);
		}

		@Override
		public Bucket get(String id, int perMinute) {
			return this.known.computeIfAbsent(id, (key) -> new Counted(create(perMinute), perMinute)).bucket();
		}

		private Bucket create(int perMinute) {
			return Bucket.builder()
				.addLimit((limit) -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
				.withCustomTimePrecision(this.meter)
				.build();
		}

		@Override
		public void clean() {
			this.known.values().removeIf((counted) -> counted.bucket().getAvailableTokens() >= counted.perMinute());
		}

		private record Counted(Bucket bucket, int perMinute) {
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

		private Bucket create(Limit limit) {
			BucketConfiguration configuration = configuration(limit.perMinute());
			return this.manager.builder().withOptimization(new Batching()).build(limit.id(), () -> configuration);
		}

		@Override
		public void clean() {
			this.manager.removeExpired(1000);
		}

		@Override
		public void close() {
			this.dataSource.close();
		}

		private record Limit(String id, int perMinute) {
		}

	}

}
