/* A dialog of the browser's own: focus stays inside, Esc closes it, and what is behind it is inert. */
export default {
  props: { heading: String, wide: Boolean },
  emits: ["closed"],
  template: `
    <dialog ref="dialog" class="rd-modal" :class="{'rd-modal-wide': wide}" :aria-label="heading"
        @close="$emit('closed')" @mousedown.self="shut">
      <header class="rd-modal-head"><h2>{{ heading }}</h2>
        <button type="button" class="rd-icon" aria-label="Close" @click="shut">×</button></header>
      <div class="rd-modal-body"><slot></slot></div>
    </dialog>`,
  mounted() {
    this.before = document.activeElement;
    this.$refs.dialog.showModal();
    const body = this.$refs.dialog.querySelector(".rd-modal-body");
    const first = body.querySelector(":is(textarea, select, input:not([type=hidden]))");
    const chosen = first?.type === "radio" && body.querySelector(`input[name="${first.name}"]:checked`);
    (chosen || first || this.$refs.dialog.querySelector(".rd-main"))?.focus();
  },
  unmounted() { this.before?.isConnected && this.before.focus(); },
  methods: { shut() { this.$refs.dialog?.close(); } },
};
