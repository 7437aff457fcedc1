/* A dialog of the browser's own: focus stays inside, Esc closes it, Ctrl+Enter does it, and what is behind it is inert. */
export default {
  props: { heading: String, wide: Boolean, split: Boolean },
  emits: ["closed", "opened"],
  template: `
    <dialog ref="dialog" class="rd-modal" :class="{'rd-modal-wide': wide, 'rd-modal-split': split}" :aria-label="heading"
        @close="$emit('closed')" @mousedown.self="shut" @keydown.ctrl.enter="go" @keydown.meta.enter="go">
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
    this.$emit("opened");
  },
  unmounted() { this.before?.isConnected && this.before.focus(); },
  methods: {
    shut() { this.$refs.dialog?.close(); },
    go(event) {
      event.preventDefault();
      this.$refs.dialog.querySelector(".rd-modal-foot .rd-main:not(:disabled)")?.click();
    },
  },
};
