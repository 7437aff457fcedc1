/* The reply box. What is being written stays in this browser (localStorage) until the desk has it. The desk decides what
   happens with it; this component only asks and shows. Nothing that others wrote is drawn as HTML. */

const TYPING_EVERY_MS = 2000;
const TALLEST = 320; // pixels
const MOST_SHOWN = 8; // canned replies in the list
const SLASH = /^\/([\p{L}\p{N}_-]*)$/u;

const words = {
  reply: "Reply", note: "Note, only for us", writeReply: "Write a reply…  / for canned replies",
  writeNote: "Write a note for your colleagues. The customer never sees it.",
  ctrl: "Ctrl+Enter sends", enter: "Enter sends",
};

const fits = (canned, typed) => {
  const name = canned.name.toLowerCase(), title = canned.title.toLowerCase();
  if (!typed || name.startsWith(typed)) return 0;
  if (title.startsWith(typed)) return 1;
  if (name.includes(typed) || title.includes(typed)) return 2;
  return canned.text.toLowerCase().includes(typed) ? 3 : -1;
};

export default {
  props: {
    place: String, // the key under which drafts are kept: agent and conversation
    open: Boolean, reason: String, act: String, actTitle: String,
    canned: Array, suggestions: Array, held: Array,
    enterSends: Boolean, uploadUrl: String,
  },
  emits: ["reply", "note", "undo", "now", "typing", "fill", "narrow", "act", "enter"],
  template: `
    <section class="rd-box" :class="{'rd-box-note': noting, 'rd-box-over': over}" aria-label="Reply"
        @dragover.prevent="over = true" @dragleave="over = false" @drop.prevent="drop">
      <div v-for="one in held" :key="one.id" class="rd-held" :class="{'rd-held-stale': one.state === 'stale'}">
        <template v-if="one.state === 'stale'">
          <missed-list :missed="one.missed" title="Your reply has not left: this came in before it."></missed-list>
          <p class="rd-held-text" dir="auto">{{ one.text }}</p>
          <div class="rd-acts"><button type="button" class="rd-button rd-main" @click="leave(one)">Send anyway</button>
            <button type="button" class="rd-button" @click="$emit('undo', one.id)">Edit</button></div>
        </template>
        <template v-else>
          <span class="rd-count" role="timer">{{ leaves(one) }}</span>
          <p class="rd-held-text" dir="auto">{{ one.text || "A file" }}</p>
          <button type="button" class="rd-button" @click="$emit('undo', one.id)">Undo</button>
          <button type="button" class="rd-button" @click="leave(one)">Send now</button>
          <i class="rd-countdown" :style="{animationDuration: one.of + 'ms', animationDelay: (one.left - one.of) + 'ms'}"></i>
        </template>
      </div>
      <div v-if="missed.length" class="rd-held rd-held-stale">
        <missed-list :missed="missed" title="Not sent yet: you had not seen this when you wrote."></missed-list>
        <div class="rd-acts"><button ref="anyway" type="button" class="rd-button rd-main" @click="submit(true)">Send anyway</button>
          <button type="button" class="rd-button" @click="edit">Edit</button></div>
      </div>
      <p v-if="problem" class="rd-problem" role="alert">{{ problem }}
        <button type="button" class="rd-link" @click="problem = ''">Close</button></p>
      <div v-if="!open" class="rd-shut"><span>{{ reason }}</span>
        <button v-if="act" type="button" class="rd-button rd-main" @click="$emit('act', act)">{{ actTitle }}</button></div>
      <ul v-if="open && !noting && suggestions.length" class="rd-suggested" aria-label="Suggested answers">
        <li v-for="one in suggestions"><button type="button" class="rd-suggestion" :title="one.answer" @click="put(one.answer)"
          >{{ one.question }}</button></li>
      </ul>
      <ul v-if="found.length" class="rd-canned" role="listbox" id="rd-canned" aria-label="Canned replies">
        <li v-for="(one, index) in found" :key="one.name" :id="'rd-canned-' + index" role="option"
            :aria-selected="index === chosen" @mousedown.prevent="take(one)" @mousemove="chosen = index">
          <b>{{ one.title }}</b><code>/{{ one.name }}</code><span>{{ one.text }}</span></li>
      </ul>
      <p v-else-if="slashed !== null && alike.typed === slashed" class="rd-canned rd-none">No canned reply is called “{{ slashed }}”.</p>
      <ul v-if="files.length" class="rd-attached" aria-label="Attached">
        <li v-for="file in files" :key="file.key" :class="{'rd-failed': file.problem}">
          <img v-if="file.preview" :src="file.preview" alt="" /><span>{{ file.name }}</span>
          <em v-if="file.problem">{{ file.problem }}</em><em v-else-if="!file.id">uploading…</em>
          <button type="button" class="rd-icon" :aria-label="'Remove ' + file.name" @click="remove(file)">×</button></li>
      </ul>
      <textarea v-show="open || noting" ref="area" rows="2" dir="auto" v-model="text" :placeholder="placeholder"
          :aria-label="noting ? words.note : words.reply" :readonly="waiting" spellcheck="true"
          role="combobox" aria-autocomplete="list" :aria-expanded="found.length > 0" aria-controls="rd-canned"
          :aria-activedescendant="found.length ? 'rd-canned-' + chosen : null"
          @input="typed" @keydown="key" @paste="paste"></textarea>
      <div class="rd-tools">
        <div class="rd-modes" role="group" aria-label="What you write">
          <button type="button" :aria-pressed="!noting" @click="mode(false)">Reply</button>
          <button type="button" :aria-pressed="noting" title="Alt+N" @click="mode(true)">Note</button>
        </div>
        <template v-if="open && !noting">
          <button type="button" class="rd-tool" title="Canned replies: /" @click="slash">Canned</button>
          <button type="button" class="rd-tool" title="Pictures and PDF, 10 MB" @click="$refs.picker.click()">Attach</button>
          <input ref="picker" type="file" hidden multiple accept="image/png,image/jpeg,image/gif,image/webp,application/pdf"
            @change="pick" />
        </template>
        <span class="rd-gap"></span>
        <button v-if="open || noting" type="button" class="rd-link rd-quiet" title="Change the key that sends"
          @click="$emit('enter', !enterSends)">{{ enterSends ? words.enter : words.ctrl }}</button>
        <button v-if="open || noting" type="button" class="rd-button rd-main" :disabled="!ready" @click="submit(false)"
          >{{ noting ? "Save note" : "Send" }}</button>
      </div>
    </section>`,
  components: {
    "missed-list": {
      props: { missed: Array, title: String },
      template: `<div role="alert"><b>{{ title }}</b><ol class="rd-missed"><li v-for="one in missed" dir="auto"
        ><time>{{ one.time }}</time> <b>{{ one.name }}</b> {{ one.text }}</li></ol></div>`,
    },
  },
  data: () => ({ text: "", noting: false, files: [], missed: [], problem: "", waiting: false, over: false, chosen: 0,
    dismissed: false, clock: 0, words, alike: { typed: "", names: [] } }),
  computed: {
    placeholder() { return this.noting ? words.writeNote : words.writeReply; },
    slashed() {
      const match = this.open && !this.noting && !this.dismissed ? SLASH.exec(this.text) : null;
      return match ? match[1].toLowerCase() : null;
    },
    found() {
      if (this.slashed === null) return [];
      const ranked = (this.canned || []).map((one) => [fits(one, this.slashed), one]).filter(([rank]) => rank >= 0);
      const sure = ranked.sort((a, b) => a[0] - b[0]).map(([, one]) => one);
      if (sure.length || this.alike.typed !== this.slashed) return sure.slice(0, MOST_SHOWN);
      // Nothing has these letters: what is only alike, after a slip of the finger, comes from the desk.
      const alike = this.alike.names.map((name) => this.canned.find((one) => one.name === name));
      return alike.filter(Boolean).slice(0, MOST_SHOWN);
    },
    ready() {
      if (this.waiting || this.missed.length) return false;
      if (this.noting) return Boolean(this.text.trim());
      const uploaded = this.files.filter((file) => !file.problem);
      return this.open && uploaded.every((file) => file.id) && Boolean(this.text.trim() || uploaded.length);
    },
  },
  watch: {
    text() { this.keep(); this.$nextTick(this.grow); },
    held: { immediate: true, handler() { this.received = performance.now(); } },
    slashed(typed) {
      this.chosen = 0;
      if (typed) this.$emit("narrow", typed);
    },
    open(open) { if (!open) { this.missed = []; } },
  },
  created() {
    this.uploads = [];
    this.gaps = [];
    this.text = localStorage.getItem(this.store(false)) || "";
  },
  mounted() {
    document.addEventListener("keydown", this.switchMode);
    this.ticking = setInterval(() => { if (this.held?.length) this.clock = performance.now(); }, 250);
    this.$nextTick(this.grow);
  },
  unmounted() {
    document.removeEventListener("keydown", this.switchMode);
    clearInterval(this.ticking);
    this.files.forEach((file) => file.preview && URL.revokeObjectURL(file.preview));
  },
  methods: {
    /* -- called by the desk -- */
    focus() { setTimeout(() => this.$refs.area?.focus(), 0); }, // after what else comes with this message is drawn
    accepted() { // the desk has it
      this.waiting = false;
      this.missed = [];
      this.problem = "";
      this.text = "";
      localStorage.removeItem(this.store(this.noting));
      if (!this.noting) this.files = [];
      else this.mode(false);
      this.$nextTick(() => this.$refs.area.focus());
    },
    stale(missed) {
      this.waiting = false;
      this.missed = missed;
      this.$nextTick(() => this.$refs.anyway?.focus());
    },
    refused(problem) {
      this.waiting = false;
      this.problem = problem;
    },
    restore(text, files) { // an undone reply comes back, before what was begun since
      this.mode(false);
      this.text = this.text.trim() ? `${text}\n\n${this.text}` : text;
      this.files = [...files.map((file) => ({ ...file, key: file.id })), ...this.files];
      this.focus();
    },
    put(text, gaps = []) {
      const area = this.$refs.area;
      const replaced = this.slashed !== null || !this.text;
      const at = replaced ? 0 : area.selectionStart;
      this.text = replaced ? text : this.text.slice(0, at) + text + this.text.slice(area.selectionEnd);
      this.gaps = gaps.map((gap) => (gap.startsWith("[") ? gap : `[${gap}]`));
      this.$nextTick(() => {
        area.focus();
        if (!this.nextGap(at)) area.setSelectionRange(at + text.length, at + text.length);
      });
    },
    resembling(typed, names) { this.alike = { typed, names }; },
    attached(id, problem) {
      const file = this.uploads.shift();
      if (file) Object.assign(this.files.find((one) => one.key === file.key) || {}, problem ? { problem } : { id });
      this.upload();
    },

    /* -- writing -- */
    store(noting) { return `returndesk.${noting ? "note" : "draft"}.${this.place}`; },
    keep() {
      if (this.text) localStorage.setItem(this.store(this.noting), this.text);
      else localStorage.removeItem(this.store(this.noting));
    },
    mode(noting) {
      if (noting === this.noting) return;
      this.noting = noting;
      this.missed = [];
      this.text = localStorage.getItem(this.store(noting)) || "";
      this.$nextTick(this.focus);
    },
    grow() {
      const area = this.$refs.area;
      if (!area) return;
      area.style.height = "auto";
      area.style.height = `${Math.min(area.scrollHeight + 2, TALLEST)}px`;
    },
    typed() {
      this.dismissed = false;
      if (this.noting || !this.open || this.slashed !== null || !this.text.trim()) return;
      const now = performance.now();
      if (now - (this.told || -TYPING_EVERY_MS) < TYPING_EVERY_MS) return;
      this.told = now;
      this.$emit("typing");
    },
    key(event) {
      if (event.isComposing) return;
      if (this.slashed !== null && this.inList(event)) event.preventDefault();
      else if (event.key === "Enter" && (event.ctrlKey || event.metaKey || this.enterSends && !event.shiftKey)) {
        event.preventDefault();
        if (this.ready) this.submit(false);
      } else if (event.key === "Tab" && !event.shiftKey && this.nextGap(this.$refs.area.selectionEnd)) event.preventDefault();
      else if (event.key === "z" && (event.ctrlKey || event.metaKey) && !this.text && this.held?.length) {
        event.preventDefault();
        this.$emit("undo", this.held[this.held.length - 1].id);
      }
    },
    switchMode(event) { // wherever the cursor is: what was meant as a note must not go to the customer
      const asked = event.altKey && event.code === "KeyN" || event.ctrlKey && event.shiftKey && event.code === "KeyN";
      if (!asked || event.isComposing || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      this.mode(!this.noting);
    },
    inList(event) {
      const last = this.found.length - 1;
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") {
        event.stopPropagation();
        return this.dismissed = true;
      }
      if (last < 0) return false;
      if (move) {
        this.chosen = (this.chosen + move + last + 1) % (last + 1);
        return true;
      }
      if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
        this.take(this.found[this.chosen]);
        return true;
      }
      return false;
    },
    take(canned) { this.$emit("fill", canned.name); },
    slash() {
      if (!this.text) this.text = "/";
      this.dismissed = false;
      this.focus();
    },
    nextGap(from) { // selects the next gap that is still in the text
      const places = this.gaps.map((gap) => [this.text.indexOf(gap, from), gap]).filter(([place]) => place >= 0);
      if (!places.length && from > 0 && this.gaps.some((gap) => this.text.includes(gap))) return this.nextGap(0);
      if (!places.length) return false;
      const [place, gap] = places.sort((a, b) => a[0] - b[0])[0];
      this.$refs.area.setSelectionRange(place, place + gap.length);
      return true;
    },

    /* -- sending -- */
    submit(anyway) {
      const text = this.text.trim();
      this.problem = "";
      this.missed = [];
      if (!text && !this.files.length) return;
      this.waiting = true;
      if (this.noting) this.$emit("note", text);
      else this.$emit("reply", { text, anyway, files: this.files.filter((file) => file.id).map((file) => file.id) });
    },
    leave(held) {
      this.$emit("now", held.id);
      this.focus(); // the button that was pressed goes away
    },
    edit() {
      this.missed = [];
      this.$nextTick(this.focus);
    },
    leaves(held) {
      const left = Math.max(0, held.left - (Math.max(this.clock, this.received) - this.received));
      return left > 0 ? `Leaves in ${Math.ceil(left / 1000)} s` : "Leaving…";
    },

    /* -- files, one after the other -- */
    pick(event) { this.add([...event.target.files]); event.target.value = ""; },
    drop(event) { this.over = false; if (this.open) this.add([...event.dataTransfer.files]); },
    paste(event) {
      const files = [...(event.clipboardData?.files || [])];
      if (files.length && this.open && !this.noting) { event.preventDefault(); this.add(files); }
    },
    add(files) {
      if (this.noting) this.mode(false);
      for (const data of files) {
        const preview = data.type.startsWith("image/") ? URL.createObjectURL(data) : "";
        const file = { key: crypto.randomUUID?.() || String(Math.random()), name: data.name || "picture.png", preview, id: null, problem: "" };
        this.files.push(file);
        this.uploads.push({ key: file.key, name: file.name, data });
      }
      if (files.length && this.uploads.length === files.length) this.upload();
    },
    async upload() {
      const next = this.uploads[0];
      if (!next) return;
      const form = new FormData();
      form.append("file", next.data, next.name);
      try {
        const answer = await fetch(`${window.path_prefix || ""}${this.uploadUrl}`, { method: "POST", body: form });
        if (!answer.ok) throw new Error(String(answer.status));
      } catch {
        this.attached(null, "could not be sent; remove it and try again");
      }
    },
    remove(file) {
      if (file.preview) URL.revokeObjectURL(file.preview);
      this.files = this.files.filter((one) => one.key !== file.key);
    },
  },
};
