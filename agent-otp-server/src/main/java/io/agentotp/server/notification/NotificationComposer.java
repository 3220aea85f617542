package io.agentotp.server.notification;

import java.net.URI;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.config.NotificationSettings;
import io.agentotp.server.notification.Notification.Answer;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.Notification.Outcome;
import io.agentotp.server.notification.Notification.Recipient;
import io.agentotp.server.notification.NotificationChannel.Details;
import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.Decision;
import io.agentotp.server.permission.DecisionRights;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.StepUp;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.UserProfile;
import io.agentotp.server.user.Users;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Makes what one recipient is told, by what the recipient may know at that moment.
 */
@Component
final class NotificationComposer {

	private final RequestDescriber describer;

	private final PermissionDecisions decisions;

	private final Ballots ballots;

	private final Users users;

	private final Addresses addresses;

	private final ServiceAddress service;

	private final NotificationSettings settings;

	NotificationComposer(RequestDescriber describer, PermissionDecisions decisions, Ballots ballots, Users users,
			Addresses addresses, ServiceAddress service, NotificationSettings settings) {
		this.describer = describer;
		this.decisions = decisions;
		this.ballots = ballots;
		this.users = users;
		this.addresses = addresses;
		this.service = service;
		this.settings = settings;
	}

	/**
	 * Who is told.
	 * @param delivery the row
	 * @return the recipient, empty if the address, or the person, is not there any more
	 */
	Optional<Recipient> recipient(Delivery delivery) {
		String place = delivery.place();
		if (place != null) {
			return Optional.of(place(place));
		}
		return this.addresses.find(delivery.recipient())
			.filter((address) -> address.problem() == null && address.user().equals(delivery.person())
					&& address.channel().equals(delivery.channel()))
			.flatMap(this::person);
	}

	/**
	 * Who has a message whose address is not known any more. It can be changed still.
	 * @param delivery the row
	 * @return the recipient, without the address
	 */
	Recipient unknown(Delivery delivery) {
		return new Recipient(delivery.person(), "", null, this.settings.language(), this.settings.zoneOrDefault());
	}

	/**
	 * A place as a recipient.
	 * @param name the name of the place
	 * @return the recipient
	 */
	Recipient place(String name) {
		return new Recipient(null, name, null, this.settings.language(), this.settings.zoneOrDefault());
	}

	/**
	 * A person as a recipient.
	 * @param address the address
	 * @return the recipient, empty if the person may not act any more
	 */
	Optional<Recipient> person(Address address) {
		return profile(address.user())
			.map((profile) -> person(address.user(), profile, address.address(), address.secrets()));
	}

	/**
	 * A person as a recipient at an address that need not be theirs.
	 * @param user the name of the person
	 * @param address the address
	 * @param secrets what else the channel needs, or {@code null}
	 * @return the recipient
	 */
	Recipient person(String user, String address, @Nullable String secrets) {
		return person(user, this.users.get(user).profile(), address, secrets);
	}

	private Recipient person(String user, UserProfile profile, String address, @Nullable String secrets) {
		return new Recipient(user, address, secrets, profile.locale().orElse(this.settings.language()),
				profile.zone().orElse(this.settings.zoneOrDefault()));
	}

	private Optional<UserProfile> profile(String person) {
		return this.users.find(person).isPresent() ? Optional.of(this.users.get(person).profile()) : Optional.empty();
	}

	/**
	 * When a person may be told.
	 * @param delivery the row
	 * @param now the present moment
	 * @return the end of the person's quiet hours, or the present moment
	 */
	Instant loud(Delivery delivery, Instant now) {
		UserProfile profile = (delivery.person() != null) ? profile(delivery.person()).orElse(UserProfile.NONE)
				: UserProfile.NONE;
		boolean first = switch (delivery.kind()) {
			case PENDING, ESCALATED, UNDECIDABLE, UNTOLD -> true;
			default -> false;
		};
		return (first && !profile.quietFirst()) ? now
				: profile.quietUntil(now, this.settings.zoneOrDefault()).orElse(now);
	}

