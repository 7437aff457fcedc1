/* What a shop's own page does with the chat: a link opens it, a button says something in it. */
"use strict";

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-open-chat], [data-say]");
  if (!link || !window.returndesk) return;
  event.preventDefault();
  if (link.dataset.say) window.returndesk.send(link.dataset.say);
  else window.returndesk.open();
});
