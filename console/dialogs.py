"""Dialogs of an open conversation: each says what will happen and what the customer will be told before it happens."""

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from console import notices, words
from console.markup import Tag, button
from kit import errors

type Act = Callable[[], Awaitable[None]]
type Changed = Callable[[], Awaitable[None] | None]

_VALUE = "(event) => emit(event.target.value)"

log = logging.getLogger(__name__)


class Modal(Element, component="static/modal.js"):
    """A dialog that is open as long as it exists; what belongs into it is built in a `with` block.

    It stands in the page itself, so that it outlives the button that was pressed when that is drawn anew.
    """

    def __init__(self, heading: str, *, wide: bool = False, split: bool = False) -> None:
        """Open a dialog; `split` has choices on the left and what comes of them on the right, and keeps its size."""
        with ui.context.client.content:
            super().__init__()
        self._props["heading"] = heading
        self._props["wide"] = wide
        self._props["split"] = split
        self.on("closed", self._remove)

    def close(self) -> None:
        """Close the dialog."""
        self.run_method("shut")

    def _remove(self) -> None:
        if not self.is_deleted:
            self.delete()


class _Typed(Tag):
    """What an agent types under a label; `value` is what stands in it now."""

    def __init__(self, tag: str, label: str, hint: str, classes: str, value: str, attributes: dict[str, str]) -> None:
        with Tag("label", f"rd-field {classes}".strip()):
            Tag("span", "rd-field-label", label)
            if hint:
                Tag("span", "rd-field-hint", hint)
            # No `value` as a property: Vue would put it back whenever anything on the page is drawn again.
            text = value if tag == "textarea" else ""
            super().__init__(tag, "rd-input", text, {"aria-label": label, **attributes})
        self.value = value
        self._changed: list[Changed] = []
        self.on("input", self._take, js_handler=_VALUE)

    def on_change(self, changed: Changed) -> None:
        """Do something after each key."""
        self._changed.append(changed)

    async def _take(self, event: GenericEventArguments) -> None:
        self.value = str(event.args)
        await _run(self._changed)


class Field(_Typed):
    """A text of several lines that an agent writes."""

    def __init__(self, label: str, hint: str = "", *, lines: int = 2, value: str = "") -> None:
        super().__init__("textarea", label, hint, "", value, {"rows": str(lines)})


class Line(_Typed):
    """A text of one line, such as a street."""

    def __init__(self, label: str, value: str = "", *, hint: str = "", classes: str = "") -> None:
        attributes = {"type": "text", "autocomplete": "off", "defaultValue": value}
        super().__init__("input", label, hint, classes, value, attributes)


class Tick(Tag):
    """A box to tick; `value` says whether it is."""

    def __init__(self, label: str) -> None:
        with Tag("label", "rd-option"):
            super().__init__("input", attributes={"type": "checkbox"})
            Tag("span", "", label)
        self.value = False
        self._changed: list[Changed] = []
        self.on("change", self._take, js_handler="(event) => emit(event.target.checked)")

    def on_change(self, changed: Changed) -> None:
        """Do something after it was ticked or not."""
        self._changed.append(changed)

    async def _take(self, event: GenericEventArguments) -> None:
        self.value = bool(event.args)
        await _run(self._changed)


class Choice(Tag):
    """One of several; `value` is the one that is chosen, "" while none is."""

    def __init__(self, label: str, options: Mapping[str, str], value: str = "") -> None:
        super().__init__("fieldset", "rd-choice")
        self.value = value
        self._changed: list[Changed] = []
        with self:
            Tag("legend", "rd-field-label", label)
            for name, title in options.items():
                self._option(name, title)

    def on_change(self, changed: Changed) -> None:
        """Do something after another one was chosen."""
        self._changed.append(changed)

    def _option(self, name: str, title: str) -> None:
        with Tag("label", "rd-option"):
            option = Tag("input", attributes={"type": "radio", "name": f"choice-{self.id}", "value": name})
            if name == self.value:
                option.props["checked"] = True
            option.on("change", lambda: self._take(name), args=[])
            Tag("span", "", title)

    async def _take(self, name: str) -> None:
        self.value = name
        await _run(self._changed)


