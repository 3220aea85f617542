// Keeps the pages up to date. Without it they work by links and forms alone.
"use strict";

// Where the service lives, taken from the address of this file: empty at the root.
const base = new URL("..", document.currentScript.src).pathname.replace(/\/$/, "");
// In the language of the page, from its message files; the values are of {0}, {1} and so on.
const texts = JSON.parse(document.body.dataset.texts);
const words = (key, ...values) => texts[key].replace(/\{(\d)\}/g, (place, at) => values[at]);
// The language of the page, as the reader's region writes it.
const language = navigator.languages.find((each) => each.split("-")[0] === document.documentElement.lang) || document.documentElement.lang;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function notice(text, link, label) {
	const box = document.getElementById("notice");
	box.textContent = text;
	if (link) {
		const anchor = document.createElement("a");
		anchor.href = link;
		anchor.textContent = label;
		box.append(" ", anchor);
	}
	box.hidden = !text;
}

function left(ms) {
	const s = Math.floor(ms / 1000);
	if (s >= 3600) {
		return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
	}
	return s >= 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s} s`;
}

function showTimes() {
	for (const time of document.querySelectorAll("time[data-time]")) {
		if (isNaN(new Date(time.dateTime))) {
			continue;
		}
		time.title = time.title || time.textContent;
		// A time that is part of a decision names its zone.
		time.textContent = new Date(time.dateTime).toLocaleString(language, "zone" in time.dataset
			? { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" }
			: { dateStyle: "medium", timeStyle: "medium" });
	}
}

// When each time is over by the clock of this machine, whatever that says: the service has counted how much is left.
const ends = new WeakMap();
const over = new WeakSet();

function countDown() {
	for (const time of document.querySelectorAll("time[data-deadline]")) {
		if (!ends.has(time)) {
			ends.set(time, Date.now() + Number(time.dataset.deadline));
		}
		const ms = ends.get(time) - Date.now();
		if (ms <= 0 && !over.has(time)) {
			over.add(time);
			look();
		}
		time.textContent = ms > 0 ? left(ms) : words("no-time");
		time.classList.toggle("soon", ms <= 60000);
	}
}

// A page that one has left holds no connection: browsers have few of them for a service.
const leaving = new AbortController();
addEventListener("pagehide", () => leaving.abort());
addEventListener("pageshow", (event) => {
	if (event.persisted) {
		location.reload();
	}
});

// Asks again and again; the service holds each question until there is something new. What comes fast is taken together.
const PACE = 500;
async function follow(address, onAnswer, onFailure) {
	let pause = 1000;
	for (;;) {
		try {
			const asked = Date.now();
			const answer = await fetch(address(), { headers: { Accept: "application/json" }, cache: "no-store", signal: leaving.signal });
			if (answer.status === 401) {
				notice(words("signed-out"), `${base}/sign-in`, words("sign-in"));
				return;
			}
			if (!answer.ok) {
				throw new Error(answer.status);
			}
			notice("");
			pause = 1000;
			if (await onAnswer(await answer.json())) {
				return;
			}
			await sleep(asked + PACE - Date.now());
		}
		catch (error) {
			if (leaving.signal.aborted) {
				return;
			}
			notice(words("no-answer"));
			onFailure?.();
			await sleep(pause + Math.random() * pause);
			pause = Math.min(pause * 2, 15000);
		}
	}
}

async function pageOf(address) {
	const answer = await fetch(address, { cache: "no-store", signal: leaving.signal });
	return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Rows that stay are not touched, so that the focus stays, too.
function syncRows(list, fresh) {
	const id = (row) => row.dataset.key || row.dataset.permissionId;
	const known = new Map([...list.children].map((row) => [id(row), row]));
	const focused = list.contains(document.activeElement) ? id(document.activeElement.closest("li[data-key], li[data-permission-id]")) : null;
	// What one is reading stays where it is, whatever comes and goes above.
	const held = known.get(focused) || [...list.children].find((row) => row.getBoundingClientRect().bottom > 0);
	const top = held?.getBoundingClientRect().top;
	const rows = [...fresh.children].map((row) => {
		const old = known.get(id(row));
		if (old && old.dataset.version === row.dataset.version) {
			return old;
		}
		row.classList.toggle("new", !old || Number(row.dataset.identical) > Number(old.dataset.identical));
		const added = document.importNode(row, true);
		if (old?.querySelector("details")?.open) {
			added.querySelector("details")?.setAttribute("open", "");
		}
		return added;
	});
	const wanted = new Set(rows);
	[...list.children].filter((row) => !wanted.has(row)).forEach((row) => row.remove());
	rows.forEach((row, index) => {
		if (list.children[index] !== row) {
			list.insertBefore(row, list.children[index] || null);
		}
	});
	if (focused && !list.contains(document.activeElement)) {
		rows.find((row) => id(row) === focused)?.querySelector("a").focus();
	}
	const after = rows.find((row) => held && id(row) === id(held));
	if (after && scrollY > 0) {
		scrollBy({ top: after.getBoundingClientRect().top - top, behavior: "instant" });
	}
	showTimes();
	countDown();
	return rows.length;
}

const inbox = document.getElementById("inbox");
async function refreshInbox() {
	const fresh = (await pageOf(`${base}/${location.search}`)).getElementById("inbox");
	if (!fresh) {
		return;
	}
	const added = Number(fresh.dataset.waiting) - Number(inbox.dataset.waiting);
	const rows = syncRows(inbox, fresh);
	inbox.dataset.waiting = fresh.dataset.waiting;
	inbox.dataset.version = fresh.dataset.version;
	document.getElementById("empty").classList.toggle("hidden", rows > 0);
	if (added > 0) {
		document.getElementById("announce").textContent = words("new-waiting", added, fresh.dataset.waiting);
	}
}

// Only the newest: what one has turned to stays.
const past = document.querySelector("#history[data-first]");
async function refreshHistory() {
	const page = await pageOf(location.href);
	const fresh = page.getElementById("history");
	if (fresh) {
		document.getElementById("nothing").classList.toggle("hidden", syncRows(past, fresh) > 0);
		document.getElementById("total").textContent = page.getElementById("total").textContent;
	}
}

// A list from which one chooses: what is over elsewhere can no longer be chosen.
const list = document.querySelector("main[data-list]");
async function refreshList() {
	const page = await pageOf(base + list.dataset.list);
	const waiting = new Set([...page.querySelectorAll("tr[data-row]")].map((row) => row.dataset.row));
	const rows = [...document.querySelectorAll("tr[data-row]")];
	rows.filter((row) => !waiting.has(row.dataset.row)).forEach((row) => {
		row.classList.add("gone");
		row.querySelectorAll("input[type=checkbox]").forEach((box) => {
			box.checked = false;
			box.disabled = true;
		});
		document.getElementById("more").hidden = false;
	});
	if (document.getElementById("choose-deny") && waiting.size > rows.filter((row) => waiting.has(row.dataset.row)).length) {
		document.getElementById("more").hidden = false;
	}
}
if (list) {
	const boxes = () => [...document.querySelectorAll("#several input[name=ids][type=checkbox]:not(:disabled)")];
	document.querySelector("#decision.choose")?.addEventListener("submit", (event) => {
		if (!boxes().some((box) => box.checked)) {
			event.preventDefault();
			document.getElementById("wait").textContent = words("choose-one");
			document.getElementById("wait").hidden = false;
		}
	});
	const all = document.getElementById("all");
	if (all) {
		all.hidden = false;
		all.addEventListener("change", () => boxes().forEach((box) => {
			box.checked = all.checked;
		}));
	}
}

const approval = document.querySelector("main[data-permission]");
let deciding = false;
async function refreshApproval() {
	const answer = await fetch(`${base}/live/approvals/${approval.dataset.permission}`,
		{ headers: { Accept: "application/json" }, cache: "no-store", signal: leaving.signal });
	const now = answer.ok ? await answer.json() : null;
	if (!now || deciding) {
		return;
	}
	const address = `${base}/approvals/${approval.dataset.permission}`;
	if (now.status !== approval.dataset.status) {
		// Not a reload, which would send again what a form has sent.
		location.replace(address);
	}
	else if (String(now.uses) !== approval.dataset.uses) {
		const page = await pageOf(address);
		for (const part of ["result", "trail"]) {
			const fresh = page.getElementById(part);
			if (fresh) {
				document.getElementById(part).replaceWith(document.importNode(fresh, true));
			}
		}
		approval.dataset.uses = now.uses;
		showTimes();
	}
	else if (String(now.votes) !== approval.dataset.votes) {
		// Less may be left to grant. What was typed stays.
		const typed = [...document.querySelectorAll("#decision textarea, #decision input:not([type=hidden])")]
			.some((field) => field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
		if (typed) {
			document.getElementById("voted-meanwhile").hidden = false;
		}
		else {
			location.replace(address);
		}
	}
	else if (approval.dataset.pending === "true") {
		// What is shown stays: a button must not change its meaning under the hand.
		document.getElementById("more").hidden = now.version === approval.dataset.version;
	}
}
if (approval) {
	document.addEventListener("submit", (event) => {
		deciding ||= !event.defaultPrevented;
	});
}

// One look after the other, and one more if something has changed meanwhile.
const refresh = inbox ? refreshInbox : past ? refreshHistory : list ? refreshList : approval ? refreshApproval : null;
let looking = false;
let again = false;
async function look() {
	again = Boolean(refresh);
	if (looking) {
		return;
	}
	looking = true;
	while (again) {
		again = false;
		try {
			await refresh();
		}
		catch (error) {
			// The next news comes when the service answers again.
			seen = "";
		}
	}
	looking = false;
}

// What says that everything is frozen comes and goes, too.
async function syncBanner() {
	const fresh = (await pageOf(`${base}/live/frozen`)).getElementById("frozen");
	const shown = document.getElementById("frozen");
	if (Boolean(fresh) === Boolean(shown)) {
		return;
	}
	shown?.remove();
	if (fresh) {
		document.querySelector("header").after(document.importNode(fresh, true));
		showTimes();
	}
}

// What this browser was asked to do when a request arrives, by a press on the page of the account.
const place = `agent-otp ${base} `;
const wants = (what) => localStorage.getItem(place + what) === "on";

// Not for each of many. A page that nobody has clicked on may be silent.
let audio;
let lastBeep = 0;
async function beep() {
	if (Date.now() - lastBeep < 3000) {
		return;
	}
	lastBeep = Date.now();
	audio ??= new AudioContext();
	if (audio.state !== "running") {
		await Promise.race([audio.resume(), sleep(500)]);
	}
	if (audio.state !== "running") {
		return;
	}
	const tone = audio.createOscillator();
	const volume = audio.createGain();
	volume.gain.setValueAtTime(0.2, audio.currentTime);
	volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
	tone.connect(volume).connect(audio.destination);
	tone.frequency.value = 880;
	tone.start();
	tone.stop(audio.currentTime + 0.4);
}

// One page of a browser tells, whichever asks at the time; it says nothing of the request, since others may see it.
function tell(answer) {
	const newest = answer.newest ?? [];
	const before = localStorage.getItem(place + "newest");
	localStorage.setItem(place + "newest", JSON.stringify(newest));
	if (before === null || newest.every((id) => before.includes(`"${id}"`))) {
		return;
	}
	if (wants("sound")) {
		beep();
	}
	if (wants("notification") && !wants("push") && window.Notification?.permission === "granted") {
		const shown = new Notification(words("asked"), { body: words("waiting", answer.waiting), tag: place, icon: `${base}/assets/icon.svg` });
		shown.onclick = () => {
			window.focus();
			location.assign(`${base}/`);
		};
	}
}

// What the page has shown of the inbox last.
let seen = "";
// And of all other changes, which only pages that tell what became of requests show.
let changes = "";
function news(answer) {
	notice("");
	document.title = (answer.waiting ? `(${answer.waiting}) ` : "") + document.title.replace(/^\(\d+\) /, "");
	const icon = answer.waiting > 9 ? "icon-many" : answer.waiting ? `icon-${answer.waiting}` : "icon";
	document.querySelector("link[rel=icon]").href = `${base}/assets/${icon}.svg`;
	const changed = (past || approval) && answer.changes !== changes;
	changes = answer.changes;
	if (answer.version === seen && !changed) {
		return;
	}
	seen = answer.version;
	if (answer.frozen !== Boolean(document.getElementById("frozen"))) {
		syncBanner();
	}
	if (!inbox || inbox.dataset.version !== seen) {
		look();
	}
}

// Who is signed in and has a password of the own follows the inbox, on every page.
if (document.querySelector("header nav")) {
	if (inbox) {
		const live = document.getElementById("live");
		live.textContent = words("live");
		live.dataset.live = "on";
		document.getElementById("refresh").hidden = true;
	}
	// One page asks for all of a browser, which has few connections for a service.
	const others = new BroadcastChannel(place);
	let latest = null;
	const hear = (answer) => {
		latest = answer;
		news(answer);
	};
	others.onmessage = (message) => message.data ? hear(message.data) : notice(words("no-answer"));
	const watch = () => {
		tell(latest);
		return follow(() => `${base}/live/inbox?seen=${latest.version}&changes=${latest.changes}`, (answer) => {
			hear(answer);
			tell(answer);
			others.postMessage(answer);
		}, () => others.postMessage(null));
	};
	const first = follow(() => `${base}/live/inbox`, (answer) => {
		hear(answer);
		return true;
	});
	const alone = () => navigator.locks ? navigator.locks.request(place, { signal: leaving.signal }, watch).catch(() => {}) : watch();
	first.then(() => latest && alone());
}

// What one has typed stays when the session ends, the time is over, or somebody else decides.
if (approval) {
	const draft = place + approval.dataset.permission;
	const fields = [...document.querySelectorAll("#decision textarea, #decision input[inputmode], #revoke textarea")];
	const store = JSON.parse(sessionStorage.getItem(draft) || "{}");
	for (const field of fields) {
		if (store[field.id] && field.value === field.defaultValue) {
			field.value = store[field.id];
			field.closest("details")?.setAttribute("open", "");
		}
		field.addEventListener("input", () => {
			store[field.id] = field.value;
			delete store.sent;
			sessionStorage.setItem(draft, JSON.stringify(store));
		});
	}
	document.addEventListener("submit", (event) => {
		if (event.target.matches("#decision, #revoke form") && !event.defaultPrevented) {
			store.sent = true;
			sessionStorage.setItem(draft, JSON.stringify(store));
		}
	});
	if (approval.dataset.pending === "true") {
		// What was sent did not arrive.
		delete store.sent;
		sessionStorage.setItem(draft, JSON.stringify(store));
	}
	else {
		sessionStorage.removeItem(draft);
		if (store.reason && !store.sent && !document.getElementById("unsent")) {
			const label = document.createElement("label");
			const field = document.createElement("textarea");
			label.textContent = words("unsent");
			label.htmlFor = field.id = "unsent";
			field.readOnly = true;
			field.value = store.reason;
			document.getElementById("result").append(label, field);
		}
	}
}
document.querySelector("form.who")?.addEventListener("submit", () => {
	Object.keys(sessionStorage).filter((key) => key.startsWith(place)).forEach((key) => sessionStorage.removeItem(key));
});

// Reasons that a person keeps.
for (const row of document.querySelectorAll(".reasons")) {
	const field = document.getElementById(row.dataset.field);
	const problem = row.querySelector(".problem");
	const keep = async (reason) => {
		const token = document.querySelector("form.who input[type=hidden]");
		const answer = await fetch(`${base}/account/reasons`, { method: "POST",
			body: new URLSearchParams({ [token.name]: token.value, reason }), signal: leaving.signal });
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		problem.textContent = answer.ok ? "" : page.getElementById("problem")?.textContent ?? words("no-answer");
		if (answer.ok && ![...row.querySelectorAll("button")].some((known) => known.dataset.reason === reason)) {
			const made = document.createElement("button");
			made.type = "button";
			made.dataset.reason = made.textContent = reason;
			row.prepend(made);
		}
	};
	row.hidden = false;
	row.addEventListener("click", (event) => {
		const button = event.target.closest("button");
		if (button && "keep" in button.dataset && field.value.trim()) {
			keep(field.value.trim()).catch(() => {
				problem.textContent = words("no-answer");
			});
		}
		else if (button && "reason" in button.dataset) {
			field.value = button.dataset.reason;
			// As if it were typed, so that it stays, too.
			field.dispatchEvent(new Event("input"));
		}
		if (button) {
			field.focus();
		}
	});
}

// A decision counts only once one can have read what it is about, and a denial asks for its reason once.
const decision = document.querySelector("#decision:not(.choose)");
if (decision) {
	const main = document.querySelector("main");
	const say = (text) => {
		const wait = document.getElementById("wait");
		wait.textContent = text;
		wait.hidden = !text;
	};
	let asked = false;
	let sent = false;
	main.dataset.read = "false";
	const observer = new IntersectionObserver((entries) => {
		if (entries.some((entry) => entry.isIntersecting)) {
			observer.disconnect();
			setTimeout(() => {
				main.dataset.read = "true";
				say("");
			}, 800);
		}
	});
	observer.observe(document.getElementById("facts"));
	// And only once the end of each fact has been in sight, between the header and the bar.
	const unread = new Set(document.querySelectorAll("#alarm p, #named > table > tbody > tr, #words tr"));
	const reader = new IntersectionObserver((entries) => entries.forEach((entry) => {
		if (entry.isIntersecting && entry.boundingClientRect.bottom <= entry.rootBounds.bottom + 1) {
			unread.delete(entry.target);
			reader.unobserve(entry.target);
		}
	}), { rootMargin: `0px 0px -${document.getElementById("bar")?.offsetHeight ?? 0}px 0px`, threshold: [0, 0.25, 0.5, 0.75, 0.9, 1] });
	unread.forEach((row) => reader.observe(row));
	// What is opened is longer.
	document.querySelectorAll("#named details").forEach((fold) => fold.addEventListener("toggle", () => {
		const row = fold.closest("#named > table > tbody > tr");
		if (fold.open && row) {
			unread.add(row);
			reader.observe(row);
		}
	}));
	const showUnread = () => {
		const [row] = unread;
		row?.scrollIntoView({ block: row.offsetHeight > innerHeight / 2 ? "end" : "center", behavior: "instant" });
		return Boolean(row);
	};
	// Before all others, which then see that nothing is sent.
	decision.addEventListener("submit", (event) => {
		if (sent) {
			event.preventDefault();
			return;
		}
		const approves = event.submitter?.value.startsWith("approve");
		if (approves && main.dataset.read !== "true") {
			event.preventDefault();
			say(words("read-first"));
		}
		else if (approves && showUnread()) {
			event.preventDefault();
			say(words("read-all"));
		}
		else if (!approves && !decision.elements.reason.value.trim() && !asked) {
			event.preventDefault();
			asked = true;
			say(words("say-why"));
			decision.elements.reason.focus();
		}
		sent = !event.defaultPrevented;
	});
	// A passkey was asked for, but not used.
	decision.addEventListener("unsent", (event) => {
		sent = false;
		deciding = false;
		say(event.detail);
	});
	document.querySelector("#repetition-problem, #unseen-problem")?.scrollIntoView({ block: "center" });
}

// Who has opened all that is folded has seen it, and need not say otherwise.
const unseen = document.getElementById("unseen");
if (unseen?.dataset.opens === "true") {
	const opened = new Set();
	const rests = [...document.querySelectorAll("details.rest")];
	rests.forEach((rest) => rest.addEventListener("toggle", () => {
		opened.add(rest);
		if (opened.size === rests.length) {
			const box = unseen.querySelector("input");
			box.type = "hidden";
			box.value = "opened";
			unseen.hidden = true;
		}
	}));
}

for (const box of document.querySelectorAll("#alerts input")) {
	const what = box.name;
	document.getElementById("alerts").hidden = false;
	box.disabled = what === "notification" && !window.Notification;
	box.checked = wants(what) && (what !== "notification" || window.Notification?.permission === "granted");
	box.addEventListener("change", async () => {
		const refused = what === "notification" && box.checked && await Notification.requestPermission() !== "granted";
		if (refused) {
			box.checked = false;
		}
		document.getElementById("refused").hidden = !refused;
		localStorage.setItem(place + what, box.checked ? "on" : "off");
		if (box.checked && what === "sound") {
			beep();
		}
	});
}

// Messages while no page is open. The service knows a browser by what it says when it subscribes.
const pushKey = document.body.dataset.push;
const canPush = pushKey && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const registered = async () => canPush ? await navigator.serviceWorker.getRegistration(`${base}/`) : undefined;
const subscribed = async () => (await registered())?.pushManager.getSubscription();
const send = (path, fields) => {
	const token = document.querySelector("form.who input[type=hidden]");
	return fetch(`${base}/account/notifications/${path}`, { method: "POST", keepalive: true,
		body: new URLSearchParams({ [token.name]: token.value, ...fields }) });
};
const text64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function subscribe() {
	await navigator.serviceWorker.register(`${base}/worker.js`);
	const worker = await navigator.serviceWorker.ready;
	const before = await worker.pushManager.getSubscription();
	// It may be that of somebody else, or of another key.
	await before?.unsubscribe();
	const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: pushKey });
	localStorage.setItem(place + "push", "on");
	const { endpoint, keys } = made.toJSON();
	return { endpoint, p256dh: keys.p256dh, auth: keys.auth, key: pushKey, before: before?.endpoint ?? "" };
}

const push = document.getElementById("push");
if (push) {
	const problem = document.getElementById("push-problem");
	const say = (what) => {
		problem.textContent = what ? problem.dataset[what] : "";
		problem.hidden = !what;
	};
	push.hidden = !canPush;
	say(canPush ? "" : "none");
	push.addEventListener("submit", async (event) => {
		event.preventDefault();
		if (await Notification.requestPermission() !== "granted") {
			say("refused");
			return;
		}
		try {
			const made = await subscribe();
			Object.keys(made).forEach((name) => {
				push.elements[name].value = made[name];
			});
			push.submit();
		}
		catch (error) {
			say("failed");
		}
	});
	subscribed().then(async (own) => {
		if (own) {
			const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(own.endpoint)));
			const row = document.querySelector(`li[data-hash="${[...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")}"]`);
			row?.querySelector(".this").removeAttribute("hidden");
			push.hidden = Boolean(row) && !row.querySelector(".notice");
		}
	});
}

