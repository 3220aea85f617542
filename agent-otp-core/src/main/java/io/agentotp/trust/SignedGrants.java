package io.agentotp.trust;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.GrantVerifier;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.ScopeComparison;

/**
 * Accepts a grant for the actions that it names only if approvers have signed it with
 * passkeys that the trust file has, whatever the service says. Automatic approvals and
 * standing permissions are signed by nobody, so they never suffice. The trust file is
 * read again when it changes. Thread-safe.
 *
 * <pre class="code">
 * AgentOtpClient client = AgentOtpClient.builder()
 *     .apiKey(key)
 *     .baseUrl(url)
 *     .grantVerifier(SignedGrants.builder(Path.of("trust.json")).actions("payment.*").build())
 *     .build();
 * </pre>
 */
public final class SignedGrants implements GrantVerifier {

	/** By how much the service's clock may be ahead of this machine's. */
	private static final Duration SKEW = Duration.ofMinutes(1);

	private final TrustFileWatch file;

	private final Pattern actions;

	private final int quorum;

	private final Set<String> groups;

	private final Set<String> origins;

	private final Duration maxAge;

	private final InstantSource clock;

	private final Map<String, Instant> begun = new ConcurrentHashMap<>();

	private SignedGrants(Builder builder) {
		this.actions = Pattern.compile(
				builder.actions.stream().map(SignedGrants::regex).collect(Collectors.joining("|")), Pattern.DOTALL);
		this.quorum = builder.quorum;
		this.groups = Set.copyOf(builder.groups);
		this.origins = Set.copyOf(builder.origins);
		this.maxAge = builder.maxAge;
		this.clock = builder.clock;
		this.file = new TrustFileWatch(builder.file, builder.clock);
		List<String> missing = this.file.now().missing(this.groups);
		if (!missing.isEmpty()) {
			throw new IllegalArgumentException("Nobody of the trust file " + builder.file + " is in " + missing
					+ ": name groups that it has, or export it again");
		}
		int approvers = this.file.now().approvers(this.groups);
		if (approvers < this.quorum) {
			throw new IllegalArgumentException("The trust file " + builder.file + " has keys of " + approvers
					+ " approvers whose signatures count, so " + this.quorum + " can never sign: export it again");
		}
	}

	/**
	 * Starts the configuration of a verifier.
	 * @param trustFile what an administrator of the service has exported
	 * @return a builder
	 */
	public static Builder builder(Path trustFile) {
		return new Builder(trustFile);
	}

	private static String regex(String pattern) {
		return Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
	}

	/**
	 * Return whether grants for an action must be signed.
	 * @param action the action
	 * @return whether they must
	 */
	public boolean isRequired(String action) {
		return this.actions.matcher(action).matches();
	}

	/**
	 * Return what is wrong with the trust file as it is now: the one that was read before
	 * stays in force.
	 * @return the problem, empty if the file is in force
	 */
	public Optional<String> problem() {
		this.file.now();
		return Optional.ofNullable(this.file.problem());
	}

	/**
	 * Return when the trust file in force was exported.
	 * @return the moment
	 */
	public Instant exportedAt() {
		return this.file.now().exportedAt();
	}

