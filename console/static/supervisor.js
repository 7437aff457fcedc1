// The supervisor's page: figures, open tickets with their clocks, agents. Everything foreign stands in {{ }}, as text.
export default {
  props: {
    waiting: { type: Number, default: 0 },
    oldest: { type: Number, default: null },
    breaches: { type: Number, default: 0 },
    figures: { type: Array, default: () => [] },
    priorities: { type: Array, default: () => [] },
    agents: { type: Array, default: () => [] },
    tickets: { type: Array, default: () => [] },
    now: { type: Number, default: () => Date.now() },
  },
  emits: ["take"],
  data() {
    return { offset: this.now - Date.now(), clock: this.now, narrowed: "all" };
  },
  watch: {
    now(value) {
      this.offset = value - Date.now();
      this.tick();
    },
  },
  mounted() {
    this.timer = setInterval(() => document.hidden || this.tick(), 1000);
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  computed: {
    filters() {
      const breached = this.tickets.filter((ticket) => this.isLate(ticket)).length;
      const waits = this.tickets.filter((ticket) => ticket.waits).length;
      return [
        ["all", "All", this.tickets.length],
        ["late", "Target missed", breached],
        ["waits", "Waiting", waits],
        ["held", "With agents", this.tickets.length - waits],
      ];
    },
    shown() {
      const keep = { all: () => true, late: this.isLate, waits: (ticket) => ticket.waits, held: (ticket) => !ticket.waits };
      return this.tickets.filter(keep[this.narrowed]);
    },
    online() {
      return this.agents.filter((agent) => agent.online).length;
    },
    most() {
      return Math.max(1, ...this.priorities.map(([, , count]) => count));
    },
  },
  methods: {
    tick() {
      this.clock = Date.now() + this.offset;
    },
    span(milliseconds) {
      const seconds = Math.max(0, Math.floor(milliseconds / 1000));
      if (seconds < 60) return `${seconds} s`;
      if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
      if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}`;
      return `${Math.floor(seconds / 86400)} d`;
    },
    isPast(target) {
      return target.breached || (!target.done && target.due && this.clock > target.due);
    },
    isLate(ticket) {
      return this.isPast(ticket.first) || this.isPast(ticket.whole);
    },
    look(target) {
      if (this.isPast(target)) return "late";
      if (target.done) return "kept";
      return target.near && this.clock >= target.near ? "near" : "";
    },
    says(target) {
      if (!target.due) return target.done ? "done" : "–";
      if (target.done) return target.breached ? `${this.span(target.done - target.due)} late` : "kept";
      return this.clock > target.due ? `${this.span(this.clock - target.due)} over` : `${this.span(target.due - this.clock)} left`;
    },
  },
  template: `
<main class="watch"><div class="watch-inner">
  <h1 class="hidden-text">Supervisor</h1>
  <dl class="figures">
    <div class="figure"><dt>Waiting</dt><dd>{{ waiting.toLocaleString("en-US") }}</dd></div>
    <div class="figure"><dt>Oldest waits</dt><dd>{{ oldest ? span(clock - oldest) : "–" }}</dd></div>
    <div class="figure" :class="{ bad: breaches }"><dt>Targets missed</dt><dd>{{ breaches.toLocaleString("en-US") }} <small>{{ breaches ? "open tickets" : "" }}</small></dd></div>
    <div class="figure"><dt>Agents online</dt><dd>{{ online }} <small>of {{ agents.length }}</small></dd></div>
    <div v-for="[title, value, note] in figures" class="figure"><dt>{{ title }}</dt><dd>{{ value }} <small>{{ note }}</small></dd></div>
  </dl>
  <div class="watch-columns">
    <section aria-labelledby="tickets-title">
      <header class="watch-head">
        <h2 id="tickets-title">Open tickets</h2>
        <div class="segments" role="group" aria-label="Which ones">
          <button v-for="[name, title, count] in filters" type="button" :aria-pressed="narrowed === name" @click="narrowed = name">{{ title }} <span class="count">{{ count }}</span></button>
        </div>
      </header>
      <div class="table-frame">
        <table class="table tickets">
          <colgroup><col><col class="col-reason"><col class="col-with"><col class="col-clock"><col class="col-clock"><col class="col-acts"></colgroup>
          <thead><tr><th scope="col">Customer</th><th scope="col">Reason</th><th scope="col">With</th><th scope="col" class="right">First response</th><th scope="col" class="right">Resolution</th><th scope="col"><span class="hidden-text">Acts</span></th></tr></thead>
          <tbody>
            <tr v-for="ticket in shown" :key="ticket.id" :class="{ breached: isLate(ticket) }">
              <td><div class="one-line"><b>{{ ticket.customer }}</b> <span class="quiet">{{ ticket.channel }}</span></div><div class="one-line quiet">{{ ticket.words }}</div></td>
              <td :class="'priority-' + ticket.priority"><div class="one-line"><span v-if="ticket.priority < 3" class="priority">{{ ticket.priority === 1 ? "Urgent" : "High" }}</span> {{ ticket.reason }}</div>
                <div class="line-facts"><span v-for="badge in ticket.badges" class="fact">{{ badge }}</span></div></td>
              <td><div class="one-line">{{ ticket.holder || "Waiting" }}</div><div class="quiet">{{ span(clock - ticket.since) }}</div></td>
              <td class="right"><span class="clock" :class="look(ticket.first)">{{ says(ticket.first) }}</span></td>
              <td class="right"><span class="clock" :class="look(ticket.whole)">{{ says(ticket.whole) }}</span></td>
              <td><div class="row-acts"><a data-line :href="'/c/' + ticket.id" :aria-label="(ticket.mine ? 'Open ' : 'Listen in on ') + ticket.customer">{{ ticket.mine ? "Open" : "Listen in" }}</a>
                <button v-if="!ticket.mine" type="button" :aria-label="'Take over ' + ticket.customer" @click="$emit('take', { id: ticket.id, holder: ticket.holder, customer: ticket.customer })">Take over</button></div></td>
            </tr>
          </tbody>
        </table>
        <p v-if="!shown.length" class="list-empty">{{ tickets.length ? "None of the open tickets is like that." : "No ticket is open. Nobody waits, and no agent has a conversation." }}</p>
      </div>
    </section>
    <aside>
      <header class="watch-head"><h2 id="queue-title">Waiting, by priority</h2></header>
      <div class="priorities" role="table" aria-labelledby="queue-title">
        <div v-for="[title, style, count] in priorities" role="row"><span role="cell">{{ title }}</span><i :class="style" aria-hidden="true"><b :style="{ width: (100 * count) / most + '%' }"></b></i><span class="right" role="cell">{{ count.toLocaleString("en-US") }}</span></div>
      </div>
      <header class="watch-head"><h2>Agents</h2></header>
      <div class="table-frame">
        <table class="table people">
          <colgroup><col><col class="col-has"><col class="col-number"><col class="col-number"><col class="col-number"></colgroup>
          <thead><tr><th scope="col">Agent</th><th scope="col" class="right">Has</th><th scope="col" class="right" title="Customers who wait for an answer">Owes</th><th scope="col" class="right" title="Finished today">Done</th><th scope="col" class="right">CSAT</th></tr></thead>
          <tbody>
            <tr v-for="agent in agents" :key="agent.name">
              <td class="person"><span class="presence" :class="{ online: agent.online }" aria-hidden="true"></span><span class="one-line" :title="agent.name">{{ agent.name }}</span><div class="quiet">{{ agent.presence }}<template v-if="agent.about"> · {{ agent.about }}</template></div></td>
              <td class="right"><span class="load" :class="{ full: agent.conversations >= agent.capacity }"><i aria-hidden="true"><b :style="{ width: Math.min(100, (100 * agent.conversations) / agent.capacity) + '%' }"></b></i>{{ agent.conversations }}/{{ agent.capacity }}</span></td>
              <td class="right">{{ agent.unanswered || "–" }}</td>
              <td class="right">{{ agent.handled || "–" }}</td>
              <td class="right">{{ agent.csat }}</td>
            </tr>
          </tbody>
        </table>
        <p v-if="!agents.length" class="list-empty">There are no agents yet. Add them with <code>returndesk agents add</code>.</p>
      </div>
    </aside>
  </div>
</div></main>`,
};