// The secret of the service is another one now, or the browser has ended what it had.
async function renewPush() {
	if (!canPush || !wants("push") || Notification.permission !== "granted") {
		return;
	}
	const own = await subscribed();
	if (!own || text64(own.options.applicationServerKey) !== pushKey) {
		await send("push", await subscribe());
	}
}
renewPush().catch(() => {});

// What one reads needs no message any more.
if (approval) {
	registered().then(async (worker) => (await worker?.getNotifications({ tag: approval.dataset.permission }))?.forEach((shown) => shown.close()));
}

// Who signs out is told nothing any more in this browser.
document.querySelector("form.who")?.addEventListener("submit", async (event) => {
	if (!canPush || !wants("push")) {
		return;
	}
	event.preventDefault();
	localStorage.removeItem(place + "push");
	try {
		const own = await subscribed();
		if (own) {
			await Promise.race([Promise.all([send("push/end", { endpoint: own.endpoint }), own.unsubscribe()]), sleep(3000)]);
		}
	}
	finally {
		event.target.submit();
	}
});

for (const button of document.querySelectorAll("button[data-copy]")) {
	// Only where the page came over a safe way is there a clipboard.
	button.hidden = !navigator.clipboard;
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
		button.textContent = words("copied");
	});
}

// A link has the user and the code behind its hash, where no server logs them.
for (const form of document.querySelectorAll("form[data-link]")) {
	const [name, code] = decodeURIComponent(location.hash.slice(1)).split(":");
	if (code) {
		history.replaceState(null, "", location.pathname);
		form.elements.username.value = name;
		form.elements.code.value = code;
		form.elements.password.focus();
	}
}

