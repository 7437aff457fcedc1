"""The right column of an open conversation: brief, orders and past, one at a time."""

from collections.abc import Awaitable, Callable
from functools import partial

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from console.markup import Tag

BRIEF, ORDERS, PAST = "brief", "orders", "past"
_TITLES = {BRIEF: "Brief", ORDERS: "Orders", PAST: "Past"}


class Side:
    """Three tabs; arrow keys move between them, as between all tabs."""

    def __init__(self, container: Element, opened: Callable[[str], Awaitable[None]]) -> None:
        self._opened = opened
        self._tabs: dict[str, Tag] = {}
        self._panels: dict[str, Tag] = {}
        self.chosen = BRIEF
        with container, Tag("div", "rd-side"):
            with Tag("div", "rd-tabs", attributes={"role": "tablist", "aria-label": "About this conversation"}) as bar:
                for name, title in _TITLES.items():
                    self._tab(name, title)
            bar.on("keydown", self._arrow, js_handler=_ARROWS)
            for name in _TITLES:
                attributes = {"role": "tabpanel", "aria-labelledby": f"rd-tab-{name}", "id": f"rd-panel-{name}"}
                self._panels[name] = Tag("div", "rd-panel", attributes=attributes)
        self._show()

    def panel(self, name: str) -> Tag:
        """Return the container of one of the three."""
        return self._panels[name]

    def label(self, name: str, count: int | None = None, *, waits: bool = False) -> None:
        """Write how many there are behind a tab, and mark it when something waits there."""
        self._tabs[name].text = f"{_TITLES[name]} {count}" if count else _TITLES[name]
        self._tabs[name].classes(add="rd-tab-waits" if waits else "", remove="" if waits else "rd-tab-waits")

    async def open(self, name: str) -> None:
        """Show one of the three."""
        self.chosen = name
        self._show()
        await self._opened(name)

    def focus(self) -> None:
        """Put the focus on the tab that is chosen; the next `Tab` goes into its panel."""
        self._tabs[self.chosen].run_method("focus")

    def _tab(self, name: str, title: str) -> None:
        attributes = {"type": "button", "role": "tab", "id": f"rd-tab-{name}", "aria-controls": f"rd-panel-{name}"}
        self._tabs[name] = Tag("button", "rd-tab", title, attributes)
        self._tabs[name].on("click", partial(self.open, name), args=[])

    async def _arrow(self, event: GenericEventArguments) -> None:
        names = list(_TITLES)
        await self.open(names[(names.index(self.chosen) + int(event.args)) % len(names)])
        self.focus()

    def _show(self) -> None:
        for name, tab in self._tabs.items():
            chosen = name == self.chosen
            tab.attributes({"aria-selected": str(chosen).lower(), "tabindex": "0" if chosen else "-1"})
            self._panels[name].attributes({"hidden": None if chosen else "hidden"})


_ARROWS = """(event) => {
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (step) { event.preventDefault(); emit(step); }
}"""
