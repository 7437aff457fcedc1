/* The transcript of a conversation. Rows come from console/transcript.py as plain data and are drawn as text, never as
   HTML. Rows are put in their place by number; what is there already stays as it is, so that nothing jumps. */

const NEAR_THE_END = 48; // pixels within which an agent counts as reading the newest message
const TYPING_MS = 4500;
const MARKED_MS = 2400;
const TOGETHER_SECONDS = 300; // messages of one author within this time share one heading

const before = (a, b) => a.seq - b.seq || a.rank - b.rank || a.exact - b.exact;
const speaks = (row) => row.kind === "said" || row.kind === "note";

/* What goes with a message: files, and what was offered to press. */
const extras = {
  props: { row: Object },
  emits: ["enlarge"],
  template: `<div v-if="row.files?.length || row.chips?.length" class="rd-extras">
    <div v-if="row.files && row.files.length" class="rd-files">
      <template v-for="file in row.files">
        <button v-if="file.picture" type="button" class="rd-photo" @click="$emit('enlarge', file)"
            :aria-label="'Photo ' + file.name + ', show large'">
          <img :src="file.url" :alt="file.name" loading="lazy" decoding="async" />
        </button>
        <a v-else class="rd-file" :href="file.url" target="_blank" rel="noopener noreferrer">{{ file.name }}</a>
      </template>
    </div>
    <ul v-if="row.chips && row.chips.length" class="rd-chips" aria-label="What was offered">
      <li v-for="chip in row.chips" :class="{'rd-pressed': chip.pressed, 'rd-card': chip.dead}">
        {{ chip.title }}<span v-if="chip.more"> · {{ chip.more }}</span
        ><span v-if="chip.pressed" class="rd-sr"> (chosen)</span></li>
    </ul>
    </div>`,
};

