"""Plain HTML elements with text in them, and never markup: whatever a customer wrote is a text node."""

from collections.abc import Mapping

from nicegui.elements.mixins.text_element import TextElement


class Tag(TextElement):
    """One HTML element, such as `Tag("button", "primary", "Claim", {"type": "button"})`.

    An attribute whose value is None is left out. The text is always rendered as text.
    """

    def __init__(
        self, name: str, classes: str = "", text: str = "", attributes: Mapping[str, str | None] | None = None
    ) -> None:
        super().__init__(tag=name, text=text)
        if classes:
            self.classes(classes)
        self.attributes(attributes or {})

    def attributes(self, values: Mapping[str, str | None]) -> None:
        """Set attributes, or remove those whose value is None."""
        for name, value in values.items():
            if value is None:
                self.props.pop(name, None)
            else:
                self.props[name] = value
        self.update()


def icon(name: str) -> Tag:
    """Draw one of the icons of shell.css; it says nothing to a screen reader, its button does."""
    return Tag("i", f"icon icon-{name}", attributes={"aria-hidden": "true"})


def button(classes: str, text: str = "", label: str | None = None) -> Tag:
    """Make a button; `label` is what a screen reader and a tooltip say where the text does not."""
    return Tag("button", classes, text, {"type": "button", "aria-label": label, "title": label})
