"""How a customer answers: one says "yes please", another "Yes, that looks correct.", a third "yep do it"."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

_PLACES = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True)
class Manner:
    """A way to answer. `sentences` are put around an answer, by what is asked, one after the other; what is asked for
    in `by_place` is pointed at where it stands in the list that was shown."""

    yes: tuple[str, ...]
    sentences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_place: Collection[str] = ()
    digits: bool = False
    lower: bool = False
    name: str = "{}, {}"
    """How they say their name with their zip code."""
    nothing_else: str = "No second choice"
    """What they say when they are asked for a second choice."""

    def agree(self, turn: int) -> str:
        """Say yes to a summary."""
        return self.yes[turn % len(self.yes)]

    def answer(self, slot: str, plain: str, turn: int = 0) -> str:
        """Put an answer into the customer's own sentence."""
        forms = self.sentences.get(slot, ("{}",))
        said = forms[turn % len(forms)].format(plain)
        return said.lower() if self.lower else said

    def place(self, slot: str, options: Sequence[str], fits: Callable[[str], bool]) -> str:
        """Point at the only shown option that fits: "the second one", "2", "that one"; empty when that is not clear."""
        found = [number for number, option in enumerate(options) if fits(option)]
        if slot not in self.by_place or len(found) != 1 or found[0] >= len(_PLACES):
            return ""
        if len(options) == 1:
            return "that one"
        return str(found[0] + 1) if self.digits else f"the {_PLACES[found[0]]} one"


def several(options: Sequence[str], wanted: Collection[str]) -> str:
    """Mean several of the orders shown: by what they have in common and the others do not, else all of them."""
    count = "both" if len(wanted) == 2 else "all"
    states = {option.rsplit(" · ", 1)[-1] for option in options if any(order in option for order in wanted)}
    others = {option.rsplit(" · ", 1)[-1] for option in options if not any(one in option for one in wanted)}
    if len(states) == 1 and not states & others and others:
        return f"{count} of the {states.pop()} ones"
    return f"{count} of them"


MANNERS: Mapping[str, Manner] = {
    "plain": Manner(("yes", "yes please", "ok go ahead", "yes, do it", "yep", "sure, yes")),
    "terse": Manner(
        ("yep", "do it", "yes go", "ok", "yep do it", "fine"),
        {"pay": ("{}", "{} pls"), "reason": ("{}",)},
        by_place=("order", "variant", "items", "pay"),
        digits=True,
        lower=True,
        name="{} {}",
        nothing_else="nothing else",
    ),
    "polite": Manner(
        (
            "Yes, please proceed.",
            "Yes, that looks correct. Please go ahead.",
            "Yes, please go ahead with that. Thank you!",
            "That's right, please proceed with it.",
            "Yes, I confirm. Thank you.",
            "Yes, that's exactly what I'd like. Please go ahead.",
        ),
        {
            "identity": ("Sure, {}.", "Of course, {}.", "I'm sorry, {}."),
            "order": ("{}, please.", "It should be {}.", "I mean {}."),
            "items": ("That would be {}.", "I'd like that for {}, please."),
            "variant": ("I'd like {}, please.", "{} would be great.", "Please give me {}."),
            "pay": ("Please use {} for that.", "I'd prefer {}, thank you."),
            "reason": ("The reason is: {}.", "Well, {}."),
            "address": ("Certainly, it's {}.", "The address should be {}."),
            "resolution": ("I'd like {}.",),
        },
        name="my name is {} and my zip code is {}",
        nothing_else="No thank you, I don't need a second choice.",
    ),
    "chatty": Manner(
        ("yeah go for it", "looks good to me!", "perfect, do that", "yup go ahead", "great, yes", "sounds good!"),
        {
            "identity": ("oh sure, {}", "hmm, {}", "sorry! {}"),
            "order": ("I think it's {}", "hm, {}", "{}"),
            "items": ("{} please", "oh, {}"),
            "variant": ("{} please", "I'll take {}", "hmm, {}"),
            "pay": ("{} please", "put it on {}", "hmm, {}"),
            "reason": ("oh, {}", "hm, {}"),
            "address": ("it's {}", "oh, {}"),
        },
        by_place=("order", "variant", "items"),
        name="{} here, zip is {}",
        nothing_else="hmm no, only that one",
    ),
}  # fmt: skip
