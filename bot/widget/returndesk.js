/* returndesk chat widget: <script src="https://desk.example.com/widget/returndesk.js" async></script>
	 Optional: data-title, data-color, data-language, data-customer-token, data-position (left, right).
	 Page: window.returndesk.open(), .close(), .send(text).
	 Conversation talks to the desk and knows no DOM; <returndesk-chat> draws whatever the Conversation holds. */
(() => {
"use strict";

const script = document.currentScript;
if (!script || customElements.get("returndesk-chat")) return;

// ---- settings and words

const root = new URL("../", script.src);
const api = new URL("api/chat/v1/", root).href;
const settings = { color: "#1d5c4a", language: document.documentElement.lang || "en", customerToken: "", ...script.dataset };
try { new Date().toLocaleString(settings.language); } catch { settings.language = "en"; }
const TEXT_LIMIT = 4000;
const LONG_POLL_SECONDS = 25;
const SILENCE_LIMIT = 90_000; // milliseconds without a ping
const TRIES_BEFORE_TELLING = 3;

const words = {
	assistant: "Assistant", you: "You", shop: "Chat", open: "Open chat", close: "Close chat", message: "Message",
	write: "Write a message…", send: "Send", person: "Talk to a person", askPerson: "I want to talk to a person",
	waiting: (place, minutes) => ["Waiting for a person", place && `place ${place}`,
		minutes && `about ${minutes} min`].filter(Boolean).join(", "),
	typing: (name) => (name ? `${name} is typing` : ""), note: "Notice",
	reconnecting: "Reconnecting…", sending: "sending…", failed: "not sent, tap to retry", newMessages: "New messages",
	selectAll: "Select all", next: "Continue", choices: "Choices",
	fewer: (title) => `Fewer: ${title}`, more: (title) => `More: ${title}`, quantity: (count, most) => `${count} of ${most}`,
	unread: (name) => ` unread, from ${name}`, newTab: "opens in a new tab",
	picture: "Add a photo", sendingPicture: "Sending your photo…", conversation: "Conversation",
	unreachable: "We cannot reach the shop right now. We keep trying, and what you write here is kept.",
	trouble: "Something went wrong on our side. We keep trying.", refused: "This could not be sent. Please say it in other words.",
};

// ---- style

const phone = "(max-width: 480px), (max-height: 440px)";
const style = `
:host {all:initial; color-scheme:light dark; --surface:#fff; --ink:#1c2422; --muted:#5c6865; --line:#dce3e0;
	--tint:#f0f4f2; --warn:#8a4b08; --link:var(--link-light); --wash:color-mix(in srgb, var(--link) 8%, var(--surface));
	font:400 15px/1.45 system-ui, sans-serif}
@media (prefers-color-scheme: dark) {:host {--surface:#161c1b; --ink:#e9efec; --muted:#a3b0ac; --line:#36433f;
	--tint:#232c2a; --warn:#f0b56b; --link:var(--link-dark)}}
* {box-sizing:border-box; min-width:0; overflow-wrap:anywhere}
[hidden] {display:none !important}
button, textarea {font:inherit; color:inherit}
button {padding:0; border:0; background:none; touch-action:manipulation}
button:enabled, fieldset:enabled label {cursor:pointer}
:focus {outline:none}
:focus-visible {outline:2px solid var(--link); outline-offset:2px}
.sr, .joined[data-author=agent] + * > .name {position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%);
	white-space:nowrap}
svg {width:22px; height:22px; fill:none; stroke:currentColor; stroke-width:1.8; stroke-linecap:round;
	stroke-linejoin:round; flex:none}
.launcher, .panel {position:fixed; z-index:2147483000; right:20px; bottom:calc(20px + env(safe-area-inset-bottom))}
:host([data-position=left]) :is(.launcher, .panel) {right:auto; left:20px}
.bubble, .round {display:grid; place-items:center; border-radius:50%; flex:none}
.bubble {width:60px; height:60px; box-shadow:0 6px 22px rgb(16 32 28 / .32)}
.badge {position:absolute; top:-3px; right:-3px; min-width:22px; padding:0 6px; border-radius:11px; color:#fff;
	background:#c62f2f; font-size:12px; font-weight:700; line-height:22px; text-align:center; pointer-events:none}
.panel {width:380px; height:600px; max-width:calc(100vw - 40px); max-height:calc(100vh - 40px); display:flex;
	flex-direction:column; overflow:hidden; border-radius:20px; background:var(--surface); color:var(--ink);
	box-shadow:0 18px 50px rgb(8 16 14 / .3), 0 0 0 1px var(--line)}
.panel, .fresh {animation:rise .2s ease-out}
@keyframes rise {from {opacity:0; transform:translateY(10px)}}
header, .row, .stepper {display:flex; align-items:center; gap:9px}
header {padding:14px 10px 14px 18px}
.bubble, header, .choice.main:enabled, form .send:enabled, [data-author=customer] > .text {background:var(--accent);
	color:var(--on-accent)}
header :focus-visible {outline-color:currentColor}
.who {flex:1}
.title {overflow:hidden; text-overflow:ellipsis; white-space:nowrap; font-size:16px; font-weight:650}
.speaker {font-size:13px}
.speaker::before {content:""; display:inline-block; width:8px; height:8px; margin-right:6px; border-radius:50%;
	background:#6fe0a8; border:1px solid rgb(0 0 0 / .25)}
:host(:is([data-connection=offline], [data-owner=queue])) .speaker::before {background:#ffc75f}
.person {border:1px solid; border-radius:16px; padding:4px 11px; min-height:32px; font-size:13px; white-space:nowrap}
.round {width:42px; height:42px}
.scroller {flex:1; overflow-y:auto; overscroll-behavior:contain; padding:18px 14px 10px}
.scroller:focus-visible {outline-offset:-3px}
.message {display:flex; flex-direction:column; align-items:flex-start; gap:6px; margin-bottom:14px}
.joined {margin-bottom:4px}
.joined > time, [data-delivery] > time, [data-author=system] > time {display:none}
.text, .typing {max-width:86%; padding:9px 13px; border-radius:16px 16px 16px 5px; background:var(--tint)}
.text {white-space:pre-wrap}
a {color:var(--link)}
[data-author=customer] {align-items:flex-end}
[data-author=customer] > .text {border-radius:16px 16px 5px 16px}
[data-author=customer] > .text a {color:inherit}
[data-author=agent] > .text {background:var(--surface); box-shadow:inset 0 0 0 1px var(--line)}
[data-author=system] {align-items:center; justify-content:center}
[data-author=system] > :disabled {display:none}
[data-author=system] > .text {max-width:92%; padding:2px 8px; background:none; color:var(--muted); font-size:13px;
	text-align:center}
.name {margin:0 4px -2px; font-weight:600}
time, .foot, .name, .counter {padding:0 4px; font-size:12px; color:var(--muted)}
textarea::placeholder, .body, form .send:disabled {color:var(--muted); opacity:1}
button.foot {min-height:24px; color:var(--warn); text-decoration:underline}
fieldset {display:flex; flex-wrap:wrap; justify-content:inherit; gap:7px; width:100%; margin:0; padding:0; border:0}
.choice {min-height:36px; padding:6px 14px; border:1.5px solid var(--link); border-radius:18px; text-align:left;
	background:var(--surface); color:var(--link); font-weight:550}
:is(.choice, button.card):enabled:hover {background:var(--wash)}
.choice.main:enabled {border-color:var(--accent)}
.rate {flex:1; padding:6px 0; text-align:center}
.rate::after {content:"★"}
.choice:disabled {border-color:var(--line); color:var(--muted)}
.chosen:disabled {border-color:var(--link); color:var(--link); background:var(--wash)}
.cards {display:grid; gap:7px; width:100%}
.compare {grid-template-columns:repeat(auto-fit, minmax(104px, 1fr))}
.compare > .card {display:flex; padding:10px}
.card {padding:10px 12px; border:1px solid var(--line); border-radius:14px; text-align:left;
	background:var(--surface); color:var(--ink)}
button.card:enabled {border-color:var(--link)}
fieldset:disabled .card {opacity:.78}
.status {border-left:4px solid var(--link)}
img {border-radius:12px; object-fit:cover; background:var(--tint); flex:none}
.row > img {width:54px; height:54px}
.body {flex:1; font-size:13.5px; white-space:pre-line}
.body > * {display:block}
.head {font-size:15px; font-weight:600; line-height:1.3; color:var(--ink)}
.item .note {color:var(--warn)}
.compare .more {color:var(--ink)}
.price {font-weight:600; overflow-wrap:normal}
.pick:has(:checked) {border-color:var(--link); background:var(--wash)}
input {width:20px; height:20px; margin:0; accent-color:var(--link); flex:none}
.stepper {justify-content:flex-end; margin-top:8px}
.stepper button {width:32px; height:32px; border:1px solid var(--muted); border-radius:50%; font-size:18px}
[aria-disabled=true] {opacity:.45}
output {min-width:52px; text-align:center}
.bar {display:flex; justify-content:space-between; width:100%}
.file {max-width:86%; text-decoration:none}
.thumb img {display:block; width:148px; height:148px}
.typing::before {content:"●●●"; color:var(--muted); font-size:10px; letter-spacing:4px; animation:blink 1.2s infinite}
@keyframes blink {50% {opacity:.3}}
.below, .scroller {position:relative}
.pill {position:absolute; bottom:calc(100% + 8px); left:50%; transform:translateX(-50%); border-radius:16px; padding:6px 14px;
	background:var(--ink); color:var(--surface); font-size:13px; font-weight:600}
.notice:empty {display:none}
.notice {padding:8px 16px; background:color-mix(in srgb, #f0b56b 18%, var(--surface)); font-size:13.5px}
form {display:flex; align-items:flex-end; gap:6px; padding:10px 10px 10px 12px; border-top:1px solid var(--line)}
textarea {flex:1; height:42px; resize:none; padding:9px 14px; border-radius:21px;
	border:1px solid var(--line); background:var(--tint); font-size:16px; line-height:22px}
textarea:focus {outline:2px solid var(--link); outline-offset:-1px}
.counter {position:absolute; right:64px; bottom:100%; background:var(--surface)}
form .round {color:var(--link); background:var(--tint)}
@media ${phone} {
	.panel.panel {inset:0; width:auto; max-width:none; height:100vh; height:100dvh; max-height:none; border-radius:0;
		padding:0 env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left)}
	header {padding:calc(10px + env(safe-area-inset-top)) 8px 10px 16px}
}
@media (prefers-reduced-motion: reduce) {* {animation:none !important}}
@media (forced-colors: active) {.text, .typing, .bubble, .send {border:1px solid}}
`;

// ---- helpers

const icons = {
	chat: "M12 4a8 8 0 1 1-4 15l-5 1.5 1.5-5A8 8 0 0 1 12 4zM8.5 10.5h7M8.5 14h4",
	close: "M6 6l12 12M18 6L6 18",
	send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
	file: "M14 3H5v18h14V8zM14 3v5h5M9 13h6M9 17h4",
	camera: "M3 8h4l2-3h6l2 3h4v11H3zM9 13a3 3 0 1 0 6 0 3 3 0 1 0-6 0",
};

/** One element. Strings become text nodes, so nothing that anybody wrote is ever read as HTML. */
function element(tag, attributes, ...children) {
	const drawn = /svg|path/.test(tag);
	const node = drawn ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
		else node.setAttribute(name, value);
	}
	node.append(...children.filter(Boolean));
	return node;
}

const button = (kind, attributes, ...children) => element("button", { type: "button", class: kind, ...attributes }, ...children);
const icon = (name) => element("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, element("path", { d: icons[name] }));
const part = (kind, ...children) => element("span", { class: kind }, ...children);
const box = (kind, ...children) => element("div", { class: kind }, ...children);

/** An absolute http(s) address, or null: no other scheme is ever put into the page. */
function safeAddress(address) {
	try {
		const url = new URL(address, root);
		return /^https?:$/.test(url.protocol) ? url.href : null;
	} catch { return null; }
}

const elsewhere = { target: "_blank", rel: "noreferrer" };

function textWithLinks(text) {
	return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}])/i).map((piece, index) => {
		const href = index % 2 && safeAddress(piece);
		return href ? element("a", { href, ...elsewhere }, piece) : piece;
	});
}

