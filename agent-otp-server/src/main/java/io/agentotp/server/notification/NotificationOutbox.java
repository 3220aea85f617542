package io.agentotp.server.notification;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.Deciders;
import io.agentotp.server.permission.EligibleApprovers;
import io.agentotp.server.permission.PermissionListener;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.Routing;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Users;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Writes down what has to be told, in the transaction of what it tells of.
 */
@Component
final class NotificationOutbox implements PermissionListener {

	private static final Logger logger = LoggerFactory.getLogger(NotificationOutbox.class);

	// Of the moments of a stage.
	private static final int OF_STAGE = 100;

	/**
	 * That nobody can decide is found when it is asked, at each moment, and by looking.
	 */
	private static final int NUMBERS = 1000;

	private static final int MAX_UNTOLD = 100;

	private final Channels channels;

	private final Addresses addresses;

	private final Users users;

	private final Deciders deciders;

	private final EligibleApprovers eligible;

	private final Ballots ballots;

	private final NotificationStore store;

	private final Wakeup wakeup;

	private final TransactionTemplate transactions;

	NotificationOutbox(Channels channels, Addresses addresses, Users users, Deciders deciders,
			EligibleApprovers eligible, Ballots ballots, NotificationStore store, Wakeup wakeup,
			TransactionTemplate transactions) {
		this.users = users;
		this.deciders = deciders;
		this.eligible = eligible;
		this.ballots = ballots;
		this.transactions = transactions;
		this.channels = channels;
		this.addresses = addresses;
		this.store = store;
		this.wakeup = wakeup;
	}

	@Override
	public void asked(StoredPermission permission, Supplier<Set<String>> deciders) {
		Instant now = permission.createdAt();
		List<NotificationStore.NewRow> rows = begin(permission, 0, deciders, now);
		rows.addAll(toPlaces(Kind.PENDING, 0, now));
		insert(permission.id(), rows, now);
	}

	private List<NotificationStore.NewRow> begin(StoredPermission permission, int stage, Supplier<Set<String>> deciders,
			Instant now) {
		List<NotificationStore.NewRow> rows = moments(permission, stage, now);
		if (!this.channels.all().isEmpty()) {
			Set<String> people = deciders.get();
			rows.addAll(toPeople(Kind.PENDING, stage, people, now));
			if (people.isEmpty()) {
				rows.addAll(toAdministrators(Kind.UNDECIDABLE, stage, now));
			}
		}
		return rows;
	}

	// When others are told, if it still waits then.
	private List<NotificationStore.NewRow> moments(StoredPermission permission, int stage, Instant begin) {
		Routing routing = permission.policy().routing();
		List<NotificationStore.NewRow> moments = new ArrayList<>();
		if (!this.channels.all().isEmpty()) {
			for (int i = 0; i < routing.remind().size(); i++) {
				moments.add(moment(Kind.REMINDER, stage * OF_STAGE + i, begin.plus(routing.remind().get(i))));
			}
		}
		if (routing.escalate() != null) {
			moments.add(moment(Kind.ESCALATED, stage, begin.plus(routing.escalate().after())));
		}
		moments.removeIf((moment) -> !moment.at().isBefore(permission.pendingUntil()));
		return moments;
	}

	private static NotificationStore.NewRow moment(Kind kind, int number, Instant at) {
		return new NotificationStore.NewRow(kind, number, Delivery.MOMENT, "", null, at);
	}

	/**
	 * What is to happen at a moment: others are told, and may decide.
	 * @param moment the moment, which has come
	 * @param permission the permission, which waits
	 * @param now the present moment
	 */
	void come(Delivery moment, StoredPermission permission, Instant now) {
		this.transactions.executeWithoutResult((status) -> {
			if (!this.store.come(moment, now)) {
				return;
			}
			List<NotificationStore.NewRow> rows = new ArrayList<>();
			boolean escalates = moment.kind() == Kind.ESCALATED;
			int stage = escalates ? moment.number() : moment.number() / OF_STAGE;
			if (stage != this.ballots.of(permission).stage()) {
				return;
			}
			if (escalates) {
				Set<String> added = this.eligible.escalate(permission, stage);
				rows.addAll(toPeople(Kind.ESCALATED, stage, untold(permission, added), now));
				rows.addAll(toPlaces(Kind.ESCALATED, stage, now));
			}
			else {
				Set<String> waiting = this.store.undelivered(permission.id());
				rows.addAll(toPeople(moment.kind(), moment.number(), this.deciders.of(permission), now));
				rows.addAll(toPlaces(moment.kind(), moment.number(), now));
				// Who has not got the first message gets that one.
				rows.removeIf((row) -> waiting.contains(row.channel() + "/" + row.recipient()));
			}
			if (this.deciders.of(permission).isEmpty()) {
				rows.addAll(toAdministrators(Kind.UNDECIDABLE, NUMBERS * (escalates ? 2 : 1) + moment.number(), now));
			}
			insert(permission.id(), rows, now);
		});
	}

	// Those whom the escalation adds, and who stands in for somebody since the request.
	private Set<String> untold(StoredPermission permission, Set<String> added) {
		Set<String> people = new TreeSet<>(this.deciders.of(permission));
		Set<String> told = this.store.people(permission.id());
		people.removeIf((person) -> told.contains(person) && !added.contains(person));
		return people;
	}

