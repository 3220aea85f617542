// Shows what the service tells while no page of it is open. What it is about stands on the page only.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function read(data) {
	try {
		return data.json();
	}
	catch (error) {
		return {};
	}
}

// A browser that shows nothing for what it gets soon gets nothing any more.
self.addEventListener("push", (event) => {
	const told = read(event.data);
	const permission = /^[\w-]{1,64}$/.test(told.permission) ? told.permission : "";
	event.waitUntil(self.registration.showNotification(String(told.title ?? "Agent OTP"), {
		body: String(told.text ?? ""),
		// Another one about the same request takes the place of the first, and is heard again.
		tag: permission || "agent-otp",
		renotify: true,
		icon: "assets/icon-192.png",
		data: permission && `approvals/${permission}`,
	}));
});

async function open(address) {
	const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
	const shown = pages.find((page) => page.url === address);
	return shown ? shown.focus() : self.clients.openWindow(address);
}

self.addEventListener("notificationclick", (event) => {
	event.notification.close();
	event.waitUntil(open(new URL(event.notification.data ?? "", self.registration.scope).href));
});