export default {
  components: { "row-extras": extras },
  props: { first: Array, at: Number, own: String },
  emits: ["seen", "ready"],
  template: `
    <section class="rd-transcript" aria-label="Transcript">
      <div class="rd-log" ref="log" role="log" aria-live="off" aria-label="Messages" tabindex="0"
          @scroll.passive="onScroll" @load.capture="onPicture">
        <article v-for="row in rows" :key="row.key" class="rd-row" :class="classes(row)" :data-seq="row.seq"
            :data-kind="row.kind" :data-author="row.author"
            v-memo="[row, row.divider, row.together, row.fresh, marked === row.seq]">
          <div v-if="row.divider" class="rd-divider"><span>{{ row.divider }}</span></div>
          <div v-if="row.fresh" class="rd-divider rd-divider-new"><span>New</span></div>
          <p v-if="row.called" class="rd-called" :class="{'rd-called-urgent': row.urgent}">{{ row.called }}</p>
          <template v-if="row.kind === 'said' || row.kind === 'note'">
            <header v-if="!row.together" class="rd-byline">
              <b dir="auto">{{ row.name }}</b>
              <span v-if="row.kind === 'note'" class="rd-badge rd-badge-note">Note, only for us</span>
              <time :title="row.moment">{{ row.time }}</time>
            </header>
            <div class="rd-said">
              <div v-if="row.parts.length" class="rd-words" dir="auto"><template v-for="part in row.parts"
                ><a v-if="part.href" :href="part.href" target="_blank" rel="noopener noreferrer">{{ part.text }}</a
                ><mark v-else-if="part.marked" :title="row.mood.why">{{ part.text }}</mark
                ><template v-else>{{ part.text }}</template></template></div>
              <row-extras :row="row" @enlarge="enlarge"></row-extras>
            </div>
            <footer v-if="row.mood || row.understood || row.state" class="rd-under">
              <span v-if="row.mood" class="rd-mood" :class="{'rd-mood-strong': row.mood.strong}" :title="row.mood.why"
                >{{ row.mood.title }}<span class="rd-sr">: {{ row.mood.why }}</span></span>
              <span v-if="row.understood" class="rd-quiet" title="What the assistant understood, and how sure it was"
                >{{ row.understood }}</span>
              <span v-if="row.state" :class="row.failed ? 'rd-failed' : 'rd-quiet'">{{ row.state }}</span>
            </footer>
          </template>
          <p v-else class="rd-line" :class="{'rd-line-survey': row.kind === 'survey'}">
            <template v-for="part in row.parts"
              ><a v-if="part.href" :href="part.href" target="_blank" rel="noopener noreferrer">{{ part.text }}</a
              ><template v-else>{{ part.text }}</template></template>
            <time :title="row.moment">{{ row.time }}</time>
            <span v-if="row.failed" class="rd-failed">{{ row.state }}</span>
          </p>
          <row-extras v-if="row.kind === 'system'" class="rd-line" :row="row" @enlarge="enlarge"></row-extras>
        </article>
        <p v-if="!rows.length" class="rd-nothing">Nothing has been said yet.</p>
      </div>
      <button v-show="below" type="button" class="rd-pill" @click="toEnd(true)">{{ pill }}</button>
      <p class="rd-typing" aria-live="off">{{ typing ? typing + " is writing…" : "" }}</p>
      <p class="rd-sr" role="status" aria-live="polite">{{ spoken }}</p>
      <dialog ref="large" class="rd-large" @click="$refs.large.close()" @close="large = null">
        <img v-if="large" :src="large.url" :alt="large.name" />
        <p v-if="large"><span>{{ large.name }}</span><a :href="large.url" target="_blank" rel="noopener noreferrer"
          @click.stop>Open in a new tab</a></p>
      </dialog>
    </section>`,
  data: () => ({ rows: [], below: 0, typing: "", spoken: "", marked: null, large: null }),
  computed: {
    pill() { return this.below === 1 ? "1 new message" : `${this.below} new messages`; },
  },
  created() {
    this.seen = 0;
    this.pinned = true;
    this.merge(this.first || []);
  },
  mounted() {
    this.onVisible = () => this.look();
    document.addEventListener("visibilitychange", this.onVisible);
    window.addEventListener("focus", this.onVisible);
    this.observer = new ResizeObserver(() => this.pinned && this.toEnd(false));
    this.observer.observe(this.$refs.log);
    this.$nextTick(() => {
      if (this.at) this.goTo(this.at);
      else this.toEnd(false);
      this.look();
      this.$emit("ready");
    });
  },
  unmounted() {
    document.removeEventListener("visibilitychange", this.onVisible);
    window.removeEventListener("focus", this.onVisible);
    this.observer?.disconnect();
    clearTimeout(this.typingTimer);
  },
  methods: {
    classes(row) {
      return [`rd-by-${row.author}`, { "rd-together": row.together, "rd-marked": this.marked === row.seq, "rd-why": row.called && row.urgent }];
    },

    /* -- rows -- */
    put(rows) {
      const newest = this.rows.length ? this.rows[this.rows.length - 1].seq : 0;
      const arrived = rows.filter((row) => row.kind !== "survey" && row.seq > newest);
      const away = !this.pinned || document.visibilityState !== "visible";
      this.merge(rows);
      const said = arrived.filter((row) => row.author === "customer");
      if (said.length) {
        this.typing = "";
        this.saidAt = performance.now();
        this.spoken = said.map((row) => `${row.name}: ${row.parts.map((part) => part.text).join("") || "a file"}`).join(". ");
      }
      if (arrived.some((row) => row.author === "agent" && row.name === this.own)) this.pinned = true;
      if (arrived.some((row) => row.author === "agent")) this.rows.forEach((row) => { row.fresh = false; });
      else if (away && said.length && !this.rows.some((row) => row.fresh)) {
        this.rows.find((row) => row.key === said[0].key).fresh = true;
      }
      if (!this.pinned) this.below += said.length;
      this.$nextTick(() => {
        if (this.pinned) this.toEnd(false);
        this.look();
      });
    },
    merge(rows) {
      const known = new Map(this.rows.map((row) => [row.key, row]));
      for (const row of rows) known.set(row.key, { ...row, fresh: Boolean(known.get(row.key)?.fresh) });
      const merged = [...known.values()].sort(before);
      merged.forEach((row, index) => {
        const above = merged[index - 1];
        const newDay = !above || above.day !== row.day;
        row.divider = newDay ? row.day + (row.episode ? " · new conversation" : "") : row.episode ? "New conversation" : "";
        row.together = Boolean(above && !row.divider && !row.called && speaks(row) && above.kind === row.kind
          && above.author === row.author && above.name === row.name && row.exact - above.exact < TOGETHER_SECONDS);
      });
      this.rows = merged;
    },

    /* -- what stands before the agent's eyes -- */
    look() {
      if (document.visibilityState !== "visible" || !this.$refs.log) return;
      const bottom = this.$refs.log.scrollTop + this.$refs.log.clientHeight;
      const drawn = this.$refs.log.querySelectorAll("[data-seq]");
      for (let index = drawn.length - 1; index >= 0; index -= 1) {
        if (drawn[index].offsetTop + Math.min(drawn[index].offsetHeight, 24) > bottom) continue;
        const seq = Number(drawn[index].dataset.seq);
        if (seq > this.seen) this.$emit("seen", (this.seen = seq));
        return;
      }
    },
    onScroll() {
      const log = this.$refs.log;
      this.pinned = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_THE_END;
      if (this.pinned) this.below = 0;
      this.look();
    },
    onPicture() { if (this.pinned) this.toEnd(false); },
    toEnd(focus) {
      const log = this.$refs.log;
      if (!log) return;
      log.scrollTop = log.scrollHeight;
      this.pinned = true;
      this.below = 0;
      if (focus) log.focus({ preventScroll: true });
    },
    goTo(seq) {
      const row = this.$refs.log.querySelector(`[data-seq="${Number(seq)}"]`);
      if (!row) return;
      this.pinned = false;
      row.scrollIntoView({ block: "center" });
      this.marked = Number(seq);
      setTimeout(() => { this.marked = null; }, MARKED_MS);
    },

    /* -- the rest -- */
    showTyping(name) {
      // What the desk knows of typing may be as old as the words that it led to.
      if (performance.now() - (this.saidAt ?? -TYPING_MS) < TYPING_MS) return;
      this.typing = name;
      clearTimeout(this.typingTimer);
      this.typingTimer = setTimeout(() => { this.typing = ""; }, TYPING_MS);
    },
    enlarge(file) {
      this.large = file;
      this.$refs.large.showModal();
    },
  },
};