class Selection(Tag):
    """One of a list that may be long; `value` is the one that is chosen."""

    def __init__(self, label: str, options: Mapping[str, str], value: str = "") -> None:
        with Tag("label", "rd-field"):
            Tag("span", "rd-field-label", label)
            super().__init__("select", "rd-input", attributes={"aria-label": label})
        self.value = value or next(iter(options), "")
        with self:
            for name, title in options.items():
                option = Tag("option", "", title, {"value": name})
                if name == self.value:
                    option.props["selected"] = True
        self._changed: list[Changed] = []
        self.on("change", self._take, js_handler=_VALUE)

    def on_change(self, changed: Changed) -> None:
        """Do something after another one was chosen."""
        self._changed.append(changed)

    async def _take(self, event: GenericEventArguments) -> None:
        self.value = str(event.args)
        await _run(self._changed)


class Foot(Tag):
    """The end of a dialog: what went wrong, and the buttons. An error is said here, and the dialog stays open."""

    def __init__(self, modal: Modal, title: str, act: Act, *, danger: bool = False) -> None:
        super().__init__("footer", "rd-modal-foot")
        self._modal = modal
        self._act = act
        self._busy = False
        with self:
            self._problem = Tag("p", "rd-problem", attributes={"role": "alert"})
            self._problem.set_visibility(False)
            with Tag("div", "rd-acts"):
                button("rd-button", "Cancel").on("click", modal.close)
                self._go = button("rd-button rd-main rd-danger" if danger else "rd-button rd-main", title)
                self._go.on("click", self._run)

    async def _run(self) -> None:
        """Act once: a second click while the first one is still at work does nothing."""
        if self._busy:
            return
        self._busy = True
        self._go.attributes({"disabled": "true"})
        problem = await _problem_of(self._act)
        self._busy = False
        self._go.attributes({"disabled": None})
        if problem:
            self.complain(problem)
        else:
            self._modal.close()

    def complain(self, problem: str) -> None:
        """Say why it could not be done."""
        self._problem.text = problem
        self._problem.set_visibility(True)


@dataclass(frozen=True)
class Question:
    """What is asked before an act: what will happen, line by line, and what the customer will be told.

    With `reason`, a sentence has to be written (`brief`: a number or a word); `told` makes the customer's text of it,
    "" when they are not told, and `told_as` says where they read it.
    """

    heading: str
    lines: Sequence[str]
    act: str
    danger: bool = False
    reason: str = ""
    reason_hint: str = ""
    told: Callable[[str], str] | None = None
    told_as: str = "The customer will read"
    brief: bool = False


def ask(question: Question, act: Callable[[str], Awaitable[None]]) -> Modal:
    """Ask, and act on a yes; the act gets the reason that was written. Call it within a page."""
    with Modal(question.heading) as modal:
        says(question.lines)
        field = _field(question)
        tell = question.told
        if tell:
            told = Told(tell(""), question.told_as)
            if field:
                written = field
                written.on_change(lambda: told.show(tell(written.value.strip())))
        Foot(modal, question.act, lambda: act(field.value.strip() if field else ""), danger=question.danger)
    return modal


def _field(question: Question) -> Field | Line | None:
    if not question.reason:
        return None
    if question.brief:
        return Line(question.reason, hint=question.reason_hint)
    return Field(question.reason, question.reason_hint, lines=3)


class Told(Tag):
    """What the customer will read, in its exact words."""

    def __init__(self, text: str, where: str = "The customer will read") -> None:
        super().__init__("div", "rd-told")
        with self:
            self._where = Tag("span", "rd-field-label", where)
            self._words = Tag("p", "", text, {"dir": "auto"})
        self.show(text)

    def show(self, text: str, where: str = "") -> None:
        """Show other words; nothing at all when the customer is not told."""
        self._words.text = text
        self._where.text = where or self._where.text
        self.set_visibility(bool(text))


def says(lines: Sequence[str]) -> Tag:
    """Say what will happen, line by line."""
    with Tag("ul", "rd-says") as said:
        for line in lines:
            Tag("li", "", line)
    return said


async def _run(changes: Sequence[Changed]) -> None:
    for changed in changes:
        done = changed()
        if inspect.isawaitable(done):
            await done


async def _problem_of(act: Act) -> str:
    try:
        await act()
    except errors.HouseError as error:
        return words.trouble(error)
    except Exception:  # what an agent sees of it is a sentence, what an engineer sees is the log
        log.exception("an act of an agent failed")
        return notices.TROUBLE
    return ""
