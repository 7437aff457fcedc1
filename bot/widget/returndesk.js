/* returndesk chat widget: one file, no dependencies, everything inside a shadow root.

   <script src="https://desk.example.com/widget/returndesk.js" async></script>

   Optional attributes of the script tag: data-title, data-color, data-language, data-customer-token,
   data-position ("left" or "right"). Page API: window.returndesk.open(), .close(), .send(text).

   Parts, from top to bottom: settings, words, style, small helpers, Conversation (what is said to the desk,
   knows no DOM), message rendering, and the <returndesk-chat> element (what the customer sees). */
(() => {
  "use strict";

  const script = document.currentScript;
  if (!script || customElements.get("returndesk-chat")) return;

  // ---------------------------------------------------------------- settings

  const root = new URL("../", script.src);
  const settings = {
    api: new URL("api/chat/v1/", root).href,
    title: script.dataset.title || "",
    color: script.dataset.color || "#1d5c4a",
    language: script.dataset.language || document.documentElement.lang || "en",
    customerToken: script.dataset.customerToken || "",
    position: script.dataset.position === "left" ? "left" : "right",
  };
  const TEXT_LIMIT = 4000;
  const FILE_LIMIT = 10 * 1024 * 1024;
  const LONG_POLL_SECONDS = 25;
  const POLLS_BEFORE_SOCKET_AGAIN = 12;
  const SILENCE_LIMIT = 90_000;
  const TYPING_LIMIT = 20_000;
  const VISIBLE_FAILURE_AFTER = 3; // tries

  const words = {
    assistant: "Assistant", you: "You", shop: "Chat", open: "Open chat", close: "Close chat", message: "Message",
    write: "Write a message…", send: "Send", person: "Talk to a person", askPerson: "I want to talk to a person",
    waiting: (place) => (place ? `Waiting for a person, place ${place}` : "Waiting for a person"),
    reconnecting: "Reconnecting…", sending: "sending…", notSent: "not sent, tap to retry", refused: "not sent",
    newMessages: "New messages", selectAll: "Select all", selectNone: "Clear selection", next: "Continue",
    unread: (count) => `${count} unread ${count === 1 ? "message" : "messages"}`,
    fewer: (title) => `Fewer: ${title}`, more: (title) => `More: ${title}`, quantity: (n, max) => `${n} of ${max}`,
    choices: "Choices", picture: "Add a photo", sendingPicture: "Sending your photo…", opens: "opens in a new tab",
    tooLarge: "That file is larger than 10 MB. A smaller photo will do.", conversation: "Conversation",
    unreachable: "We cannot reach the shop at the moment. We keep trying; what you write here is kept.",
    trouble: "Something went wrong on our side. We keep trying.", chatWith: (shop) => `Chat with ${shop}`,
  };

  // ---------------------------------------------------------------- style

  const style = `
:host { all: initial; color-scheme: light dark; --surface: #fff; --ink: #1c2422; --muted: #5c6865; --line: #dfe5e2;
  --tint: #f0f4f2; --warn: #8a4b08; --accent-ink: var(--accent-on-light); --shadow: 0 18px 50px rgb(16 32 28 / .22);
  font: 400 15px/1.45 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Inter, Roboto, sans-serif; }
@media (prefers-color-scheme: dark) { :host { --surface: #161c1b; --ink: #e9efec; --muted: #a3b0ac; --line: #33403c;
  --tint: #232c2a; --warn: #f0b56b; --accent-ink: var(--accent-on-dark); --shadow: 0 18px 50px rgb(0 0 0 / .6); } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; touch-action: manipulation; }
button:disabled { cursor: default; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent-ink); outline-offset: 2px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
svg { display: block; width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.8;
  stroke-linecap: round; stroke-linejoin: round; flex: none; }

.launcher { position: fixed; z-index: 2147483000; bottom: calc(20px + env(safe-area-inset-bottom));
  right: calc(20px + env(safe-area-inset-right)); }
:host([data-position=left]) .launcher { right: auto; left: calc(20px + env(safe-area-inset-left)); }
.bubble { display: grid; place-items: center; width: 60px; height: 60px; border: 0; border-radius: 50%; padding: 0;
  background: var(--accent); color: var(--on-accent); box-shadow: 0 6px 22px rgb(16 32 28 / .32);
  transition: transform .16s ease; }
.bubble:hover { transform: translateY(-2px) scale(1.03); }
.bubble:focus-visible { outline-offset: 3px; }
.bubble svg { width: 28px; height: 28px; }
.badge { position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
  background: #c62f2f; color: #fff; font-size: 12px; font-weight: 700; line-height: 22px; text-align: center;
  box-shadow: 0 0 0 2px var(--surface); pointer-events: none; }

.panel { position: fixed; z-index: 2147483000; bottom: 20px; right: 20px; width: 380px; height: 600px;
  max-width: calc(100vw - 40px); max-height: calc(100vh - 40px); max-height: calc(100dvh - 40px); display: flex;
  flex-direction: column; overflow: hidden; border-radius: 20px; background: var(--surface); color: var(--ink);
  box-shadow: var(--shadow), 0 0 0 1px var(--line); animation: rise .2s cubic-bezier(.2, .8, .3, 1); }
:host([data-position=left]) .panel { right: auto; left: 20px; }
@keyframes rise { from { opacity: 0; transform: translateY(14px) scale(.985); } }
header { display: flex; align-items: center; gap: 8px; padding: 14px 10px 14px 18px; background: var(--accent);
  color: var(--on-accent); }
header :focus-visible { outline-color: currentColor; }
.who { flex: 1; min-width: 0; }
.title, .speaker { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.title { font-size: 16px; font-weight: 650; letter-spacing: -.005em; }
.speaker { display: flex; align-items: center; gap: 6px; font-size: 13px; }
.speaker::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: #6fe0a8; flex: none;
  box-shadow: 0 0 0 1px rgb(0 0 0 / .25); }
:host([data-connection=offline]) .speaker::before, :host([data-owner=queue]) .speaker::before { background: #ffc75f; }
.person { border: 1px solid currentColor; border-radius: 16px; background: none; padding: 4px 11px; min-height: 32px;
  font-size: 13px; font-weight: 550; white-space: nowrap; }
.plain { display: grid; place-items: center; width: 40px; height: 40px; border: 0; border-radius: 50%; padding: 0;
  background: none; flex: none; }
.person:hover, header .plain:hover { background: color-mix(in srgb, currentColor 16%, transparent); }

.scroller { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 18px 14px 10px; scrollbar-width: thin; }
.scroller:focus-visible { outline-offset: -3px; }
.message { display: flex; flex-direction: column; align-items: flex-start; gap: 6px; margin-bottom: 14px; }
.message.joined { margin-bottom: 4px; }
.message.joined > .foot:not(.stuck) { display: none; }
.fresh { animation: appear .18s ease-out; }
@keyframes appear { from { opacity: 0; transform: translateY(6px); } }
.name { font-size: 12px; font-weight: 600; color: var(--muted); padding-left: 4px; margin-bottom: -2px; }
.text { max-width: 86%; padding: 9px 13px; border-radius: 16px 16px 16px 5px; background: var(--tint);
  white-space: pre-wrap; overflow-wrap: anywhere; }
.text a { color: var(--accent-ink); text-underline-offset: 2px; }
[data-author=customer] { align-items: flex-end; }
[data-author=customer] > .text { border-radius: 16px 16px 5px 16px; background: var(--accent); color: var(--on-accent); }
[data-author=customer] > .text a { color: inherit; }
[data-author=agent] > .text { background: var(--surface); box-shadow: inset 0 0 0 1px var(--line); }
[data-author=system] { align-items: center; }
[data-author=system] > .text { max-width: 92%; padding: 2px 8px; background: none; color: var(--muted); font-size: 13px;
  text-align: center; }
[data-author=system] > .foot { display: none; }
.foot { border: 0; background: none; padding: 0 4px; font-size: 12px; line-height: 1.4; color: var(--muted); }
button.foot { min-height: 24px; color: var(--warn); text-decoration: underline; text-underline-offset: 2px; }
[data-delivery] > .text { opacity: .82; }

fieldset { display: flex; flex-wrap: wrap; gap: 7px; min-width: 0; width: 100%; margin: 0; padding: 0; border: 0; }
.choice { min-height: 36px; max-width: 100%; padding: 6px 14px; border: 1.5px solid var(--accent-ink); border-radius: 18px;
  background: var(--surface); color: var(--accent-ink); font-weight: 550; text-align: left; overflow-wrap: anywhere; }
.choice:hover:enabled, .card:is(button):hover:enabled { background: color-mix(in srgb, var(--accent) 9%, var(--surface)); }
.choice:disabled { border-color: var(--line); color: var(--muted); }
.choice.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.choice.main:hover:enabled { background: color-mix(in srgb, var(--accent) 88%, #000); }
.choice.main:disabled { background: var(--tint); border-color: var(--line); color: var(--muted); }
.chosen.chosen:disabled { border-color: var(--accent-ink); color: var(--accent-ink);
  background: color-mix(in srgb, var(--accent) 9%, var(--surface)); }
.cards { display: grid; gap: 7px; width: 100%; }
.cards.compare { grid-template-columns: repeat(auto-fit, minmax(104px, 1fr)); }
.card { display: block; width: 100%; padding: 10px 12px; border: 1px solid var(--line); border-radius: 14px; text-align: left;
  background: var(--surface); color: var(--ink); }
.card:is(button):enabled, .compare .card:enabled { border-color: color-mix(in srgb, var(--accent-ink) 55%, var(--line)); }
.row { display: flex; align-items: center; gap: 11px; width: 100%; }
.row > img { width: 54px; height: 54px; border-radius: 10px; object-fit: cover; background: var(--tint); flex: none; }
.body { flex: 1; min-width: 0; display: block; }
.body > * { display: block; overflow-wrap: anywhere; }
.head { font-weight: 600; line-height: 1.3; }
.more { font-size: 13.5px; color: var(--muted); white-space: pre-line; }
.note { font-size: 13px; color: var(--warn); white-space: pre-line; }
.price { font-weight: 600; font-variant-numeric: tabular-nums; align-self: flex-start; }
.compare .card { padding: 11px 10px; display: flex; flex-direction: column; justify-content: flex-start; }
.compare .more { color: var(--ink); font-weight: 500; }
.compare .note, .status .note { color: var(--muted); }
.status { border-left: 4px solid var(--accent-ink); }
.pick:has(:checked) { border-color: var(--accent-ink); background: color-mix(in srgb, var(--accent) 6%, var(--surface)); }
.pick > label { cursor: pointer; }
fieldset:disabled .pick > label { cursor: default; }
fieldset:disabled .card { opacity: .78; }
input[type=checkbox] { width: 20px; height: 20px; margin: 0; accent-color: var(--accent-ink); flex: none; }
.stepper { display: flex; align-items: center; justify-content: flex-end; gap: 8px; margin-top: 8px; font-size: 14px; }
.stepper button { width: 32px; height: 32px; padding: 0; border: 1px solid var(--line); border-radius: 50%;
  background: var(--surface); font-size: 18px; line-height: 1; }
.stepper button:disabled { color: var(--muted); opacity: .6; }
.stepper output { min-width: 52px; text-align: center; font-variant-numeric: tabular-nums; }
.bar { display: flex; gap: 8px; justify-content: space-between; width: 100%; }

.file { display: flex; align-items: center; gap: 11px; max-width: 86%; padding: 10px 14px; border: 1px solid var(--line);
  border-radius: 14px; color: var(--ink); text-decoration: none; background: var(--surface); }
.file:hover { border-color: var(--accent-ink); }
.file svg { color: var(--accent-ink); width: 26px; height: 26px; }
.file .head { overflow-wrap: anywhere; }
.thumb img { display: block; width: 148px; height: 148px; object-fit: cover; border-radius: 14px; background: var(--tint); }

.typing { display: flex; gap: 4px; width: 56px; padding: 13px 14px; border-radius: 16px 16px 16px 5px; background: var(--tint); }
.typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: blink 1.2s infinite; }
.typing i:nth-child(2) { animation-delay: .18s; }
.typing i:nth-child(3) { animation-delay: .36s; }
@keyframes blink { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; } }
.below { position: relative; }
.pill { position: absolute; bottom: calc(100% + 8px); left: 50%; transform: translateX(-50%); border: 0; border-radius: 16px;
  padding: 6px 14px; background: var(--ink); color: var(--surface); font-size: 13px; font-weight: 600;
  box-shadow: 0 4px 14px rgb(0 0 0 / .25); }
.notice { padding: 8px 16px; background: color-mix(in srgb, #f0b56b 18%, var(--surface)); font-size: 13.5px; }
form { display: flex; align-items: flex-end; gap: 6px; padding: 10px 10px calc(10px + env(safe-area-inset-bottom)) 12px;
  border-top: 1px solid var(--line); }
.field { position: relative; flex: 1; display: flex; }
textarea { width: 100%; height: 42px; max-height: 132px; resize: none; padding: 9px 14px; border: 1px solid var(--line);
  border-radius: 21px; background: var(--tint); font-size: 16px; line-height: 22px; scrollbar-width: thin; }
textarea::placeholder { color: var(--muted); opacity: 1; }
textarea:focus { border-color: var(--accent-ink); box-shadow: 0 0 0 1px var(--accent-ink); outline: none; }
.counter { position: absolute; right: 12px; bottom: calc(100% + 2px); padding: 0 6px; border-radius: 6px; font-size: 12px;
  background: var(--surface); color: var(--muted); font-variant-numeric: tabular-nums; }
form .plain { width: 42px; height: 42px; color: var(--accent-ink); }
form .send { background: var(--accent); color: var(--on-accent); }
form .send:disabled { background: var(--tint); color: var(--muted); }

@media (max-width: 480px), (max-height: 440px) {
  .panel, :host([data-position=left]) .panel { inset: 0; width: auto; max-width: none; height: 100vh; height: 100dvh;
    max-height: none; border-radius: 0; box-shadow: none; }
  header { padding: calc(10px + env(safe-area-inset-top)) calc(8px + env(safe-area-inset-right)) 10px
    calc(16px + env(safe-area-inset-left)); }
  .scroller { padding-left: calc(14px + env(safe-area-inset-left)); padding-right: calc(14px + env(safe-area-inset-right)); }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .text, .typing, .bubble, .send { border: 1px solid; } }
`;

  // ---------------------------------------------------------------- small helpers

  const SVG = "http://www.w3.org/2000/svg";
  const icons = {
    chat: "M21 11.5a8.4 8.4 0 0 1-8.5 8.3 8.7 8.7 0 0 1-3.9-.9L3 20.5l1.7-5.2a8 8 0 0 1-.7-3.8 8.5 8.5 0 0 1 17 0zM8.5 10h7M8.5 13.3h4.5",
    close: "M6 6l12 12M18 6L6 18",
    send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
    file: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M9 13h6M9 16.5h4",
    camera: "M4 8h3.2l1.6-2.5h6.4L16.8 8H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 16.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6z",
  };

  function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", icons[name]);
    svg.append(path);
    return svg;
  }

  /** One element; strings become text nodes, so nothing that a server or a person wrote is ever read as HTML. */
  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child != null && child !== ""));
    return node;
  }

  /** An absolute http(s) address, or null: no other scheme is ever put into the page. */
  function safeAddress(address) {
    try {
      const url = new URL(address, root);
      return /^https?:$/.test(url.protocol) ? url.href : null;
    } catch { return null; }
  }

  function textWithLinks(text) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(/https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/gi)) {
      const href = safeAddress(match[0]);
      if (!href) continue;
      parts.push(text.slice(end, match.index));
      parts.push(element("a", { href, target: "_blank", rel: "noopener noreferrer" }, match[0]));
      end = match.index + match[0].length;
    }
    return [...parts, text.slice(end)];
  }

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID(); // exists on https and localhost only
    const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
    hex[6] = `4${hex[6][1]}`;
    hex[8] = `a${hex[8][1]}`;
    return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function timeFormat(options) {
    try { return new Intl.DateTimeFormat(settings.language, options); } catch { return new Intl.DateTimeFormat("en", options); }
  }
  const clockFormat = timeFormat({ hour: "numeric", minute: "2-digit" });
  const dayFormat = timeFormat({ day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

  function timeElement(created) {
    const date = new Date(created);
    if (Number.isNaN(date.getTime())) return element("span", { class: "foot" });
    const today = date.toDateString() === new Date().toDateString();
    return element("time", { class: "foot", datetime: date.toISOString() }, (today ? clockFormat : dayFormat).format(date));
  }

  const luminance = (rgb) => rgb
    .map((value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  /** The colour moved towards black or white until text in it can be read (WCAG AA, 4.5 to 1). */
  function readable(color, background, towards) {
    for (let share = 0; share < 1; share += 0.05) {
      const mixed = color.map((value) => Math.round(value + (towards - value) * share));
      if (contrast(mixed, background) >= 4.6) return mixed;
    }
    return [towards, towards, towards];
  }

  /** Everything that depends on the shop's colour, as CSS variables on the host. */
  function paint(host) {
    host.style.color = settings.color;
    const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(getComputedStyle(host).color);
    host.style.color = "";
    const accent = found ? found.slice(1).map(Number) : [29, 92, 74];
    const onAccent = contrast(accent, [255, 255, 255]) >= 4.5 ? [255, 255, 255] : [16, 24, 22];
    const colors = { accent, "on-accent": onAccent, "accent-on-light": readable(accent, [240, 244, 242], 0),
      "accent-on-dark": readable(accent, [35, 44, 42], 255) };
    for (const [name, rgb] of Object.entries(colors)) host.style.setProperty(`--${name}`, `rgb(${rgb.join(" ")})`);
  }

  /** localStorage or sessionStorage, or this page's memory where the browser refuses both. */
  class Memory {
    constructor(area, prefix) {
      this.prefix = prefix;
      this.fallback = new Map();
      try { this.area = window[area]; } catch { this.area = null; }
    }
    read(name, otherwise) {
      try {
        const text = this.area.getItem(this.prefix + name);
        return text === null ? otherwise : JSON.parse(text);
      } catch { return this.fallback.has(name) ? this.fallback.get(name) : otherwise; }
    }
    write(name, value) {
      this.fallback.set(name, value);
      try { this.area.setItem(this.prefix + name, JSON.stringify(value)); } catch { /* private mode, or full */ }
    }
  }

  /** Whose conversation it is, so that two customers of one browser never see each other's. Not a proof of anything. */
  function customerName(token) {
    try { return JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub || ""; } catch { return token.slice(-16); }
  }

  /** What the desk (or the network, status 0) refused; `detail` is meant for customers. */
  class Problem extends Error {
    constructor(status, detail, retryAfter) {
      super(detail || (status ? words.trouble : words.unreachable));
      this.status = status;
      this.retryAfter = retryAfter;
      this.permanent = status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status);
    }
  }

  async function request(path, { method = "POST", token, body, seconds = 20 } = {}) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), seconds * 1000);
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body && !(body instanceof FormData)) {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(body);
    }
    try {
      const answer = await fetch(settings.api + path,
        { method, headers, body, signal: abort.signal, cache: "no-store", credentials: "omit" });
      const content = await answer.json().catch(() => null);
      if (answer.ok && content) return content;
      const detail = typeof content?.detail === "string" ? content.detail : "";
      throw new Problem(answer.status < 400 ? 502 : answer.status, detail, Number(answer.headers.get("Retry-After")) || 0);
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0);
    } finally { clearTimeout(timer); }
  }

  // ---------------------------------------------------------------- the conversation (no DOM below this line)

  /** Talks to the desk: one session, one endless receiving loop, one outbox. Tells its `view` what happened. */
  class Conversation {
    constructor(view) {
      const prefix = `returndesk:${root.href}:${customerName(settings.customerToken)}:`;
      this.memory = new Memory("localStorage", prefix);
      this.view = view;
      this.pauses = new Set();
      this.token = this.memory.read("token", null);
      this.running = false;
      this.sendingNow = null;
      this.reset();
    }

    reset() {
      this.messages = new Map(); // by seq
      this.received = 0; // highest seq that came down the stream; an accepted seq does not count, others may lie before it
      this.seen = this.memory.read("seen", 0);
      this.talker = { owner: "bot" };
    }

    get outbox() { return this.memory.read("outbox", []); }
    get shopName() { return settings.title || this.memory.read("shop", "") || words.shop; }
    get hasHistory() { return Boolean(this.token) || this.outbox.length > 0; }

    newest(author) {
      return [...this.messages.values()].filter((message) => message.author === author)
        .reduce((best, message) => (!best || message.seq > best.seq ? message : best), null);
    }

    unread() {
      return [...this.messages.values()]
        .filter((message) => message.seq > this.seen && (message.author === "bot" || message.author === "agent")).length;
    }

    /** Begins on first use and never ends: session, catch up, then WebSocket or long polling, for as long as the page lives. */
    async start() {
      if (this.running) return;
      this.running = true;
      for (const item of this.outbox) this.view.pending(item);
      let failures = 0;
      this.socketFailures = 0;
      for (let polls = 0; ;) {
        try {
          if (!this.token) await this.createSession();
          const polling = this.socketFailures >= 2;
          await this.catchUp(polling && this.online ? LONG_POLL_SECONDS : 0);
          failures = 0;
          if (!polling) await this.listen();
          else if (++polls % POLLS_BEFORE_SOCKET_AGAIN === 0) this.socketFailures = 0;
          if (!polling) await this.pause(300 + Math.random() * 700);
        } catch (problem) {
          if (!(problem instanceof Problem)) console.error("returndesk", problem);
          failures += 1;
          if (problem.status === 401) {
            this.forget(problem.token);
            if (failures < 2) continue;
          }
          this.setOnline(false);
          if (failures > 1 || problem.status) this.view.notice(problem instanceof Problem ? problem.message : words.trouble);
          await this.pause(problem.retryAfter * 1000 || this.backoff(failures));
        }
      }
    }

    async createSession() {
      const session = await request("sessions", { body: {
        language: settings.language, page_url: location.origin + location.pathname,
        customer_token: settings.customerToken || undefined } });
      this.token = session.token;
      this.memory.write("token", session.token);
      this.memory.write("shop", session.shop_name || "");
      this.view.talkerChanged();
      this.receive(session.messages || []);
    }

    async catchUp(wait) {
      const token = this.token;
      let state;
      try {
        state = await request(`messages?after=${this.received}&wait=${wait}`, { method: "GET", token, seconds: wait + 20 });
      } catch (problem) { problem.token = token; throw problem; }
      if (token !== this.token) return;
      this.receive(state.messages || []);
      this.setTalker(state);
      this.view.typing(Boolean(state.typing));
      this.setOnline(true);
    }

    /** One WebSocket, from its opening to its end. Never throws; counts sockets that could not be used. */
    listen() {
      return new Promise((done) => {
        let socket, watchdog, useful = false, pings = false;
        const finish = () => {
          clearTimeout(watchdog);
          this.socket = null;
          this.socketFailures = useful ? 0 : this.socketFailures + 1;
          done();
        };
        const watch = () => {
          clearTimeout(watchdog);
          if (pings) watchdog = setTimeout(() => socket.close(), SILENCE_LIMIT);
        };
        try {
          const address = `${settings.api.replace(/^http/, "ws")}ws?token=${encodeURIComponent(this.token)}&after=${this.received}`;
          socket = this.socket = new WebSocket(address);
        } catch { finish(); return; }
        watchdog = setTimeout(() => socket.close(), 10_000);
        socket.onopen = () => {
          clearTimeout(watchdog);
          setTimeout(() => { useful ||= socket.readyState === WebSocket.OPEN; }, 3000);
          this.setOnline(true);
          this.tellSeen(true);
        };
        socket.onmessage = (frame) => {
          useful = true;
          let event;
          try { event = JSON.parse(frame.data); } catch { return; }
          pings ||= event.type === "ping";
          watch();
          if (event.type === "message") this.receive([event.message]);
          else if (event.type === "typing") this.view.typing(event.on);
          else if (event.type === "owner") this.setTalker(event);
        };
        socket.onclose = finish;
      });
    }

    tell(event) {
      if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(event));
    }

    /** Stores how far the customer has read; `again` repeats it to a new socket. */
    tellSeen(again) {
      const last = Math.max(this.received, this.seen);
      if (!this.view.isRead() || (last === this.seen && !again)) return;
      this.seen = last;
      this.memory.write("seen", last);
      this.tell({ type: "seen", seq: last });
    }

    receive(messages) {
      const fresh = [];
      for (const message of messages) {
        if (!Number.isInteger(message?.seq)) continue;
        this.received = Math.max(this.received, message.seq);
        if (this.messages.has(message.seq)) continue;
        this.messages.set(message.seq, message);
        fresh.push(message);
      }
      if (!fresh.length) return;
      this.view.show(fresh.sort((a, b) => a.seq - b.seq));
      this.tellSeen();
    }

    setTalker({ owner, agent_name: name, queue_position: place }) {
      if (!owner) return;
      this.talker = { owner, name, place };
      this.view.talkerChanged();
    }

    setOnline(online) {
      if (online && !this.online) this.retry();
      this.online = online;
      this.view.connectionChanged(online);
      if (online) { this.view.notice(""); this.flush(); }
    }

    /** The desk no longer knows this token: another tab may have a newer one, else a new session begins. Unsent text stays. */
    forget(refused) {
      if (refused && refused !== this.token) return; // already replaced
      const stored = this.memory.read("token", null);
      this.token = stored === this.token ? null : stored;
      this.memory.write("token", this.token);
      this.memory.write("seen", 0);
      this.memory.write("outbox", this.outbox.map(({ payload, ...item }) => item)); // old button tokens mean nothing now
      this.reset();
      this.view.clear();
      for (const item of this.outbox) this.view.pending(item);
      this.socket?.close();
    }

    // -- sending

    send(text, payload) {
      const item = { id: newId(), text, payload, created_at: new Date().toISOString() };
      this.memory.write("outbox", [...this.outbox, item]);
      if (this.running) this.view.pending(item);
      this.start();
      this.flush();
      return item.id;
    }

    /** Sends the outbox in order, each until it is acknowledged; the same id twice is one message to the desk. */
    async flush() {
      if (this.flushing || !this.token) return;
      this.flushing = true;
      for (let tries = 0; this.token && this.outbox.length;) {
        const item = this.sendingNow = this.outbox[0];
        const token = this.token;
        try {
          const body = { client_message_id: item.id, ...(item.payload ? { payload: item.payload } : { text: item.text }) };
          const { accepted, messages } = await request("messages", { token, body });
          tries = 0;
          this.drop(item.id);
          this.accept(item, accepted, messages || []);
        } catch (problem) {
          if (problem.status === 401) { this.forget(token); this.retry(); break; }
          if (problem.permanent) {
            this.drop(item.id);
            this.view.refused(item, problem.message);
            tries = 0;
            continue;
          }
          tries += 1;
          if (tries >= VISIBLE_FAILURE_AFTER || problem.status === 429) this.view.failing(item.id, problem.status ? problem.message : "");
          await this.pause(problem.retryAfter * 1000 || this.backoff(tries));
          this.view.retrying(item.id);
        }
      }
      this.sendingNow = null;
      this.flushing = false;
    }

    drop(id) { this.memory.write("outbox", this.outbox.filter((item) => item.id !== id)); }

    accept(item, accepted, messages) {
      const known = this.messages.get(accepted.seq);
      if (!known) {
        this.messages.set(accepted.seq, { ...item, seq: accepted.seq, id: accepted.id, author: "customer" });
      }
      this.view.accepted(item.id, accepted.seq);
      for (const message of messages.filter(({ seq }) => !this.messages.has(seq))) {
        this.messages.set(message.seq, message);
        this.view.show([message]);
      }
    }

    async sendPicture(file) {
      const body = new FormData();
      body.append("client_message_id", newId());
      body.append("file", file);
      await request("attachments", { token: this.token, body, seconds: 120 });
    }

    // -- waiting

    backoff(tries) { return Math.min(30_000, 500 * 2 ** Math.min(tries, 6)) * (0.7 + Math.random() * 0.6); }

    pause(milliseconds) {
      return new Promise((done) => {
        const end = () => { clearTimeout(timer); this.pauses.delete(end); done(); };
        const timer = setTimeout(end, milliseconds || 1000);
        this.pauses.add(end);
      });
    }

    /** Ends every wait at once: the network is back, the page is visible again, or the customer tapped "retry". */
    retry() { for (const end of [...this.pauses]) end(); }
  }

  // ---------------------------------------------------------------- messages on the screen

  /** A picture element or nothing. */
  function picture(address) {
    const src = address && safeAddress(address);
    return src ? element("img", { src, alt: "", loading: "lazy" }) : null;
  }

  function cardBody({ title, text, note }) {
    return element("span", { class: "body" }, element("span", { class: "head" }, title || ""),
      text ? element("span", { class: "more" }, text) : null, note ? element("span", { class: "note" }, note) : null);
  }

  function itemRow(card, ...before) {
    return [...before, picture(card.image_url), cardBody(card), card.price ? element("span", { class: "price" }, card.price) : null];
  }

  function cardElement(card, press) {
    const isItem = card.kind === "item";
    const content = isItem ? [element("span", { class: "row" }, ...itemRow(card))] : [cardBody(card)];
    const classes = card.kind === "return" ? "card status" : "card";
    if (!card.payload) return element("div", { class: classes }, ...content);
    return element("button", { type: "button", class: classes, onclick: (event) => press(card.title, card.payload, event.currentTarget) }, ...content);
  }

  /** One row of a multiple choice: checkbox, and a stepper where more than one piece can be chosen. */
  function pickElement(card, changed) {
    const most = Math.max(1, Number(card.max_quantity) || 1);
    const box = element("input", { type: "checkbox", onchange: () => set(box.checked, 1) });
    const shown = element("output");
    const fewer = element("button", { type: "button", "aria-label": words.fewer(card.title), onclick: () => set(true, pick.count - 1) }, "−");
    const more = element("button", { type: "button", "aria-label": words.more(card.title), onclick: () => set(true, pick.count + 1) }, "+");
    const stepper = element("div", { class: "stepper", hidden: true }, fewer, shown, more);
    const node = element("div", { class: "card pick", "data-title": card.title },
      element("label", { class: "row" }, ...itemRow(card, box)), stepper);
    const pick = { node, card, most, count: 0, set };
    function set(checked, count) {
      pick.count = checked ? Math.min(most, Math.max(1, count)) : 0;
      box.checked = checked;
      stepper.hidden = !checked || most === 1;
      shown.textContent = words.quantity(pick.count, most);
      if (fewer.getRootNode().activeElement === (pick.count <= 1 ? fewer : pick.count >= most && more)) box.focus();
      fewer.disabled = pick.count <= 1;
      more.disabled = pick.count >= most;
      changed();
    }
    return pick;
  }

  function multipleChoice(cards, press) {
    const changed = () => {
      go.disabled = !picks.some((pick) => pick.count);
      all.textContent = picks.every((pick) => pick.count === pick.most) ? words.selectNone : words.selectAll;
    };
    const picks = [];
    const rows = cards.map((card) => {
      if (!card.payload) return cardElement(card);
      picks.push(pickElement(card, changed));
      return picks.at(-1).node;
    });
    const all = element("button", { type: "button", class: "choice", onclick: () => {
      const everything = !picks.every((pick) => pick.count === pick.most);
      for (const pick of picks) pick.set(everything, pick.most);
    } }, words.selectAll);
    const go = element("button", { type: "button", class: "choice main", disabled: true, onclick: () => {
      const chosen = picks.filter((pick) => pick.count);
      press(chosen.map(({ card, count }) => (count > 1 ? `${count} × ${card.title}` : card.title)).join(", "),
        chosen.map(({ card, count }) => `${card.payload}*${count}`).join(" "), go);
    } }, words.next);
    return [element("div", { class: "cards" }, ...rows), picks.length ? element("div", { class: "bar" }, all, go) : null];
  }

  /** Cards and buttons of a message in one fieldset, which is live or dead as a whole; null when there are none. */
  function controls({ cards = [], buttons = [], expects }, press) {
    cards = cards || [];
    buttons = buttons || [];
    if (!cards.length && !buttons.length) return null;
    const multiple = expects?.input === "choices" && cards.some((card) => card.payload);
    const compare = cards.length > 1 && cards.every((card) => card.kind === "option");
    const shown = multiple ? multipleChoice(cards, press)
      : cards.length ? [element("div", { class: compare ? "cards compare" : "cards" }, ...cards.map((card) => cardElement(card, press)))] : [];
    return element("fieldset", { role: "group", "aria-label": words.choices }, ...shown.filter(Boolean),
      ...buttons.map(({ title, payload }) => element("button",
        { type: "button", class: "choice", onclick: (event) => press(title, payload, event.currentTarget) }, title)));
  }

  function attachmentElement({ url, media_type: type = "", name }) {
    const href = safeAddress(url);
    if (!href) return null;
    const target = { href, target: "_blank", rel: "noopener noreferrer", "data-attachment": name || "" };
    if (type.startsWith("image/")) {
      return element("a", { ...target, class: "thumb", "aria-label": `${name || type}, ${words.opens}` }, picture(url));
    }
    return element("a", { ...target, class: "file" }, icon("file"), element("span", { class: "body" },
      element("span", { class: "head" }, name || href),
      element("span", { class: "more" }, `${(type.split("/")[1] || "").toUpperCase()}, ${words.opens}`.replace(/^, /, ""))));
  }

  function speakerName(message) {
    return { customer: words.you, bot: words.assistant, agent: message.agent_name || words.assistant }[message.author] || "";
  }

  function messageElement(message, press) {
    const name = speakerName(message);
    return element("div", { class: "message", "data-author": message.author, "data-seq": message.seq },
      name ? element("span", { class: message.author === "agent" ? "name" : "sr" }, message.author === "agent" ? name : `${name}: `) : null,
      message.text ? element("div", { class: "text", dir: "auto" }, ...textWithLinks(message.text)) : null,
      ...(message.attachments || []).map(attachmentElement), controls(message, press), timeElement(message.created_at));
  }

  // ---------------------------------------------------------------- the element

  class ReturndeskChat extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const shadow = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet(); // not a <style>: works under a strict Content-Security-Policy
      sheet.replaceSync(style);
      shadow.adoptedStyleSheets = [sheet];
      this.lang = settings.language;
      this.dataset.position = settings.position;
      this.dataset.state = "closed";
      this.dataset.connection = "offline";
      this.session = new Memory("sessionStorage", "returndesk:");
      this.answered = new Set(); // seqs whose buttons were used
      this.build(shadow);
      paint(this);
      this.conversation = new Conversation(this);
      this.talkerChanged();
      this.listenToPage();
      this.input.value = this.session.read("draft", "");
      this.inputChanged();
      // The next page goes on where the last one was; on a phone the panel would cover the page that was asked for.
      if (this.session.read("open", false) && !this.isPhone()) this.open(false);
      else if (this.conversation.hasHistory) this.conversation.start();
    }

    build(shadow) {
      const button = (name, label, attributes, ...content) =>
        element("button", { type: "button", class: name, "aria-label": label, ...attributes }, ...content);
      this.bubble = button("bubble", words.open, { "aria-describedby": "unread", "aria-haspopup": "dialog", onclick: () => this.open() }, icon("chat"));
      this.badge = element("span", { class: "badge", id: "unread", role: "status", hidden: true });
      this.launcher = element("div", { class: "launcher" }, this.bubble, this.badge);

      this.heading = element("div", { class: "title" });
      this.speaker = element("div", { class: "speaker" });
      this.person = element("button", { type: "button", class: "person", onclick: () => this.say(words.askPerson) }, words.person);
      const header = element("header", {}, element("div", { class: "who" }, this.heading, this.speaker), this.person,
        button("plain", words.close, { onclick: () => this.close() }, icon("close")));

      this.log = element("div", { role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": words.conversation });
      this.dots = element("div", { class: "typing", hidden: true, "aria-hidden": "true" }, element("i"), element("i"), element("i"));
      this.scroller = element("div", { class: "scroller", tabindex: "0", onscroll: () => this.scrolled() }, this.log, this.dots);

      this.pill = element("button", { type: "button", class: "pill", hidden: true, onclick: () => this.toBottom() }, words.newMessages);
      this.bar = element("div", { class: "notice", role: "alert", hidden: true });
      this.chooser = element("input", { type: "file", accept: "image/*,application/pdf", hidden: true, onchange: () => this.pictureChosen() });
      this.camera = button("plain", words.picture, { hidden: true, onclick: () => this.chooser.click() }, icon("camera"));
      this.input = element("textarea", { "aria-label": words.message, placeholder: words.write, rows: "1", maxlength: TEXT_LIMIT,
        enterkeyhint: "send", oninput: () => this.inputChanged(true), onkeydown: (event) => this.keyInInput(event) });
      this.counter = element("span", { class: "counter", role: "status", hidden: true });
      this.sendButton = button("plain send", words.send, { type: "submit", disabled: true }, icon("send"));
      const form = element("form", { onsubmit: (event) => { event.preventDefault(); this.submit(); } },
        this.chooser, this.camera, element("div", { class: "field" }, this.input, this.counter), this.sendButton);
      this.panel = element("section", { class: "panel", role: "dialog", tabindex: "-1", hidden: true,
        onkeydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); this.close(); } } },
      header, this.scroller, element("div", { class: "below" }, this.pill, this.bar, form));
      shadow.append(this.launcher, this.panel);
    }

    listenToPage() {
      window.addEventListener("online", () => this.conversation.retry());
      document.addEventListener("visibilitychange", () => {
        if (document.hidden) return;
        this.conversation.retry();
        this.conversation.tellSeen();
      });
      // On phones the keyboard covers the page without resizing it: the panel follows the part that can be seen.
      const seen = window.visualViewport;
      const fit = () => {
        const covered = this.isPhone() && seen.scale === 1;
        this.panel.style.height = covered ? `${seen.height}px` : "";
        this.panel.style.top = covered ? `${seen.offsetTop}px` : "";
        if (this.sticky) this.toBottom();
      };
      seen?.addEventListener("resize", fit);
      seen?.addEventListener("scroll", fit);
    }

    isPhone() { return matchMedia("(max-width: 480px), (max-height: 440px)").matches; }
    isOpen() { return this.dataset.state === "open"; }
    isRead() { return this.isOpen() && !document.hidden; }

    open(takeFocus = true) {
      if (!this.isOpen()) {
        this.dataset.state = "open";
        this.session.write("open", true);
        this.panel.hidden = false;
        this.launcher.hidden = true;
        this.conversation.start();
        this.conversation.tellSeen();
        this.updateUnread();
        this.inputChanged();
        this.toBottom();
      }
      if (takeFocus) this.focusInput();
    }

    close() {
      if (!this.isOpen()) return;
      this.dataset.state = "closed";
      this.session.write("open", false);
      this.panel.hidden = true;
      this.launcher.hidden = false;
      this.updateUnread();
      this.bubble.focus();
    }

    /** On a touch screen the input would call the keyboard over what was just said. */
    focusInput() { (matchMedia("(pointer: coarse)").matches ? this.panel : this.input).focus({ preventScroll: true }); }

    // -- what the customer does

    say(text) {
      const trimmed = String(text).trim();
      if (trimmed) this.conversation.send(trimmed);
    }

    submit() {
      if (!this.input.value.trim()) return;
      this.say(this.input.value);
      this.input.value = "";
      this.inputChanged(true);
      this.typingTold(false);
    }

    keyInInput(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    }

    inputChanged(typed) {
      const { value } = this.input;
      this.sendButton.disabled = !value.trim();
      this.counter.hidden = value.length < TEXT_LIMIT * 0.9;
      this.counter.textContent = this.counter.hidden ? "" : `${value.length} / ${TEXT_LIMIT}`;
      this.input.style.height = "auto";
      this.input.style.height = `${Math.min(132, Math.max(42, this.input.scrollHeight + 2))}px`;
      if (!typed) return;
      this.session.write("draft", value);
      this.typingTold(Boolean(value.trim()));
    }

    typingTold(on) {
      clearTimeout(this.idle);
      if (on) this.idle = setTimeout(() => this.typingTold(false), 4000);
      if (on !== this.told) this.conversation.tell({ type: "typing", on });
      this.told = on;
    }

    press(seq, title, payload, button) {
      if (this.answered.has(seq)) return;
      this.answered.add(seq);
      button.classList.add("chosen");
      this.updateLive();
      this.conversation.send(title, payload);
      this.focusInput();
    }

    async pictureChosen() {
      const [file] = this.chooser.files;
      this.chooser.value = "";
      if (!file) return;
      if (file.size > FILE_LIMIT) { this.notice(words.tooLarge); return; }
      this.notice(words.sendingPicture);
      try {
        await this.conversation.sendPicture(file);
        this.notice("");
      } catch (problem) { this.notice(problem.message); }
    }

    // -- what the conversation reports

    show(messages) {
      // A whole history is not read out; what comes afterwards is, each message once.
      const history = messages.length > 3;
      if (history) this.log.setAttribute("aria-live", "off");
      const own = messages.some((message) => message.author === "customer");
      for (const message of messages) if (!this.adoptPending(message)) this.insert(message, !history);
      if (history) setTimeout(() => this.log.setAttribute("aria-live", "polite"), 200);
      if (messages.some((message) => message.author === "bot" || message.author === "agent")) this.typing(false);
      this.changed(own);
    }

    insert(message, fresh) {
      const node = messageElement(message, (...pressed) => this.press(message.seq, ...pressed));
      if (fresh) node.classList.add("fresh");
      this.log.insertBefore(node, this.following(message.seq));
    }

    /** The first node that belongs after this seq: what is not accepted yet has no seq and stays last. */
    following(seq, except) {
      let place = null;
      for (let node = this.log.lastElementChild; node; node = node.previousElementSibling) {
        if (node === except) continue;
        if (Number(node.dataset.seq || Infinity) <= seq) break;
        place = node;
      }
      return place;
    }

    nodeOf(seq) { return this.log.querySelector(`[data-seq="${Number(seq)}"]`); }
    pendingNode(id) { return this.log.querySelector(`[data-client-id="${id}"]`); }

    pending(item) {
      const node = messageElement({ ...item, author: "customer" });
      node.classList.add("fresh");
      node.dataset.clientId = item.id;
      this.log.append(node);
      this.setDelivery(node, "sending", words.sending);
      this.changed(true);
    }

    /** The desk's own copy of something that is already shown as "sending": the same node becomes that message. */
    adoptPending(message) {
      if (message.author !== "customer") return false;
      const waiting = this.conversation.sendingNow;
      const id = [message.client_message_id, message.id].find((candidate) => candidate && this.isPending(candidate))
        || (waiting && waiting.text === message.text && this.isPending(waiting.id) ? waiting.id : null);
      if (!id) return false;
      const node = this.pendingNode(id);
      const text = node.querySelector(".text");
      if (text && message.text && text.textContent !== message.text) text.replaceChildren(...textWithLinks(message.text));
      this.accepted(id, message.seq);
      return true;
    }

    isPending(id) { return Boolean(this.log.querySelector(`[data-client-id="${CSS.escape(String(id))}"][data-delivery]`)); }

    accepted(id, seq) {
      const node = this.pendingNode(id);
      if (!node || node.dataset.seq) return;
      const double = this.nodeOf(seq);
      if (double) node.remove();
      else {
        node.dataset.seq = seq;
        this.setDelivery(node, "");
        const place = this.following(seq, node);
        if (place !== node.nextElementSibling) this.log.insertBefore(node, place); // moved only if needed: moving is announced again
      }
      this.changed();
    }

    setDelivery(node, state, label, retry) {
      const own = node.querySelector(".foot.stuck");
      own?.remove();
      const time = node.querySelector("time.foot");
      if (time) time.hidden = Boolean(state);
      if (!state) { delete node.dataset.delivery; return; }
      node.dataset.delivery = state;
      node.append(retry ? element("button", { type: "button", class: "foot stuck", onclick: retry }, label)
        : element("span", { class: "foot stuck" }, label));
    }

    failing(id, detail) {
      const node = this.pendingNode(id);
      if (node) this.setDelivery(node, "failed", words.notSent, () => this.conversation.retry());
      if (detail) this.notice(detail);
    }

    retrying(id) {
      const node = this.pendingNode(id);
      if (node && node.dataset.delivery === "failed") this.setDelivery(node, "sending", words.sending);
    }

    refused(item, detail) {
      const node = this.pendingNode(item.id);
      if (node) this.setDelivery(node, "refused", words.refused);
      this.notice(detail);
      if (item.payload) {
        this.answered.delete(this.conversation.newest("bot")?.seq);
        this.updateLive();
      } else if (!this.input.value) {
        this.input.value = item.text; // to be changed and sent again
        this.inputChanged(true);
      }
    }

    clear() {
      this.log.replaceChildren();
      this.answered.clear();
      this.typing(false);
      this.changed();
    }

    notice(text) {
      if (this.bar.textContent === text) return;
      this.bar.textContent = text;
      this.bar.hidden = !text;
    }

    typing(on) {
      clearTimeout(this.typingTimer);
      this.dots.hidden = !on;
      if (!on) return;
      this.typingTimer = setTimeout(() => this.typing(false), TYPING_LIMIT);
      if (this.sticky) this.toBottom();
    }

    connectionChanged(online) {
      this.dataset.connection = online ? "online" : "offline";
      this.talkerChanged();
    }

    talkerChanged() {
      const { conversation } = this;
      const { owner, name, place } = conversation.talker;
      this.dataset.owner = owner;
      this.heading.textContent = conversation.shopName;
      this.panel.setAttribute("aria-label", words.chatWith(conversation.shopName));
      const who = { queue: words.waiting(place), agent: name || words.assistant }[owner] || words.assistant;
      const lost = conversation.running && this.dataset.connection === "offline" && conversation.messages.size > 0;
      this.speaker.textContent = lost ? words.reconnecting : who;
      this.person.hidden = owner !== "bot";
    }

    // -- keeping the screen right

    changed(own) {
      this.updateGroups();
      this.updateLive();
      this.updateKeyboard();
      this.updateUnread();
      if (own || this.sticky !== false) this.toBottom();
      else this.pill.hidden = false;
    }

    /** Messages of one author within three minutes stand together and share one time stamp. */
    updateGroups() {
      const nodes = [...this.log.children];
      const when = (node) => Date.parse(node.querySelector("time")?.dateTime || "") || 0;
      nodes.forEach((node, index) => {
        const next = nodes[index + 1];
        const together = next && next.dataset.author === node.dataset.author && Math.abs(when(next) - when(node)) < 180_000;
        node.classList.toggle("joined", Boolean(together));
        const name = next?.querySelector(".name");
        if (name) name.hidden = Boolean(together) && name.textContent === node.querySelector(".name")?.textContent;
      });
    }

    /** Only the newest bot message can be answered by button, and only once. */
    updateLive() {
      const newest = this.conversation.newest("bot");
      for (const group of this.log.querySelectorAll("fieldset")) {
        const seq = Number(group.parentElement.dataset.seq);
        group.disabled = !newest || seq !== newest.seq || this.answered.has(seq) || this.wasAnswered(newest);
      }
    }

    wasAnswered({ seq, buttons, cards }) {
      const titles = [...(buttons || []), ...(cards || [])].map(({ title }) => title);
      return [...this.conversation.messages.values()]
        .some((message) => message.author === "customer" && message.seq > seq && titles.includes(message.text));
    }

    updateKeyboard() {
      const asked = this.conversation.newest("bot")?.expects?.input;
      this.input.inputMode = { email: "email", number: "numeric" }[asked] || "text";
      this.camera.hidden = asked !== "photo";
    }

    updateUnread() {
      const count = this.isOpen() ? 0 : this.conversation.unread();
      if (this.badge.dataset.count === String(count)) return;
      this.badge.dataset.count = count;
      this.badge.hidden = !count;
      this.badge.replaceChildren(...(count ? [element("span", { "aria-hidden": "true" }, count > 9 ? "9+" : String(count)),
        element("span", { class: "sr" }, words.unread(count))] : []));
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
  const waiting = [];
  const ready = (task) => (chat.isConnected ? task() : waiting.push(task));
  const attach = () => {
    document.body.append(chat);
    for (const task of waiting.splice(0)) task();
  };
  window.returndesk = {
    open: () => ready(() => chat.open()),
    close: () => ready(() => chat.close()),
    send: (text) => ready(() => { chat.open(); chat.say(text); }),
  };
  if (document.body) attach();
  else document.addEventListener("DOMContentLoaded", attach);
})();
