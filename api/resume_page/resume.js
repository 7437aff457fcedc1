/* Puts the browser into the conversation that the link was for, then opens the chat. */
"use strict";
(() => {
	const { token, session, shop, widget } = document.currentScript.dataset;
	const address = new URL(widget, location.href);
	const prefix = `returndesk:${new URL("../", address).href}::`; // where the widget keeps its session

	function sessionOf(stored) {
		try { return JSON.parse(atob(JSON.parse(stored).split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub; } catch { return ""; }
	}

	try {
		if (sessionOf(localStorage.getItem(`${prefix}token`)) !== session) {
			// Another conversation of this browser: what was read and not sent there belongs there.
			localStorage.setItem(`${prefix}seen`, "0");
			localStorage.setItem(`${prefix}outbox`, "[]");
		}
		localStorage.setItem(`${prefix}token`, JSON.stringify(token));
		localStorage.setItem(`${prefix}shop`, JSON.stringify(shop));
	} catch {
		document.getElementById("blocked").hidden = false;
		return;
	}
	fetch(location.href, { method: "POST" }).catch(() => {}); // proves the e-mail; without it, the chat asks
	const chat = document.createElement("script");
	chat.src = address.href;
	chat.dataset.title = shop;
	chat.onload = () => window.returndesk.open();
	chat.onerror = () => { document.getElementById("unreachable").hidden = false; };
	document.head.append(chat);
	document.getElementById("open").onclick = () => window.returndesk?.open();
})();