	/**
	 * Whether the recipient may still be told.
	 * @param delivery the row
	 * @return {@code false} for who cannot decide on the request, or administer
	 */
	boolean mayBeTold(Delivery delivery) {
		String person = delivery.person();
		if (person == null) {
			return true;
		}
		return delivery.kind().isForAdministrators()
				? this.users.find(person).filter((user) -> user.has(Role.ADMINISTRATOR)).isPresent()
				: mayKnow(delivery, this.decisions.rights(delivery.permissionId(), person));
	}

	// What one decided on, or will decide on, may be told further on.
	private static boolean mayKnow(Delivery delivery, DecisionRights rights) {
		boolean ofEnd = delivery.kind() == Kind.DECIDED || delivery.kind() == Kind.ENDED;
		return (ofEnd || delivery.isChange()) ? rights.takesPart() : rights.mayDecide();
	}

	/**
	 * Makes a message.
	 * @param delivery the row
	 * @param channel the channel
	 * @param to who is told
	 * @param permission the permission
	 * @param mayKnow whether the recipient may know what the request is about
	 * @return the message
	 */
	Notification compose(Delivery delivery, NotificationChannel channel, Recipient to, StoredPermission permission,
			boolean mayKnow) {
		boolean over = !permission.isPending();
		// Who reads at a place need not be among those whom a policy names.
		boolean all = mayKnow && !delivery.kind().isForAdministrators()
				&& (to.person() != null || permission.policy().routing().approvers().isAll());
		Details details = all ? channel.details() : Details.NOTHING;
		Notification.Request request = this.describer.describe(permission, details, to.language());
		// A press in a chat shows less of who presses than such a policy asks for.
		boolean answered = !over && all && request.isAnswerable()
				&& permission.policy().routing().stepUp() == StepUp.NONE
				&& (!delivery.isChange() || mayDecide(permission, to.person()));
		Set<Answer> answers = answered ? EnumSet.allOf(Answer.class) : Set.of();
		return new Notification(delivery.messageId(),
				over ? NotificationOutbox.kindOf(outcomeOf(permission)) : delivery.kind(), to, request,
				over ? outcome(permission, details) : null,
				URI.create(this.service.url() + "/approvals/" + permission.id()), answers,
				over ? null : progress(permission, all));
	}

	private boolean mayDecide(StoredPermission permission, @Nullable String person) {
		return person == null || this.decisions.rights(permission.id(), person).mayDecide();
	}

	private Notification.@Nullable Progress progress(StoredPermission permission, boolean all) {
		if (!permission.policy().routing().isCounted()) {
			return null;
		}
		Ballot ballot = this.ballots.of(permission);
		return new Notification.Progress(ballot.given(), ballot.needed(), all ? ballot.stageName() : "");
	}

	// Approved stays approved, whatever becomes of the token.
	static PermissionState outcomeOf(StoredPermission permission) {
		if (permission.decision().at() == null) {
			return permission.status();
		}
		return (permission.status() == PermissionState.DENIED) ? PermissionState.DENIED : PermissionState.APPROVED;
	}

	// What people say of a request may tell what it is about.
	private static Outcome outcome(StoredPermission permission, Details details) {
		Decision decision = permission.decision();
		Instant at = Objects.requireNonNullElse(decision.at(),
				Objects.requireNonNullElse(permission.grant().revokedAt(), permission.pendingUntil()));
		return new Outcome(outcomeOf(permission).text(), decider(permission),
				(details != Details.NOTHING) ? decision.reason() : null, at);
	}

	/**
	 * The person who decided.
	 */
	static @Nullable String decider(StoredPermission permission) {
		String by = permission.decision().by();
		return (permission.decision().at() != null && by != null) ? by.replaceFirst("^user:", "") : null;
	}

}
