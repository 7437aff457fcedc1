// Keys, theme, sound, desktop notices and the short lines at the lower edge. No text is ever set as HTML.
"use strict";

(() => {
  const facts = window.returndeskFacts;
  const sequence = { first: "", timer: 0 };
  const titles = { base: document.title, count: 0 };
  const LONGEST_PAUSE = 1200; // between the two keys of "g q", in milliseconds
  const themes = ["auto", "light", "dark"];
  const themeNames = { auto: "automatic", light: "light", dark: "dark" };
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);

  const $ = (selector) => document.querySelector(selector);
  const make = (name, classes, text) => Object.assign(document.createElement(name), { className: classes, textContent: text ?? "" });
  const keep = (values) => {
    Object.assign(facts, values);
    emitEvent("returndesk_preference", values);
  };

  // ---- short lines

  function says() {
    let region = $(".says");
    if (!region) {
      region = make("div", "says");
      region.setAttribute("role", "status");
      document.body.append(region);
    }
    return region;
  }

  function say(text, kind = "info", link = null) {
    const line = make("div", `say ${kind}`);
    line.append(make("span", "", text));
    if (link) line.append(Object.assign(make("a", "", "Open"), { href: link }));
    const close = Object.assign(make("button", "", "×"), { type: "button" });
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => line.remove());
    line.append(close);
    const region = says();
    region.append(line);
    while (region.children.length > 4) region.firstChild.remove();
    let left = kind === "bad" ? 12 : 7; // seconds; not while the pointer rests on it
    const timer = setInterval(() => {
      if (!line.matches(":hover, :focus-within")) left -= 1;
      if (left <= 0 || !line.isConnected) {
        clearInterval(timer);
        line.remove();
      }
    }, 1000);
    return line;
  }

  // ---- new work

  function tone() {
    const audio = new AudioContext();
    const volume = audio.createGain();
    volume.connect(audio.destination);
    const start = audio.currentTime + 0.02;
    for (const [offset, pitch] of [[0, 587.3], [0.13, 880]]) {
      const voice = audio.createOscillator();
      voice.frequency.value = pitch;
      voice.connect(volume);
      voice.start(start + offset);
      voice.stop(start + offset + 0.22);
    }
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.4);
    setTimeout(() => audio.close(), 800);
  }

  const heard = `returndesk.heard.${facts.agent}`;
  let calls = []; // what calls on this page now: its alerts, its line, and its desktop notice

  // Of all tabs of this agent, the first one that gets here speaks; the lock makes looking and writing one step.
  async function alerts(fresh) {
    const mine = await locked(() => {
      const last = Number(localStorage.getItem(heard) ?? 0);
      const unheard = fresh.filter((alert) => alert.id > last);
      if (unheard.length) localStorage.setItem(heard, String(unheard.at(-1).id));
      return unheard;
    });
    const work = mine.filter((alert) => !alert.quiet);
    if (!work.length) return;
    if (facts.sound) tone();
    const newest = work.at(-1);
    const text = inWords(work);
    const line = say(text, "work", `/c/${newest.conversation}`);
    const wanted = facts.notices && document.hidden && window.Notification?.permission === "granted";
    calls.push({ work, line, notice: wanted ? notify(text, newest) : null });
  }

  const inWords = (work) => (work.length === 1 ? work[0].text : `${work.length} new calls. ${work.at(-1).text}`);

  // What a colleague has taken meanwhile calls nobody any more.
  function answered(ids) {
    const over = new Set(ids);
    for (const call of calls) {
      const left = call.work.filter((alert) => !over.has(alert.id));
      if (left.length === call.work.length) continue;
      call.work = left;
      call.notice?.close();
      if (left.length) {
        call.line.querySelector("span").textContent = inWords(left);
        call.line.querySelector("a").href = `/c/${left.at(-1).conversation}`;
      } else call.line.remove();
    }
    calls = calls.filter((call) => call.work.length && (call.line.isConnected || call.notice));
  }

  function locked(act) {
    return navigator.locks ? navigator.locks.request(heard, act) : Promise.resolve(act());
  }

  function notify(text, alert) {
    const notice = new Notification("returndesk", { body: text, tag: `returndesk-${alert.id}` });
    notice.onclick = () => {
      window.focus();
      location.assign(`/c/${alert.conversation}`);
    };
    return notice;
  }

  function count(waiting) {
    titles.count = waiting;
    document.title = waiting ? `(${waiting}) ${titles.base}` : titles.base;
  }

  // Bell: off, sound, or sound and desktop notices; the browser's permission is asked for here and nowhere else.
  async function changeSound() {
    if (!facts.sound) {
      keep({ sound: true, notices: false });
      tone();
      say("Sound for new work is on. Press the bell again for desktop notices as well.");
    } else if (!facts.notices && !asking && (await mayNotify())) {
      keep({ notices: true });
      say("Sound and desktop notices are on, for when this page is in the background.");
    } else {
      const refused = !facts.notices && window.Notification?.permission === "denied";
      keep({ sound: false, notices: false });
      say(refused ? "Your browser does not allow desktop notices here; sound is off now." : "Sound and desktop notices are off.");
    }
    showSound();
  }

  let asking = false;

  // The browser's question may stay unanswered; a second press then means off.
  async function mayNotify() {
    if (!window.Notification || Notification.permission === "denied") return false;
    if (Notification.permission === "granted") return true;
    asking = true;
    say("Your browser asks whether this page may show notices. Press the bell again for no sound at all.");
    const answer = await Notification.requestPermission();
    const wanted = asking && facts.sound;
    asking = false;
    return wanted && answer === "granted";
  }

  function showSound() {
    const button = $(".bar-sound");
    if (!button) return;
    const state = facts.notices ? "sound and desktop notices" : facts.sound ? "sound" : "off";
    button.title = `New work: ${state}. Press to change.`;
    button.setAttribute("aria-label", button.title);
    button.firstElementChild.className = `icon icon-sound-${facts.sound ? "on" : "off"}`;
  }

  // ---- theme

  function showTheme() {
    document.documentElement.dataset.theme = facts.theme;
    const button = $(".bar-theme");
    if (!button) return;
    button.title = `Theme: ${themeNames[facts.theme]}. Press to change.`;
    button.setAttribute("aria-label", button.title);
    button.firstElementChild.className = `icon icon-${facts.theme === "auto" ? "theme" : facts.theme}`;
  }

  function changeTheme() {
    keep({ theme: themes[(themes.indexOf(facts.theme) + 1) % themes.length] });
    showTheme();
  }

  // ---- keys

  const byKeys = new Map(facts.keys.map((key) => [key.keys.toLowerCase(), key.act]));
  const openers = new Set(facts.keys.filter((key) => key.keys.includes(" ")).map((key) => key.keys.split(" ")[0]));

  function isWriting(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function nameOf(event) {
    const control = mac ? event.metaKey || event.ctrlKey : event.ctrlKey;
    const name = event.key === "Escape" ? "esc" : event.key.toLowerCase();
    return control ? `ctrl+${name}` : name;
  }

  function pressed(event) {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const name = nameOf(event);
    const free = !isWriting(event.target) && !$("dialog[open], .q-dialog");
    if (name === "ctrl+k") return act("search", event);
    if (name === "esc") return leave(event);
    if (!free || event.ctrlKey || event.metaKey) return;
    if (name === "arrowdown" || name === "arrowup") {
      if (event.target.closest("[data-line]")) act(name === "arrowdown" ? "down" : "up", event);
      return;
    }
    const whole = sequence.first ? `${sequence.first} ${name}` : name;
    forget();
    if (byKeys.has(whole)) return act(byKeys.get(whole), event);
    if (openers.has(name)) {
      sequence.first = name;
      sequence.timer = setTimeout(forget, LONGEST_PAUSE);
      event.preventDefault();
    }
  }

  function forget() {
    clearTimeout(sequence.timer);
    sequence.first = "";
  }

  function leave(event) {
    if ($("dialog[open], .q-dialog")) return;
    if (isWriting(event.target)) return event.target.blur();
    emitEvent("returndesk_key", "close");
  }

  const here = {
    help: () => $("#keys").showModal(),
    search: () => $(".bar-search input").select(),
    up: () => move(-1),
    down: () => move(1),
    go_queue: () => (location.pathname === "/" || location.pathname.startsWith("/c/") ? toServer("go_queue") : location.assign("/")),
    go_supervisor: () => $('.bar-page[href="/supervisor"]')?.click(),
  };

  const toServer = (name) => emitEvent("returndesk_key", name);

  function act(name, event) {
    event.preventDefault();
    (here[name] ?? (() => toServer(name)))();
  }

  function move(step) {
    const lines = [...document.querySelectorAll("[data-line]")];
    if (!lines.length) return;
    const at = lines.indexOf(document.activeElement);
    const open = lines.findIndex((line) => line.getAttribute("aria-current") === "true");
    const from = at >= 0 ? at : open;
    const to = from < 0 ? (step > 0 ? 0 : lines.length - 1) : Math.min(Math.max(from + step, 0), lines.length - 1);
    lines[to].focus({ preventScroll: true });
    lines[to].scrollIntoView({ block: "nearest" });
  }

  function toList() {
    document.querySelector("[data-line]")?.focus();
  }

  // ---- address and session

  function address(path) {
    if (location.pathname !== path) history.pushState({}, "", path);
  }

  // Everything is asked anew: the door sends whoever is no longer signed in to the sign-in page.
  function leavePage() {
    location.assign(`/sign-in?ended=true&next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  async function checkSession() {
    try {
      const answer = await fetch("/session", { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.status === 401) leavePage();
    } catch {
      // the console itself is away; NiceGUI says so and keeps trying
    }
  }

  function begin() {
    showTheme();
    showSound();
    document.addEventListener("keydown", pressed);
    document.addEventListener("click", (event) => {
      const target = event.target.closest?.("button");
      if (!target) return;
      if (target.matches(".bar-theme")) changeTheme();
      else if (target.matches(".bar-sound")) changeSound();
      else if (target.matches(".bar-keys")) here.help();
      else if (target.matches(".sheet-close")) $("#keys").close();
    });
    document.addEventListener("submit", (event) => {
      if (event.target.matches(".bar-me")) channel?.postMessage("signed out");
    });
    window.addEventListener("popstate", () => emitEvent("returndesk_address", location.pathname));
    window.socket?.on("connect_error", checkSession);
  }

  // Whoever signs out in one tab has left all of them.
  const channel = window.BroadcastChannel ? new BroadcastChannel("returndesk") : null;
  channel?.addEventListener("message", () => setTimeout(checkSession, 500));

  function whenReady() {
    if ($(".frame") && window.socket) begin();
    else setTimeout(whenReady, 20);
  }

  window.returndesk = { say, alerts, answered, count, address, toList, leave: leavePage };
  whenReady();
})();
