// What passkeys do on the pages. Behind agent-otp.js, whose words and base it uses.
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (keys) => keys.map((each) => ({ ...each, id: toBytes(each.id) }));

// Has a passkey sign what the service asks for.
async function signWithPasskey(options) {
	const signed = await navigator.credentials.get({ publicKey: { ...options, challenge: toBytes(options.challenge),
		allowCredentials: withBytes(options.allowCredentials) } });
	return { credentialId: signed.id, authenticatorData: toText(signed.response.authenticatorData),
		clientDataJSON: toText(signed.response.clientDataJSON), signature: toText(signed.response.signature) };
}

async function makePasskey(options) {
	const { response } = await navigator.credentials.create({ publicKey: { ...options, challenge: toBytes(options.challenge),
		user: { ...options.user, id: toBytes(options.user.id) }, excludeCredentials: withBytes(options.excludeCredentials) } });
	return { attestationObject: toText(response.attestationObject), clientDataJSON: toText(response.clientDataJSON),
		transports: response.getTransports?.() ?? [] };
}

function hide(form, name, value) {
	const field = form.querySelector(`input[type=hidden][name=${name}]`) ?? document.createElement("input");
	field.type = "hidden";
	field.name = name;
	field.value = value;
	form.append(field);
}

// What went wrong with a passkey, beside the button that asked for it.
function sayOfPasskey(form, what) {
	const problem = form.querySelector("[data-passkey-problem]");
	problem.textContent = what;
	problem.hidden = !what;
}

const takesPasskeys = Boolean(window.PublicKeyCredential && navigator.credentials);

// Signing in, for the first time or again.
for (const form of document.querySelectorAll("form[data-passkey-sign-in]")) {
	const button = form.querySelector("[data-use-passkey]");
	if (!button || !takesPasskeys) {
		continue;
	}
	form.hidden = button.hidden = false;
	button.addEventListener("click", async () => {
		button.disabled = true;
		sayOfPasskey(form, "");
		try {
			const answer = await fetch(`${base}/sign-in/passkey`, { cache: "no-store", signal: leaving.signal });
			hide(form, form.dataset.passkeySignIn, JSON.stringify(await signWithPasskey(await answer.json())));
			form.submit();
		}
		catch {
			sayOfPasskey(form, words("passkey-failed"));
		}
		button.disabled = false;
	});
}

// Adding one.
const adding = document.querySelector("form[data-passkey-options]");
if (adding) {
	sayOfPasskey(adding, takesPasskeys ? "" : words("passkey-none"));
	adding.addEventListener("submit", async (event) => {
		event.preventDefault();
		sayOfPasskey(adding, takesPasskeys ? "" : words("passkey-none"));
		if (takesPasskeys) {
			try {
				adding.elements.attestation.value = JSON.stringify(await makePasskey(JSON.parse(adding.dataset.passkeyOptions)));
				adding.submit();
			}
			catch (error) {
				sayOfPasskey(adding, error.name === "InvalidStateError" ? words("passkey-known") : words("passkey-failed"));
			}
		}
	});
}

// An approval that has to be signed. What the service does not let be signed, the page says when it is sent unsigned.
document.querySelector("form[data-sign]")?.addEventListener("submit", async (event) => {
	const form = event.target;
	const choice = event.submitter;
	if (event.defaultPrevented || !choice?.value.startsWith("approve")) {
		return;
	}
	event.preventDefault();
	const unsent = (why) => form.dispatchEvent(new CustomEvent("unsent", { detail: why }));
	if (!navigator.credentials) {
		unsent(words("passkey-unsupported"));
		return;
	}
	const fields = new URLSearchParams(new FormData(form));
	fields.set(choice.name, choice.value);
	try {
		const answer = await fetch(form.dataset.sign, { method: "POST", headers: { Accept: "application/json" }, body: fields, signal: leaving.signal });
		if (answer.ok) {
			const challenge = await answer.json();
			const assertion = await signWithPasskey(challenge.publicKey);
			hide(form, "assertion", JSON.stringify({ challengeId: challenge.challengeId, ...assertion }));
		}
		hide(form, choice.name, choice.value);
		form.submit();
	}
	catch {
		if (!leaving.signal.aborted) {
			unsent(words("passkey-not-used"));
		}
	}
});