const newId = () => crypto.getRandomValues(new Uint32Array(4)).join("-"); // randomUUID() needs https

function timeElement(created) {
	const date = new Date(created);
	const day = date.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "short" };
	return element("time", { datetime: date.toISOString() },
		date.toLocaleString(settings.language, { hour: "numeric", minute: "2-digit", ...day }));
}

/** Contrast of two [red, green, blue] after WCAG, 1 to 21 (with a plain gamma). */
function contrast(...colors) {
	const [dark, light] = colors.map((color) => color.reduce((sum, value, index) =>
		sum + [0.2126, 0.7152, 0.0722][index] * (value / 255) ** 2.2, 0.05)).sort((one, other) => one - other);
	return light / dark;
}

/** The colour, moved towards black (0) or white (255) until it can be read on this background. */
function readable(color, background, towards) {
	let share = 0;
	const mixed = () => color.map((value) => Math.round(value + (towards - value) * share));
	while (share < 1 && contrast(mixed(), background) < 4.8) share += 0.05;
	return mixed();
}

/** What follows from the shop's colour, as CSS variables on the host. */
function paint(host) {
	host.style.color = settings.color;
	const accent = (/^rgb\((\d+), (\d+), (\d+)\)$/.exec(getComputedStyle(host).color) || [0, 29, 92, 74]).slice(1).map(Number);
	const light = contrast(accent, [255, 255, 255]) > 4.6 ? [255, 255, 255] : [16, 22, 20];
	host.style.cssText = `--accent:rgb(${accent}); --on-accent:rgb(${light}); --link-light:rgb(${
		readable(accent, [236, 241, 239], 0)}); --link-dark:rgb(${readable(accent, [38, 47, 45], 255)})`;
}

