package io.agentotp.server.notification;

import java.util.Locale;
import java.util.Optional;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.config.NotificationSettings;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.notification.Notification.Answer;
import io.agentotp.server.notification.NotificationChannel.Details;
import io.agentotp.server.permission.DecidedBy;
import io.agentotp.server.permission.DecisionRights;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.StepUp;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Pairings;
import io.agentotp.server.user.Person;
import io.agentotp.server.user.Users;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Decides by presses in chats, by the same rules as the page. What the page asks for
 * beside the press, such as to open what is folded or to type a fact again, no chat can
 * ask for: such requests are decided on the page only.
 */
@Component
final class ChatDecider implements ChatDecisions {

	private static final Logger logger = LoggerFactory.getLogger(ChatDecider.class);

	private final Addresses addresses;

	private final Pairings pairings;

	private final Users users;

	private final NotificationStore sent;

	private final PressStore presses;

	private final PermissionReader reader;

	private final PermissionDecisions decisions;

	private final RequestDescriber describer;

	private final ServiceAddress service;

	private final SignInLimits limits;

	private final NotificationSettings settings;

	ChatDecider(Addresses addresses, Pairings pairings, Users users, NotificationStore sent, PressStore presses,
			PermissionReader reader, PermissionDecisions decisions, RequestDescriber describer, ServiceAddress service,
			SignInLimits limits, NotificationSettings settings) {
		this.addresses = addresses;
		this.pairings = pairings;
		this.users = users;
		this.sent = sent;
		this.presses = presses;
		this.reader = reader;
		this.decisions = decisions;
		this.describer = describer;
		this.service = service;
		this.limits = limits;
		this.settings = settings;
	}

	@Override
	public Reply decide(Press press) {
		try {
			String person = person(press);
			if (person == null) {
				return Messages.in(this.settings.language(), () -> ofStranger(press));
			}
			Locale language = this.users.get(person).profile().locale().orElse(this.settings.language());
			return Messages.in(language, () -> ofPerson(press, person, language));
		}
		catch (RuntimeException ex) {
			logger.error("A press in the channel '{}' on permission {} failed", press.channel(), press.permissionId(),
					ex);
			return Messages.in(this.settings.language(), () -> refused("chat.failed"));
		}
	}

	private @Nullable String person(Press press) {
		return this.addresses.find(press.channel(), press.address()).map(Address::user).orElse(null);
	}

	private Reply ofStranger(Press press) {
		try {
			SignInLimits.Attempt unused = this.limits.chat(press.channel(), press.address());
			return refused("chat.stranger");
		}
		catch (RefusedException ex) {
			return new Reply(false, Messages.ofDomain(ex.text()));
		}
	}

	private Reply ofPerson(Press press, String person, Locale language) {
		try {
			return decide(press, person, language);
		}
		catch (RefusedException ex) {
			return new Reply(false, Messages.ofDomain(ex.text()));
		}
	}

	private Reply decide(Press press, String person, Locale language) {
		if (!this.presses.isFirst(press)) {
			return refused("chat.repeated");
		}
		String id = press.permissionId();
		DecisionRights rights = this.decisions.rights(id, person);
		StoredPermission permission = this.reader.find(id).orElseThrow(PermissionReader::unknownPermission);
		// Of what is over, the decision says who decided.
		if (permission.isPending() && !this.sent.isSent(press.channel(), id, press.reference(), person)) {
			// A message that offered no answers, or that nobody sent.
			return refused("chat.not-sent");
		}
		boolean approve = press.answer() == Answer.APPROVE;
		if (approve && rights.mayDecide() && permission.isPending() && !isAnswerable(permission, language)) {
			return new Reply(false, Messages.get("chat.on-page", this.service.url() + "/approvals/" + id));
		}
		Actor actor = Actor.inChat(person, new Actor.Chat(press.channel(), press.address(), press.reference()),
				() -> requireStill(press, person));
		DecidedBy by = new DecidedBy(person, actor, null, null);
		StoredPermission decided = approve ? this.decisions.approve(id, null, Json.object(), by)
				: this.decisions.deny(id, null, by);
		return new Reply(true, Messages.get("chat." + decided.status().text()));
	}

	// As when the message was written.
	private boolean isAnswerable(StoredPermission permission, Locale language) {
		return permission.policy().routing().stepUp() == StepUp.NONE
				&& this.describer.describe(permission, Details.ARGUMENTS, language).isAnswerable();
	}

	// As the page does behind the same locks.
	private void requireStill(Press press, String person) {
		Optional<Person> present = this.users.lock(person);
		if (present.isEmpty() || !person.equals(person(press))) {
			throw new NotAllowedException("This account is no longer yours in the service, so nothing was changed");
		}
		if (!present.get().has(Role.APPROVER)) {
			throw new NotAllowedException("Your role was taken away meanwhile, so nothing was changed");
		}
	}

	@Override
	public Optional<String> connect(String channel, String address, String code, Locale language) {
		return Messages.in(Locale.forLanguageTag(language.getLanguage()), () -> {
			try {
				SignInLimits.Attempt attempt = this.limits.chat(channel, address);
				Optional<Address> connected = this.pairings.redeem(channel, code, address, null);
				if (connected.isPresent()) {
					attempt.giveBack();
				}
				return Optional.of(connected.map((own) -> Messages.get("chat.connected", own.user()))
					.orElseGet(() -> Messages.get("chat.not-connected")));
			}
			catch (TryLaterException ex) {
				return Optional.empty();
			}
			catch (RefusedException ex) {
				return Optional.of(Messages.ofDomain(ex.text()));
			}
		});
	}

	private static Reply refused(String key) {
		return new Reply(false, Messages.get(key));
	}

}