	/**
	 * Makes sure that approvers have signed a grant, if its action must be signed.
	 * @param request what was asked for; its call digest is the caller's own
	 * @param grant the granted permission
	 * @throws UnsignedGrantException if not
	 */
	@Override
	public void verify(PermissionRequest request, Permission grant) {
		if (!isRequired(request.action())) {
			return;
		}
		if (!grant.action().equals(request.action())) {
			// It would not be remembered as one that has begun.
			throw new UnsignedGrantException("GRANT_NOT_SIGNED",
					"The grant is of another action than the request, " + request.action());
		}
		TrustFile trust = this.file.now();
		Instant now = this.clock.instant();
		Set<String> people = new LinkedHashSet<>();
		Set<String> problems = new LinkedHashSet<>();
		boolean isScopeSigned = false;
		for (Map<String, Object> sent : grant.proofs()) {
			try {
				Proof proof = Proof.verify(sent, trust,
						this.origins.isEmpty() ? trust::accepts : this.origins::contains, now);
				requireFor(proof, request, grant, now);
				isScopeSigned |= isSame(proof.grantedScope(), grant.scope());
				requireCounted(proof);
				people.add(proof.key().person());
			}
			catch (InvalidProofException ex) {
				problems.add(ex.getMessage());
			}
		}
		if (people.size() < this.quorum) {
			throw new UnsignedGrantException("GRANT_NOT_SIGNED", message(request, people.size(), problems));
		}
		if (!isScopeSigned) {
			// What counts as narrower is for services. It can do harm here, such as a
			// limit that was added, or a trial that is none any more.
			throw new UnsignedGrantException("GRANT_NOT_SIGNED", "A grant of " + request.action()
					+ " must have a scope that is signed as it is, and none of its signatures is over this one");
		}
	}

	private static boolean isSame(Map<String, ?> signed, Map<String, ?> granted) {
		ScopeComparison comparison = ScopeComparison.of(signed, granted);
		return comparison.narrower().isEmpty() && comparison.notNarrower().isEmpty();
	}

	private String message(PermissionRequest request, int people, Set<String> problems) {
		String needed = "A grant of " + request.action() + " must be signed by "
				+ ((this.quorum > 1) ? this.quorum + " approvers" : "an approver") + ", and ";
		if (problems.isEmpty() && people == 0) {
			return needed + "this one is signed by nobody: let its policy ask approvers with stepUp 'passkey'";
		}
		return needed + ((people == 0) ? "no signature of this one counts" : people + " of this one counts")
				+ (problems.isEmpty() ? "" : ": " + String.join("; ", problems));
	}

	private void requireFor(Proof proof, PermissionRequest request, Permission grant, Instant now)
			throws InvalidProofException {
		require(proof.text("decision").equals("approve"), proof, "does not approve");
		require(proof.text("permission").equals(grant.id()), proof, "is about another permission");
		require(proof.text("action").equals(request.action()), proof, "is about another action");
		require(Objects.equals(proof.optional("resource"), request.resource().orElse(null)), proof,
				"is about another resource");
		require(Objects.equals(proof.optional("callDigest"), request.callDigest().orElse(null)), proof,
				"is about another call");
		require(ScopeComparison.of(proof.grantedScope(), grant.scope()).notNarrower().isEmpty(), proof,
				"grants less than the service says");
		require(!proof.text("nonce").isEmpty(), proof, "has no nonce");
		require(!proof.at().isAfter(now.plus(SKEW)), proof, "is from the future: set the clocks");
		require(!proof.at().plus(this.maxAge).isBefore(now), proof,
				"is older than " + this.maxAge.toString().substring(2).toLowerCase(Locale.ROOT));
	}

	private void requireCounted(Proof proof) throws InvalidProofException {
		require(this.groups.isEmpty() || this.groups.stream().anyMatch(proof.key().groups()::contains), proof,
				"is of somebody who is in none of the groups " + this.groups);
	}

	private static void require(boolean fits, Proof proof, String problem) throws InvalidProofException {
		if (!fits) {
			throw new InvalidProofException("what " + proof.key().person() + " has signed " + problem);
		}
	}

	/**
	 * The body of a verified grant is about to begin, which happens once in this process:
	 * who could replay a permission would replay what was signed for it.
	 * @param grant the granted permission
	 * @throws UnsignedGrantException if it has begun before
	 */
	@Override
	public void begin(Permission grant) {
		if (!isRequired(grant.action())) {
			return;
		}
		Instant now = this.clock.instant();
		this.begun.values().removeIf((end) -> end.isBefore(now));
		if (this.begun.putIfAbsent(grant.id(), now.plus(this.maxAge).plus(SKEW)) != null) {
			throw new UnsignedGrantException("GRANT_REPLAYED", "A body has begun on permission " + grant.id()
					+ " before, and what was signed for it counts once: ask for a new permission");
		}
	}