/** The browser's storage, or this page's memory where that is refused. */
class Memory {
	constructor(area, prefix) {
		this.prefix = prefix;
		this.values = {};
		try { this.area = window[area]; } catch { /* blocked */ }
	}
	read(name, otherwise) {
		try { return JSON.parse(this.area.getItem(this.prefix + name)) ?? otherwise; } catch { return this.values[name] ?? otherwise; }
	}
	write(name, value) {
		this.values[name] = value;
		try { this.area.setItem(this.prefix + name, JSON.stringify(value)); } catch { this.area = null; }
	}
}

/** Keeps two customers of one browser apart. Proves nothing; the desk checks the token. */
function customerKey(token) {
	try { return JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub ?? token; } catch { return token; }
}

/** What the desk (or the network: status 0) refused; the message is for customers. */
class Problem extends Error {
	constructor(status, detail, retryAfter = 0) {
		super(detail || (status ? words.trouble : words.unreachable));
		Object.assign(this, { status, detail, wait: retryAfter * 1000 });
	}
}

async function request(path, { token, body, seconds = 20 }) {
	const form = body instanceof FormData;
	const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && !form && { "Content-Type": "application/json" }) };
	try {
		const answer = await fetch(api + path, { method: body ? "POST" : "GET", headers, body: form ? body : JSON.stringify(body),
			signal: AbortSignal.timeout(seconds * 1000), cache: "no-store", credentials: "omit" });
		const content = await answer.json().catch(() => null);
		if (answer.ok && content) return content;
		const detail = String(content?.detail || "");
		throw new Problem(answer.ok ? 502 : answer.status, detail, Number(answer.headers.get("Retry-After")));
	} catch (error) { throw error instanceof Problem ? error : new Problem(0); }
}