	private List<NotificationStore.NewRow> toAdministrators(Kind kind, int number, Instant now) {
		List<NotificationStore.NewRow> rows = new ArrayList<>(toPeople(kind, number, this.users.administrators(), now));
		rows.addAll(toPlaces(kind, number, now));
		return rows;
	}

	/**
	 * Tells those who may decide now and were not told, or administrators if nobody may.
	 * @param permissions requests that wait
	 * @param now the present moment
	 */
	void tellNew(List<StoredPermission> permissions, Instant now) {
		List<String> ids = permissions.stream().map(StoredPermission::id).toList();
		Map<String, Set<String>> people = this.deciders.of(permissions);
		Map<String, Set<String>> told = this.store.people(ids);
		Set<String> undecidable = this.store.undecidable(ids);
		for (String id : ids) {
			Set<String> untold = new TreeSet<>(people.getOrDefault(id, Set.of()));
			if (!untold.isEmpty()) {
				untold.removeAll(told.getOrDefault(id, Set.of()));
				insertAbsent(id, toPeople(Kind.PENDING, 0, untold, now), now);
			}
			else if (!undecidable.contains(id)) {
				insertAbsent(id, toAdministrators(Kind.UNDECIDABLE, NUMBERS - 1, now), now);
			}
		}
	}

	/**
	 * Tells administrators of requests of which nobody was told in time.
	 * @param now the present moment
	 */
	void tellUntold(Instant now) {
		List<NotificationStore.NewRow> rows = toAdministrators(Kind.UNTOLD, 0, now);
		if (!rows.isEmpty()) {
			this.store.untold(now.minus(NotificationStore.SOON), now, MAX_UNTOLD)
				.forEach((id) -> insertAbsent(id, rows, now));
		}
	}

	private void insertAbsent(String id, List<NotificationStore.NewRow> rows, Instant now) {
		if (rows.isEmpty()) {
			return;
		}
		try {
			this.transactions.executeWithoutResult((status) -> {
				this.store.insertAbsent(id, rows, now);
				this.wakeup.afterCommit();
			});
		}
		catch (DataIntegrityViolationException ex) {
			// Told by another node meanwhile, or removed.
			logger.debug("Nothing was added to what is told of {}", id, ex);
		}
	}

	@Override
	public void voted(StoredPermission permission, Ballot ballot, boolean begins, Instant now) {
		if (begins) {
			this.store.endStage(permission.id());
			insert(permission.id(), begin(permission, ballot.stage(), () -> this.deciders.of(permission), now), now);
		}
		if (!this.channels.all().isEmpty()) {
			this.store.edit(permission.id(), now);
			this.wakeup.afterCommit();
		}
	}

	@Override
	public void ended(StoredPermission permission, PermissionState to, Instant now) {
		if (this.channels.all().isEmpty()) {
			return;
		}
		Kind kind = kindOf(to);
		this.store.insertEnd(permission.id(), kind, this.channels.telling(kind), now);
		this.store.end(permission.id(), kind, now);
		this.wakeup.afterCommit();
	}

	/**
	 * Tells of the end, or of one more approval, also who got a message just then.
	 * @param delivery the row of the message
	 * @param told the permission as the message says
	 * @param ended the permission
	 * @param now the present moment
	 */
	void changedMeanwhile(Delivery delivery, StoredPermission told, StoredPermission ended, Instant now) {
		if (ended.isPending()) {
			if (ended.decision().votes() != told.decision().votes()) {
				this.store.edit(ended.id(), now);
				this.wakeup.afterCommit();
			}
			return;
		}
		Kind kind = kindOf(NotificationComposer.outcomeOf(ended));
		if (this.channels.telling(kind).contains(delivery.channel())) {
			this.store.insertEnd(delivery, kind, ended.createdAt());
		}
		this.wakeup.afterCommit();
	}

	/**
	 * What tells of an end.
	 */
	static Kind kindOf(PermissionState state) {
		return switch (state) {
			case PENDING, EXPIRED, REVOKED -> Kind.ENDED;
			case APPROVED, DENIED, USED -> Kind.DECIDED;
		};
	}

	List<NotificationStore.NewRow> toPlaces(Kind kind, int number, Instant at) {
		List<NotificationStore.NewRow> rows = new ArrayList<>();
		for (NotificationChannel channel : this.channels.all()) {
			if (channel.tells(kind)) {
				this.channels.places(channel)
					.forEach((place) -> rows.add(new NotificationStore.NewRow(kind, number, channel.name(),
							Delivery.ofPlace(place), null, at)));
			}
		}
		return rows;
	}

	List<NotificationStore.NewRow> toPeople(Kind kind, int number, Collection<String> people, Instant at) {
		if (people.isEmpty() || this.channels.all().stream().noneMatch(NotificationChannel::reachesPeople)) {
			return List.of();
		}
		List<NotificationStore.NewRow> rows = new ArrayList<>();
		this.addresses.of(people)
			.stream()
			.filter((address) -> address.problem() == null)
			.forEach((address) -> this.channels.find(address.channel())
				.filter((channel) -> channel.reachesPeople() && channel.tells(kind))
				.ifPresent((channel) -> rows.add(
						new NotificationStore.NewRow(kind, number, channel.name(), address.id(), address.user(), at))));
		return rows;
	}

	private void insert(String permissionId, List<NotificationStore.NewRow> rows, Instant now) {
		if (!rows.isEmpty()) {
			this.store.insert(permissionId, rows, now);
			this.wakeup.afterCommit();
		}
	}

}
