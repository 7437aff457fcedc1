// One list of the left column: my conversations (part "mine") or the queue (part "waiting").
// Everything foreign stands in {{ }}, as text.
// Times tick here, every second, against the server's clock.

const SEEN = "returndesk.seen";

function readSeen() {
  try {
    return JSON.parse(localStorage.getItem(SEEN)) ?? {};
  } catch {
    return {};
  }
}

export default {
  props: {
    part: { type: String, required: true },
    lines: { type: Array, default: () => [] },
    total: { type: Number, default: 0 },
    more: { type: String, default: "" },
    calm: { type: String, default: "" },
    narrowed: { type: String, default: "all" },
    team: { type: String, default: "" },
    selected: { type: String, default: "" },
    now: { type: Number, default: () => Date.now() },
  },
  emits: ["open", "claim", "claim-next", "narrow"],
  data() {
    return { offset: this.now - Date.now(), clock: this.now, seen: readSeen() };
  },
  watch: {
    now(value) {
      this.offset = value - Date.now();
      this.tick();
    },
    selected: "remember",
    lines: "remember",
  },
  mounted() {
    this.timer = setInterval(() => document.hidden || this.tick(), 1000);
    this.remember();
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  computed: {
    filters() {
      return [
        ["all", "All", "Everything that waits"],
        ["mine", "Fits me", "What fits my languages, team and skills"],
        ...(this.team ? [["team", "Team", `What was passed to ${this.team}`]] : []),
      ];
    },
  },
  methods: {
    tick() {
      this.clock = Date.now() + this.offset;
    },
    span(since) {
      const seconds = Math.max(0, Math.floor((this.clock - since) / 1000));
      if (seconds < 60) return `${seconds} s`;
      if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
      if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}`;
      return `${Math.floor(seconds / 86400)} d`;
    },
    urgency(line) {
      if (!line.since) return "";
      if (line.due && this.clock >= line.due) return "late";
      return line.near && this.clock >= line.near ? "near" : "";
    },
    waited(line) {
      const late = this.urgency(line) === "late" ? ", the target is missed" : "";
      return `Waiting for ${this.span(line.since)}${late}`;
    },
    mark(line) {
      return `${line.since}|${line.words}`;
    },
    unread(line) {
      return line.since && line.id !== this.selected && this.seen[line.id] !== this.mark(line);
    },
    remember() {
      const open = this.part === "mine" && this.lines.find((line) => line.id === this.selected);
      if (!open || !open.since || document.hidden) return;
      const known = new Set(this.lines.map((line) => line.id));
      const kept = Object.entries({ ...readSeen(), [open.id]: this.mark(open) }).filter(([id]) => known.has(id));
      this.seen = Object.fromEntries(kept);
      localStorage.setItem(SEEN, JSON.stringify(this.seen));
    },
    open(line, event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.$emit("open", line.id);
    },
  },
  template: `
<div class="inbox">
  <section v-if="part === 'mine'" class="list" aria-labelledby="mine-title">
    <header class="list-head"><h2 id="mine-title">Mine <span class="count">{{ total || "" }}</span></h2></header>
    <p v-if="!lines.length" class="list-empty">You have no conversation at the moment.</p>
    <ol v-else class="lines">
      <li v-for="line in lines" :key="line.id" class="line" :class="{ chosen: line.id === selected, unread: unread(line) }">
        <a class="line-main" data-line :href="'/c/' + line.id" :aria-current="line.id === selected ? 'true' : null" @click="open(line, $event)">
          <span class="line-top">
            <span class="line-name" :class="{ unknown: !line.known }">{{ line.customer }}</span>
            <span v-if="unread(line)" class="dot" role="img" aria-label="Unread"></span>
            <span v-if="line.since" class="line-time" :class="urgency(line)" :title="waited(line)">{{ span(line.since) }}</span>
            <span v-else class="line-time answered">answered</span>
          </span>
          <span class="line-words"><span v-if="line.author" class="line-author">{{ line.author }}: </span>{{ line.words }}</span>
          <span class="line-facts">
            <span class="line-channel">{{ line.channel }}</span>
            <span v-if="line.mood" class="fact mood" :class="line.mood.toLowerCase()">{{ line.mood }}</span>
            <span v-for="badge in line.badges" class="fact">{{ badge }}</span>
          </span>
        </a>
      </li>
    </ol>
  </section>
  <section v-else class="list" aria-labelledby="waiting-title">
    <header class="list-head">
      <h2 id="waiting-title">Waiting <span class="count">{{ total ? total.toLocaleString("en-US") : "" }}</span></h2>
      <div class="segments" role="group" aria-label="Which ones">
        <button v-for="[name, title, says] in filters" type="button" :aria-pressed="narrowed === name" :title="says" @click="$emit('narrow', name)">{{ title }}</button>
      </div>
    </header>
    <button v-if="total" type="button" class="primary claim-next" @click="$emit('claim-next')">Claim next <kbd aria-hidden="true">n</kbd></button>
    <p v-if="!total" class="list-empty"><b>Nobody is waiting.</b> {{ calm }}<br>Whoever needs a person appears here, with the reason.</p>
    <p v-else-if="!lines.length" class="list-empty">{{ narrowed === "team" ? "Nothing waits for your team." : "Nothing that waits fits you." }}</p>
    <ol class="lines">
      <li v-for="line in lines" :key="line.id" class="line queued" :class="['priority-' + line.priority, { chosen: line.id === selected }]">
        <a class="line-main" data-line :href="'/c/' + line.id" :aria-current="line.id === selected ? 'true' : null" @click="open(line, $event)">
          <span class="line-top">
            <span class="line-place" :title="'Place ' + line.place">{{ line.place }}</span>
            <span class="line-name" :class="{ unknown: !line.known }">{{ line.customer }}</span>
            <span class="line-time" :class="urgency(line)" :title="waited(line)">{{ span(line.since) }}</span>
          </span>
          <span class="line-facts">
            <span v-if="line.priority < 3" class="priority" :title="'Priority ' + line.priority + ' of 3'">{{ line.priority === 1 ? "Urgent" : "High" }}</span>
            <span class="reason">{{ line.reason }}</span>
            <span v-if="line.mood && line.mood !== line.reason" class="fact mood" :class="line.mood.toLowerCase()">{{ line.mood }}</span>
            <span class="line-channel">{{ line.channel }}</span>
            <span v-for="tag in line.tags" class="fact">{{ tag }}</span>
            <span v-for="badge in line.badges" class="fact">{{ badge }}</span>
          </span>
          <span class="line-words">{{ line.words }}</span>
        </a>
        <button type="button" class="line-claim" :aria-label="'Claim the conversation with ' + line.customer" @click="$emit('claim', line.id)">Claim</button>
      </li>
    </ol>
    <p v-if="more" class="list-more">{{ more }}</p>
  </section>
</div>`,
};