// ---- the conversation

/** One session, one endless receiving loop, one outbox. Calls view.draw() when anything changed. */
class Conversation {
	constructor(view) {
		this.view = view;
		this.memory = new Memory("localStorage", `returndesk:${root.href}:${customerKey(settings.customerToken)}:`);
		this.token = this.memory.read("token", null);
		this.waits = new Set();
		this.reset();
	}

	reset() {
		this.messages = new Map(); // by seq
		this.received = 0; // highest seq of the stream; our own accepted messages may run ahead of it
		this.seen = this.memory.read("seen", 0);
		this.talker = { owner: "bot" };
		this.failed = null; // id of the message that several tries could not send
	}

	get outbox() { return this.memory.read("outbox", []); }
	set outbox(items) { this.memory.write("outbox", items); }

	/** What is shown: the transcript by seq, then what is not yet acknowledged. */
	transcript() {
		const said = [...this.messages.values()].sort((one, other) => one.seq - other.seq);
		const known = new Set(said.map((message) => message.client_message_id));
		return [...said, ...this.outbox.filter((item) => !known.has(item.client_message_id))
			.map((item) => ({ ...item, delivery: item.client_message_id === this.failed ? "failed" : "sending" }))];
	}

	unread() { return this.transcript().filter(({ seq, author }) => seq > this.seen && author !== "customer"); }

	/** Begins at first use and never ends: catches up, then WebSocket or long polling. */
	async start() {
		if (this.running) return;
		this.running = true;
		this.socketFailures = 0;
		this.view.draw();
		for (let failures = 0; ;) {
			const token = this.token;
			const polling = this.socketFailures > 1;
			try {
				if (!token) {
					await this.createSession();
					continue;
				}
				await this.catchUp(polling && this.online ? LONG_POLL_SECONDS : 0);
				failures = 0;
				if (!polling) await this.listen();
				await this.pause(500);
			} catch (problem) {
				failures += 1;
				if (problem.status === 401) {
					this.forget(token);
					if (failures === 1) continue;
				}
				this.online = false;
				this.view.draw();
				if (failures > 1 || problem.status) this.view.notice(problem.message);
				await this.pause(problem.wait || this.backoff(failures));
			}
		}
	}