	/**
	 * Configures {@link SignedGrants}.
	 */
	public static final class Builder {

		private static final Pattern UNLIKELY = Pattern.compile("[\"',]|^\\s|\\s$");

		private static final Duration LONGEST = Duration.ofDays(3660);

		private final Path file;

		private List<String> actions = List.of();

		private int quorum = 1;

		private Set<String> groups = Set.of();

		private Set<String> origins = Set.of();

		private Duration maxAge = Duration.ofHours(1);

		private InstantSource clock = InstantSource.system();

		private Builder(Path file) {
			this.file = file;
		}

		/**
		 * Sets which actions need a signed grant.
		 * @param patterns the actions; {@code *} stands for any characters
		 * @return this builder
		 */
		public Builder actions(String... patterns) {
			return actions(List.of(patterns));
		}

		/**
		 * Sets which actions need a signed grant.
		 * @param patterns the actions; {@code *} stands for any characters
		 * @return this builder
		 */
		public Builder actions(Collection<String> patterns) {
			this.actions = List.copyOf(patterns);
			return this;
		}

		/**
		 * Sets how many different approvers must have signed.
		 * @param quorum 1 or more, by default 1
		 * @return this builder
		 */
		public Builder quorum(int quorum) {
			this.quorum = quorum;
			return this;
		}

		/**
		 * Sets whose signatures count.
		 * @param groups names of groups in the trust file; empty, the default, for
		 * everybody in it
		 * @return this builder
		 */
		public Builder groups(Collection<String> groups) {
			this.groups = Set.copyOf(groups);
			return this;
		}

		/**
		 * Sets where approvers sign.
		 * @param origins such as {@code https://otp.example.com}; empty, the default, for
		 * those of the trust file
		 * @return this builder
		 */
		public Builder origins(Collection<String> origins) {
			this.origins = Set.copyOf(origins);
			return this;
		}

		/**
		 * Sets how old a signature may be when the body begins. A permission that was
		 * signed longer ago is refused, and until then its replay is recognised.
		 * @param maxAge a positive time of at most 10 years, by default 1 hour
		 * @return this builder
		 */
		public Builder maxAge(Duration maxAge) {
			this.maxAge = maxAge;
			return this;
		}

		/**
		 * Sets the time by which signatures grow old, by default the machine's.
		 * @param clock the time
		 * @return this builder
		 */
		public Builder clock(InstantSource clock) {
			this.clock = clock;
			return this;
		}

		/**
		 * Reads the trust file and builds the verifier.
		 * @return the verifier
		 * @throws IllegalArgumentException if a setting is wrong, such as a pattern with
		 * quotes or commas, or the file is missing or broken
		 */
		public SignedGrants build() {
			require(!this.actions.isEmpty() && this.actions.stream().noneMatch(String::isBlank),
					"Name the actions that need a signed grant, '*' for all");
			// It would match nothing, and what it is meant for would run unsigned.
			this.actions.forEach((action) -> require(!UNLIKELY.matcher(action).find(), "The action " + action
					+ " that needs a signed grant has quotes, a comma or spaces around it: name each action by itself"));
			require(this.quorum > 0, "The quorum must be 1 or more, not " + this.quorum);
			require(!this.maxAge.isZero() && !this.maxAge.isNegative() && this.maxAge.compareTo(LONGEST) <= 0,
					"The age of signatures must be positive and at most 10 years, not " + this.maxAge);
			return new SignedGrants(this);
		}

		private static void require(boolean valid, String problem) {
			if (!valid) {
				throw new IllegalArgumentException(problem);
			}
		}

	}

}
