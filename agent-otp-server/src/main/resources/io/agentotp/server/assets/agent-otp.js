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

function countDown() {
	for (const time of document.querySelectorAll("time[data-deadline]")) {
		if (!ends.has(time)) {
			ends.set(time, Date.now() + Number(time.dataset.deadline));
		}
		const ms = ends.get(time) - Date.now();
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

// Asks again and again; the service holds each question until there is something new.
async function follow(address, onAnswer) {
	let pause = 1000;
	for (;;) {
		try {
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
		}
		catch (error) {
			if (leaving.signal.aborted) {
				return;
			}
			notice(words("no-answer"));
			await sleep(pause + Math.random() * pause);
			pause = Math.min(pause * 2, 15000);
		}
	}
}

// What says that everything is frozen comes and goes, too.
function syncBanner(page) {
	document.getElementById("frozen")?.remove();
	const banner = page.getElementById("frozen");
	if (banner) {
		document.querySelector("header").after(document.importNode(banner, true));
	}
}

async function refreshInbox(inbox) {
	const answer = await fetch(`${base}/${location.search}`, { cache: "no-store" });
	const page = new DOMParser().parseFromString(await answer.text(), "text/html");
	const fresh = page.getElementById("inbox");
	if (!fresh) {
		return;
	}
	const id = (row) => row.dataset.key;
	const known = new Map([...inbox.children].map((row) => [id(row), row]));
	const focused = inbox.contains(document.activeElement) ? id(document.activeElement.closest("#inbox > li")) : null;
	// What one is reading stays where it is, whatever comes and goes above.
	const held = known.get(focused) || [...inbox.children].find((row) => row.getBoundingClientRect().bottom > 0);
	const top = held?.getBoundingClientRect().top;
	const before = Number(inbox.dataset.waiting);
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
	// Rows that stay are not touched, so that the focus stays, too.
	const wanted = new Set(rows);
	[...inbox.children].filter((row) => !wanted.has(row)).forEach((row) => row.remove());
	rows.forEach((row, index) => {
		if (inbox.children[index] !== row) {
			inbox.insertBefore(row, inbox.children[index] || null);
		}
	});
	if (focused && !inbox.contains(document.activeElement)) {
		const row = rows.find((candidate) => id(candidate) === focused);
		row?.querySelector("a").focus();
	}
	const after = rows.find((row) => held && id(row) === id(held));
	if (after && scrollY > 0) {
		scrollBy({ top: after.getBoundingClientRect().top - top, behavior: "instant" });
	}
	inbox.dataset.waiting = fresh.dataset.waiting;
	const added = Number(fresh.dataset.waiting) - before;
	inbox.dataset.version = fresh.dataset.version;
	syncBanner(page);
	document.title = page.title;
	document.getElementById("empty").classList.toggle("hidden", rows.length > 0);
	if (added > 0) {
		document.getElementById("announce").textContent = `${added} new, ${fresh.dataset.waiting} waiting`;
	}
	showTimes();
	countDown();
}

const inbox = document.getElementById("inbox");
if (inbox) {
	const live = document.getElementById("live");
	live.textContent = "New requests appear automatically.";
	live.dataset.live = "on";
	document.getElementById("refresh").hidden = true;
	follow(() => `${base}/live/inbox?seen=${encodeURIComponent(inbox.dataset.version)}`, async (answer) => {
		if (answer.version !== inbox.dataset.version) {
			await refreshInbox(inbox);
		}
	});
}

// A list from which one chooses: what is over elsewhere can no longer be chosen.
const list = document.querySelector("main[data-list]");
if (list) {
	const boxes = () => [...document.querySelectorAll("#several input[name=ids][type=checkbox]:not(:disabled)")];
	const all = document.getElementById("all");
	if (all) {
		all.hidden = false;
		all.addEventListener("change", () => boxes().forEach((box) => {
			box.checked = all.checked;
		}));
	}
	let seen = "";
	follow(() => `${base}/live/inbox?seen=${seen}`, async (answer) => {
		seen = answer.version;
		const page = new DOMParser().parseFromString(await (await fetch(base + list.dataset.list, { cache: "no-store" })).text(), "text/html");
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
	});
}

const approval = document.querySelector("main[data-permission]");
if (approval && approval.dataset.pending === "true") {
	let seen = approval.dataset.version;
	let deciding = false;
	document.addEventListener("submit", (event) => {
		deciding ||= !event.defaultPrevented;
	});
	follow(() => `${base}/live/approvals/${approval.dataset.permission}?seen=${seen}`, (answer) => {
		if (deciding) {
			return true;
		}
		if (answer.status !== "pending") {
			location.reload();
			return true;
		}
		// What is shown stays: a button must not change its meaning under the hand.
		seen = answer.version;
		document.getElementById("more").hidden = seen === approval.dataset.version;
		return false;
	});
}

// What one has typed stays when the session ends, the time is over, or somebody else decides.
const typed = `agent-otp ${base} `;
if (approval) {
	const place = typed + approval.dataset.permission;
	const fields = [...document.querySelectorAll("#decision textarea, #decision input[inputmode], #revoke textarea")];
	const store = JSON.parse(sessionStorage.getItem(place) || "{}");
	for (const field of fields) {
		if (store[field.id] && field.value === field.defaultValue) {
			field.value = store[field.id];
			field.closest("details")?.setAttribute("open", "");
		}
		field.addEventListener("input", () => {
			store[field.id] = field.value;
			delete store.sent;
			sessionStorage.setItem(place, JSON.stringify(store));
		});
	}
	document.addEventListener("submit", (event) => {
		if (event.target.matches("#decision, #revoke form") && !event.defaultPrevented) {
			store.sent = true;
			sessionStorage.setItem(place, JSON.stringify(store));
		}
	});
	if (approval.dataset.pending === "true") {
		// What was sent did not arrive.
		delete store.sent;
		sessionStorage.setItem(place, JSON.stringify(store));
	}
	else {
		sessionStorage.removeItem(place);
		if (store.reason && !store.sent && !document.getElementById("unsent")) {
			const label = document.createElement("label");
			const field = document.createElement("textarea");
			label.textContent = "Your reason, which was not sent";
			label.htmlFor = field.id = "unsent";
			field.readOnly = true;
			field.value = store.reason;
			document.getElementById("result").append(label, field);
		}
	}
}
document.querySelector("form.who")?.addEventListener("submit", () => {
	Object.keys(sessionStorage).filter((key) => key.startsWith(typed)).forEach((key) => sessionStorage.removeItem(key));
});

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
	// Before all others, which then see that nothing is sent.
	decision.addEventListener("submit", (event) => {
		const approves = event.submitter?.value.startsWith("approve");
		if (approves && main.dataset.read !== "true") {
			event.preventDefault();
			say("Read what would happen first, then press again.");
		}
		else if (!approves && !decision.elements.reason.value.trim() && !asked) {
			event.preventDefault();
			asked = true;
			say("Say why, or press again to deny without a reason.");
			decision.elements.reason.focus();
		}
	});
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