	async createSession() {
		const session = await request("sessions", { body: { language: settings.language.slice(0, 16),
			page_url: location.href.split(/[?#]/)[0].slice(0, 2000), customer_token: settings.customerToken } });
		this.token = session.token;
		this.memory.write("token", session.token);
		this.memory.write("shop", session.shop_name);
		this.receive(session.messages);
	}

	/** Reads what was missed; also proves that the desk knows the token. */
	async catchUp(wait) {
		const { token } = this;
		const state = await request(`messages?after=${this.received}&wait=${wait}`, { token, seconds: wait + 20 });
		if (token !== this.token) return;
		if (!this.online) {
			this.online = true;
			this.socketFailures = 0;
			this.view.notice("");
			this.retry();
		}
		this.talker = state;
		this.receive(state.messages);
		this.view.typing(state.typing || state.agent_typing);
		this.flush();
	}

	/** One WebSocket from its opening to its end. Counts those that were of no use. */
	listen() {
		return new Promise((done) => {
			const socket = new WebSocket(`${api.replace(/^http/, "ws")}ws?token=${encodeURIComponent(this.token)}&after=${this.received}`);
			let useful = false;
			this.hangUp = socket.onclose = () => {
				clearTimeout(watchdog);
				socket.onclose = socket.onmessage = this.socket = null; // a dead line takes long to close
				socket.close();
				this.socketFailures = useful ? 0 : this.socketFailures + 1;
				done();
			};
			let watchdog = setTimeout(this.hangUp, 10_000);
			socket.onopen = () => {
				clearTimeout(watchdog);
				this.socket = socket;
				this.tellSeen(true);
			};
			socket.onmessage = (frame) => {
				useful = true;
				const event = JSON.parse(frame.data);
				if (event.type === "ping") { // from now on silence means a dead line
					clearTimeout(watchdog);
					watchdog = setTimeout(this.hangUp, SILENCE_LIMIT);
				} else if (event.type === "message") this.receive([event.message]);
				else if (event.type === "typing") this.view.typing(event.on);
				else if (event.type === "owner") {
					this.talker = event;
					this.view.draw();
				}
			};
		});
	}

	tell(event) { if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(event)); }

	/** Notes how far the customer has read; `again` repeats it to a new socket. */
	tellSeen(again = false) {
		if (!this.view.isRead() || (this.received <= this.seen && !again)) return;
		this.seen = Math.max(this.received, this.seen);
		this.memory.write("seen", this.seen);
		this.tell({ type: "seen", seq: this.seen });
	}

	/** Lets the agent know that the customer writes, at most every 2 seconds. */
	tellTyping() {
		if (this.talker.owner !== "agent" || Date.now() - this.told < 2000) return;
		this.told = Date.now();
		this.tell({ type: "typing" });
	}

	receive(messages) {
		for (const message of messages) {
			this.messages.set(message.seq, message);
			this.received = Math.max(this.received, message.seq);
			if (message.author !== "customer") this.view.typing(false);
		}
		this.tellSeen();
		this.view.draw();
	}

	/** The desk does not know this token: another tab has a newer one, or a session begins. Unsent text stays. */
	forget(refused) {
		if (refused !== this.token) return; // replaced meanwhile
		const stored = this.memory.read("token", null);
		this.token = stored === refused ? null : stored;
		this.memory.write("token", this.token);
		this.memory.write("seen", 0);
		this.outbox = this.outbox.map(({ payload, ...item }) => item); // buttons are the old session's
		this.reset();
		if (this.socket) this.hangUp();
		this.view.draw();
	}

	// -- sending

	send(text, payload) {
		this.outbox = [...this.outbox, { client_message_id: newId(), author: "customer", text, payload, created_at: new Date() }];
		this.start();
		this.view.draw();
		this.flush();
	}

	/** Sends the outbox in order, each until it is acknowledged. The same id twice is one message to the desk. */
	async flush() {
		if (this.flushing) return;
		this.flushing = true;
		for (let tries = 0; this.token && this.outbox.length;) {
			const { token, outbox: [item] } = this;
			const { client_message_id: id, text, payload } = item;
			try {
				const { accepted } = await request("messages", { token,
					body: { client_message_id: id, ...(payload ? { payload } : { text }) } });
				if (!this.messages.has(accepted.seq)) this.messages.set(accepted.seq, { ...item, ...accepted });
				this.drop(id);
				if (tries) this.view.notice("");
				tries = 0;
			} catch (problem) {
				if (problem.status === 401) {
					this.forget(token);
					this.retry();
				} else if (/^4(?!08|25|29)/.test(problem.status)) {
					this.drop(id);
					this.view.refused(item, problem.detail || words.refused);
				} else {
					tries += 1;
					if (tries >= TRIES_BEFORE_TELLING) this.failed = id;
					if (problem.status) this.view.notice(problem.message);
					this.view.draw();
					await this.pause(problem.wait || this.backoff(tries));
					this.failed = null;
				}
			}
			this.view.draw();
		}
		this.flushing = false;
	}

	drop(id) { this.outbox = this.outbox.filter((item) => item.client_message_id !== id); }

	sendPicture(file) {
		const body = new FormData();
		body.append("client_message_id", newId());
		body.append("file", file);
		return request("attachments", { token: this.token, body, seconds: 120 });
	}

	// -- waiting

	backoff(tries) { return Math.min(30_000, 500 * 2 ** tries) * (0.7 + Math.random() * 0.6); }

	pause(milliseconds) {
		return new Promise((done) => {
			const end = () => { clearTimeout(timer); this.waits.delete(end); done(); };
			const timer = setTimeout(end, milliseconds);
			this.waits.add(end);
		});
	}

	/** A phone that was locked holds a dead socket without knowing it: a new one, after reading what was missed. */
	wake() {
		if (this.socket) this.hangUp();
		this.retry();
	}

	/** Ends every wait now. */
	retry() { for (const end of [...this.waits]) end(); }
}

// ---- messages as elements

const picture = (address) => address && safeAddress(address) && element("img", { src: safeAddress(address), alt: "" });
const cardBody = ({ title, text, note }) =>
	part("body", part("head", title), text && part("more", text), note && part("note", note));
const cardRow = (card, tick) => [tick, picture(card.image_url), cardBody(card), card.price && part("price", card.price)];

function cardElement(card, press) {
	const content = card.kind === "item" ? part("row", ...cardRow(card)) : cardBody(card);
	const kind = { item: "card item", return: "card status" }[card.kind] || "card";
	if (!card.payload) return box(kind, content);
	return button(kind, { onclick: (event) => press(card.title, card.payload, event.currentTarget) }, content);
}

/** One row of a multiple choice: a checkbox, and a stepper where more than one piece can be chosen. */
function pickElement(card, changed) {
	const most = Math.max(1, card.max_quantity || 1);
	const tick = element("input", { type: "checkbox", onchange: () => pick.set(tick.checked ? 1 : 0) });
	const step = (label, by, sign) => button("", { "aria-label": label(card.title),
		onclick: () => pick.set(Math.min(most, Math.max(1, pick.count + by))) }, sign);
	const fewer = step(words.fewer, -1, "−");
	const more = step(words.more, 1, "+");
	const shown = element("output", {});
	const stepper = element("div", { class: "stepper", hidden: "" }, fewer, shown, more);
	const node = element("div", { class: "card item pick", "data-title": card.title },
		element("label", { class: "row" }, ...cardRow(card, tick)), stepper);
	const pick = { node, card, most, count: 0, set(count) {
		pick.count = count;
		tick.checked = count > 0;
		stepper.hidden = !count || most === 1;
		shown.textContent = words.quantity(count, most);
		fewer.setAttribute("aria-disabled", count <= 1);
		more.setAttribute("aria-disabled", count >= most);
		changed();
	} };
	return pick;
}

function multipleChoice(cards, press) {
	const picks = [];
	const changed = () => { go.disabled = !picks.some((pick) => pick.count); };
	const rows = cards.map((card) => {
		if (!card.payload) return cardElement(card);
		picks.push(pickElement(card, changed));
		return picks.at(-1).node;
	});
	const all = button("choice", { onclick: () => picks.forEach((pick) => pick.set(pick.most)) }, words.selectAll);
	const go = button("choice main", { disabled: "", onclick: () => {
		const chosen = picks.filter((pick) => pick.count);
		press(chosen.map(({ card, count }) => (count > 1 ? `${count} × ${card.title}` : card.title)).join(", "),
			chosen.map(({ card, count }) => `${card.payload}*${count}`).join(" "), go);
	} }, words.next);
	return [box("cards", ...rows), box("bar", all, go)];
}

function cardList(cards, press) {
	const compare = cards.length > 1 && cards.every((card) => card.kind === "option");
	return box(compare ? "cards compare" : "cards", ...cards.map((card) => cardElement(card, press)));
}

function attachmentElement({ url, media_type: type, name }) {
	const target = { href: safeAddress(url), ...elsewhere, "data-attachment": name };
	if (!target.href) return null;
	if (type.startsWith("image/")) return element("a", { ...target, class: "thumb", "aria-label": `${name}, ${words.newTab}` }, picture(url));
	return element("a", { ...target, class: "card row file" }, icon("file"),
		cardBody({ title: name, text: `${type.split("/").pop().toUpperCase()}, ${words.newTab}` }));
}

const authorOf = ({ author, agent_name: name } = {}) => ({ customer: words.you, bot: words.assistant, agent: name })[author] || words.note;

/** A message with all that belongs to it; its choices stand in one fieldset. */
function messageElement(message, press) {
	const { author, text, expects } = message;
	const cards = message.cards || [];
	const live = cards.some((card) => card.payload);
	const buttons = (message.buttons || []).map(({ title, payload }) => {
		const rate = expects?.slot === "rating" && /^\d$/.test(title);
		return button(rate ? "choice rate" : "choice", { "aria-label": rate ? words.quantity(title, 5) : title,
			onclick: (event) => press(title, payload, event.currentTarget) }, title);
	});
	const choices = live ? (expects?.input === "choices" ? multipleChoice(cards, press) : [cardList(cards, press)]) : [];
	return element("div", { class: "message", "data-author": author },
		part(author === "agent" ? "name" : "sr", authorOf(message), part("sr", ": ")),
		text && element("div", { class: "text", dir: "auto" }, ...textWithLinks(text)),
		cards.length && !live && cardList(cards), ...(message.attachments || []).map(attachmentElement),
		(live || buttons.length) && element("fieldset", { "aria-label": words.choices }, ...choices, ...buttons),
		timeElement(message.created_at));
}

// ---- the element

class ReturndeskChat extends HTMLElement {
	connectedCallback() {
		if (this.shadowRoot) return;
		const sheet = new CSSStyleSheet(); // not a <style>: works under a strict Content-Security-Policy
		sheet.replaceSync(style);
		this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
		this.lang = settings.language;
		Object.assign(this.dataset, { position: settings.position || "right", state: "closed" });
		paint(this);
		this.session = new Memory("sessionStorage", "returndesk:");
		this.nodes = new Map(); // message key → its element
		this.answered = new Set(); // seqs of bot messages whose choices were used
		this.sticky = true; // the newest message is in sight
		this.build();
		this.desk = new Conversation(this);
		this.listenToPage();
		this.setInput();
		this.draw();
		// On a phone the panel would cover the page that was asked for.
		if (this.session.read("open") && !this.isPhone()) this.open(false);
		else if (this.desk.token || this.desk.outbox.length) this.desk.start();
	}

	build() {
		this.bubble = button("bubble", { "aria-label": words.open, "aria-describedby": "unread",
			onclick: () => this.open() }, icon("chat"));
		this.badge = element("span", { class: "badge", id: "unread", role: "status" });
		this.launcher = box("launcher", this.bubble, this.badge);

		this.heading = box("title");
		this.speaker = element("div", { class: "speaker", role: "status" });
		this.person = button("person", { onclick: () => this.say(words.askPerson) }, words.person);
		const header = element("header", {}, box("who", this.heading, this.speaker), this.person,
			button("round", { "aria-label": words.close, onclick: () => this.close() }, icon("close")));

		this.log = element("div", { role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": words.conversation });
		this.typist = part("name");
		this.dots = element("div", { class: "message", hidden: "" }, this.typist, element("div", { class: "typing", "aria-hidden": "true" }));
		this.scroller = element("div", { class: "scroller", tabindex: "0", onscroll: () => this.scrolled() }, this.log, this.dots);

		this.pill = button("pill", { hidden: "", onclick: () => this.toBottom() }, words.newMessages);
		this.bar = element("div", { class: "notice", role: "alert" });
		this.counter = element("span", { class: "counter", role: "status" });
		this.chooser = element("input", { type: "file", accept: "image/*", hidden: "", onchange: () => this.sendPicture() });
		this.camera = button("round", { "aria-label": words.picture, onclick: () => this.chooser.click() }, icon("camera"));
		this.input = element("textarea", { "aria-label": words.message, placeholder: words.write, rows: "1", maxlength: TEXT_LIMIT,
			enterkeyhint: "send",
			oninput: () => { this.setInput(); if (!this.sendButton.disabled) this.desk.tellTyping(); },
			onkeydown: (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && this.submit(event) });
		this.sendButton = button("round send", { type: "submit", "aria-label": words.send }, icon("send"));
		const form = element("form", { onsubmit: (event) => this.submit(event) },
			this.chooser, this.input, this.camera, this.sendButton);
		this.panel = element("section", { class: "panel", role: "dialog", tabindex: "-1", hidden: "",
			onkeydown: (event) => event.key === "Escape" && this.close() }, header, this.scroller, box("below", this.bar, form, this.pill, this.counter));
		this.shadowRoot.append(this.launcher, this.panel);
	}

	listenToPage() {
		addEventListener("online", () => this.desk.wake());
		document.addEventListener("visibilitychange", () => {
			if (!document.hidden) this.desk.wake();
			this.desk.tellSeen();
		});
		// A phone's keyboard covers the page without resizing it: the panel follows what can be seen.
		const { visualViewport: seen } = window;
		for (const event of ["resize", "scroll"]) {
			seen?.addEventListener(event, () => {
				const fits = this.isPhone() && seen.scale === 1;
				Object.assign(this.panel.style, { height: fits ? `${seen.height}px` : "", top: fits ? `${seen.offsetTop}px` : "" });
				if (this.sticky) this.toBottom();
			});
		}
	}

	isPhone() { return matchMedia(phone).matches; }
	isOpen() { return this.dataset.state === "open"; }
	isRead() { return this.isOpen() && !document.hidden; }

	open(takeFocus = true) {
		this.show(true);
		this.desk.start();
		this.desk.tellSeen();
		this.draw();
		this.setInput();
		this.toBottom();
		if (takeFocus) this.focusInput();
	}

	close() {
		if (!this.isOpen()) return;
		this.show(false);
		this.draw();
		this.bubble.focus();
	}

	show(open) {
		this.dataset.state = open ? "open" : "closed";
		this.session.write("open", open);
		this.panel.hidden = !open;
		this.launcher.hidden = open;
	}

	/** On a touch screen the input would call the keyboard. */
	focusInput() { (matchMedia("(pointer: coarse)").matches ? this.panel : this.input).focus({ preventScroll: true }); }

	// -- what the customer does

	say(text) { if (text.trim()) this.desk.send(text.trim()); }

	submit(event) {
		event.preventDefault();
		this.say(this.input.value);
		this.setInput("");
	}

	/** Puts a text into the input, or fits everything to what was typed there. */
	setInput(text = this.input.value) {
		this.input.value = text;
		this.sendButton.disabled = !text.trim();
		this.counter.textContent = text.length < TEXT_LIMIT * 0.9 ? "" : `${text.length} / ${TEXT_LIMIT}`;
		this.input.style.height = "auto";
		this.input.style.height = `${Math.min(132, Math.max(42, this.input.scrollHeight + 2))}px`;
	}

	press(seq, title, payload, pressed) {
		if (this.answered.has(seq)) return;
		this.answered.add(seq);
		pressed.classList.add("chosen");
		this.desk.send(title, payload);
		this.focusInput();
	}

	async sendPicture() {
		this.notice(words.sendingPicture);
		try {
			await this.desk.sendPicture(this.chooser.files[0]);
			this.notice("");
		} catch (problem) { this.notice(problem.message); }
		this.chooser.value = "";
	}

	// -- what the conversation reports

	notice(text) { this.bar.textContent = text; }

	/** The desk never takes this message: its text goes back into the input, its buttons work again. */
	refused({ text, payload }, detail) {
		if (payload) this.answered.clear();
		else this.setInput([text, this.input.value].filter(Boolean).join("\n"));
		this.notice(detail);
	}

	typing(on) {
		clearTimeout(this.typingTimer);
		this.dots.hidden = !on;
		this.typist.textContent = words.typing(this.desk.talker.agent_name);
		this.typingTimer = setTimeout(() => { this.dots.hidden = true; }, 20_000);
		if (on && this.sticky) this.toBottom();
	}

	// -- drawing

	/** Shows what the conversation holds. A message keeps its element for life, so it is announced once. */
	draw() {
		const list = this.desk.transcript();
		if (!this.desk.messages.size) this.answered.clear();
		const newest = this.asking(list, this.desk.talker);
		const fresh = this.drawMessages(list, newest);
		this.drawHeader();
		const wanted = list.findLast(({ author }) => author !== "customer")?.expects?.input;
		this.input.inputMode = { email: "email", number: "numeric" }[wanted] || "text";
		this.camera.hidden = this.dataset.owner === "bot" && newest?.expects?.input !== "photo";
		const unread = this.isOpen() ? [] : this.desk.unread();
		if (this.badge.dataset.count !== String(unread.length)) {
			this.badge.dataset.count = unread.length;
			this.badge.hidden = !unread.length;
			this.badge.replaceChildren(String(unread.length), part("sr", words.unread(authorOf(unread.at(-1)))));
		}
		if (this.sticky || fresh.some(({ delivery }) => delivery)) this.toBottom(); // choices may wake
		else if (fresh.length) this.pill.hidden = false;
	}

	/** The message whose choices the desk takes: a notice's until one was used, or while waiting until a person comes. */
	asking(list, { owner }) {
		const index = list.findLastIndex(({ author, buttons }) => (author === "system" ? buttons.length : author === owner));
		const { author, buttons } = list[index] || {};
		const isOver = (later) => (later.author === "customer" ? buttons.some(({ title }) => title === later.text) : owner === "bot");
		return owner === "agent" || (author === "system" && list.slice(index + 1).some(isOver)) ? null : list[index];
	}

	drawMessages(list, newest) {
		const key = (message) => message.client_message_id || message.id;
		const fresh = list.filter((message) => !this.nodes.has(key(message)));
		const history = fresh.length > 3 && !this.nodes.size; // not read out
		if (history) this.log.ariaLive = "off";
		const kept = new Set(list.map(key));
		for (const [name, node] of this.nodes) if (!kept.has(name)) { node.remove(); this.nodes.delete(name); }
		for (const message of fresh) {
			const node = messageElement(message, (...pressed) => this.press(message.seq, ...pressed));
			node.classList.toggle("fresh", !history);
			this.nodes.set(key(message), node);
		}
		list.forEach((message, index) => {
			const node = this.nodes.get(key(message));
			const place = this.log.children[index] || null;
			if (place !== node) this.log.insertBefore(node, place);
			this.update(node, message, list[index + 1], newest);
		});
		if (history) setTimeout(() => { this.log.ariaLive = "polite"; }, 200);
		return fresh;
	}

	/** Everything that can change in a message on the screen. */
	update(node, message, next, newest) {
		if (message.seq) node.dataset.seq = message.seq;
		const text = node.querySelector(".text");
		if (text && text.textContent !== message.text) text.replaceChildren(...textWithLinks(message.text));
		const group = node.querySelector("fieldset");
		if (group) group.disabled = message !== newest || this.answered.has(message.seq);
		node.classList.toggle("joined", next?.author === message.author && next.agent_name === message.agent_name
			&& new Date(next.created_at) - new Date(message.created_at) < 180_000);
		const { delivery } = message;
		if (delivery === node.dataset.delivery) return;
		node.querySelector(".foot")?.remove();
		delete node.dataset.delivery;
		if (!delivery) return;
		node.dataset.delivery = delivery;
		node.append(delivery === "failed" ? button("foot", { onclick: () => this.desk.retry() }, words.failed) : part("foot", words.sending));
	}

	drawHeader() {
		const { talker, online, running, memory, messages } = this.desk;
		const { owner, agent_name: name, queue_position: place, expected_wait_minutes: minutes } = talker;
		const shop = settings.title || memory.read("shop") || words.shop;
		this.dataset.connection = online ? "online" : "offline";
		this.dataset.owner = owner;
		this.heading.textContent = shop;
		this.panel.setAttribute("aria-label", shop);
		const speaker = running && !online && messages.size ? words.reconnecting
			: { queue: words.waiting(place, minutes), agent: name }[owner] || words.assistant;
		if (this.speaker.textContent !== speaker) this.speaker.textContent = speaker; // setting it reads it out
		this.person.hidden = owner !== "bot";
	}

	scrolled() {
		const { scrollTop, scrollHeight, clientHeight } = this.scroller;
		this.sticky = scrollHeight - scrollTop - clientHeight < 60;
		if (this.sticky) this.pill.hidden = true;
	}

	toBottom() {
		this.scroller.scrollTop = this.scroller.scrollHeight;
		this.sticky = true;
		this.pill.hidden = true;
	}
}

customElements.define("returndesk-chat", ReturndeskChat);
const chat = document.createElement("returndesk-chat");
const attached = () => {
	if (!chat.isConnected) document.body.append(chat);
	return chat;
};
window.returndesk = {
	open: () => attached().open(),
	close: () => attached().close(),
	send: (text) => { attached().open(); chat.say(String(text)); },
};
if (document.body) attached();
else addEventListener("DOMContentLoaded", attached);
})();
