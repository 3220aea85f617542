"use strict";

// Keeps the runs and the mail up to date; without it the page works by reloading.
const source = document.currentScript.dataset.state;
let shown = "";

const refresh = async () => {
	try {
		const answer = await fetch(source);
		const fresh = answer.ok ? await answer.text() : shown;
		if (fresh !== shown) {
			const holder = document.createElement("template");
			holder.innerHTML = fresh;
			document.getElementById("state").replaceWith(holder.content.firstElementChild);
			shown = fresh;
		}
	} catch {
		// The application is restarting: the next round tries again.
	}
};

setInterval(refresh, 1000);