// The link that proves an address. It may be opened where the page is open already.
const confirm = document.getElementById("confirm");
function readProof() {
	const proof = location.hash.slice(1).split(":");
	if (proof.length === 3) {
		history.replaceState(null, "", location.pathname);
		[confirm.elements.channel.value, confirm.elements.address.value, confirm.elements.code.value] = proof.map(decodeURIComponent);
		confirm.hidden = false;
		document.getElementById("confirm-address").focus();
	}
}
if (confirm) {
	readProof();
	addEventListener("hashchange", readProof);
}

// Keys only move the focus: no single key decides anything.
function focusOn(element) {
	element?.closest("details")?.setAttribute("open", "");
	element?.focus();
	element?.select?.();
	return Boolean(element);
}

function step(by) {
	const links = [...document.querySelectorAll("#inbox a")].filter((link) => link.offsetParent);
	const at = links.indexOf(document.activeElement);
	return focusOn(links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)]);
}

const moves = {
	j: () => step(1),
	k: () => step(-1),
	a: () => focusOn(document.getElementById("approve")),
	d: () => focusOn(document.getElementById("deny")),
	r: () => focusOn(document.getElementById("reason")),
	n: () => focusOn(document.querySelector("#narrow .limit input:not([type=hidden]), #narrow .limit textarea")),
	i: () => focusOn(document.getElementById("back")),
};

const keys = document.getElementById("keys");
if (keys) {
	keys.hidden = false;
	document.addEventListener("keydown", (event) => {
		const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
		if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && moves[event.key]?.()) {
			event.preventDefault();
		}
	});
}

showTimes();
countDown();
setInterval(countDown, 1000);
