"""The customer: says the script's wishes, answers what is asked, and says yes to nothing but what they want."""

import itertools
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from retail import heard, judging
from retail.heard import Heard
from retail.manner import MANNERS, Manner, several
from retail.script import Script, Wish
from retail.tasks import Item, Shop, Task, Write

MOST_TURNS = 32
MOST_REPEATS = 2
"""So often a wish that led to nothing is said again."""
MOST_ASKED = 4
"""A question that is asked more often than that leads nowhere."""
_KINDS_OF: Mapping[str, Collection[str]] = {
    "resolution": ("return", "exchange"),
    "return_method": ("return", "exchange"),
    "variant": ("exchange", "items"),
    "pay": ("return", "exchange", "items", "payment"),
    "address": ("address", "on_file"),
    "request": ("address", "on_file", "items", "payment"),
    "items": ("return", "exchange", "items"),
}
"""What a question can be about."""
_PLAIN = frozenset({"photo", "condition", "return_method"})
_PENDING = "that's the wrong order, I mean the pending one. "
_SHORT = {"return": "the money back, please", "exchange": "exchange it", "items": "the items in it"}


@dataclass
class Customer:
    """One person in one conversation; `respond` gives what they say next, None when they leave."""

    task: Task
    script: Script
    shop: Shop
    wish: Wish = field(init=False)
    stuck: bool = False
    told: str = ""
    _place: int = 0
    _turns: int = 0
    _done: set[int] = field(default_factory=set)
    _agreed: set[int] = field(default_factory=set)
    _given_up: set[int] = field(default_factory=set)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _chain: list[Wish] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wish = self.script.wishes[0]
        self._chain = [self.wish]

    def begin(self) -> str:
        """Say the first thing."""
        return self.wish.say

    def respond(self, reply: Heard) -> str | None:
        """Say the next thing; None at the end."""
        self._turns += 1
        self.told += f"\n{reply.text}"
        if reply.person or reply.slot in {"rating", "comment"}:
            return None
        if self._turns > MOST_TURNS:
            self.stuck = True
            return None
        if self._agreed and not (reply.slot == "confirm" and self._agreed <= self._compare(reply.said)[0]):
            self._done |= self._agreed
        self._agreed = set()
        if reply.slot == "confirm":
            return self._judge(reply)
        if reply.slot and not self._moves_on(reply):
            return self._answer(reply)
        return self._after_words(reply)

    def _moves_on(self, reply: Heard) -> bool:
        """Tell whether the bot's question is passed over: a refusal that has another wish behind it, or a want of its
        own where nothing is wanted any more."""
        if self.wish.ends or self._is_done(self.wish):
            return len(self._said_together()) == 1
        return reply.refuses and self.wish.otherwise is not None and reply.slot not in {"identity", "order", "reason"}

    @property
    def _manner(self) -> Manner:
        return MANNERS[self.script.manner]

    @property
    def said_all(self) -> bool:
        """Whether the last of the wishes was said."""
        return self._place + len(self._said_together()) >= len(self.script.wishes)

    # --- what was only said

    def _after_words(self, reply: Heard) -> str | None:
        wish = self.wish
        if self._is_done(wish):
            return self._advance()
        if wish.otherwise is not None and (reply.refuses or self._count("again") > 0):
            return self._switch(wish.otherwise)
        if not wish.writes and not wish.tells and not wish.otherwise:
            return self._advance()
        return self._repeat()

    def _repeat(self) -> str | None:
        if self._count("again") >= MOST_REPEATS:
            self._given_up |= set(self.wish.writes)
            return self._advance()
        self._counts["again", self.wish.again] += 1
        return self._again

    def _is_done(self, wish: Wish) -> bool:
        if wish.ends:
            return True
        if set(wish.writes) - self._done - self._given_up - self.task.idle:
            return False
        if wish.tells:
            return all(heard.tells(self.told, self.task.tells[one]) for one in wish.tells) or (
                self._counts["again", wish.again] >= MOST_REPEATS
            )
        return bool(wish.writes)

    def _advance(self) -> str | None:
        self._place += 1
        while self._place < len(self.script.wishes):
            wish = self.script.wishes[self._place]
            self._take(wish)
            if not (wish.writes and self._is_done(wish)) and not self._is_told(wish):
                return wish.say or wish.again
            self._place += 1
        return None

    def _is_told(self, wish: Wish) -> bool:
        """What was told already, because it was asked in the message before, is not asked again."""
        return not wish.say and bool(wish.tells) and self._is_done(wish)

    def _switch(self, wish: Wish) -> str:
        self._take(wish)
        return wish.say

    def _take(self, wish: Wish) -> None:
        self.wish = wish
        self._chain.append(wish)

    @property
    def _again(self) -> str:
        """Say the wish again, as it stands after a change of mind."""
        changed = self._counts["prepared", f"summary {self.wish.again}"]
        return self.wish.on_summary[changed - 1] if changed else self.wish.again

    def _count(self, what: str) -> int:
        return self._counts[what, self.wish.again]

    # --- a summary

    def _judge(self, reply: Heard) -> str | None:
        key = f"summary {self.wish.again}"
        prepared = self._counts["prepared", key]
        fitting, nearest = self._compare(reply.said)
        of_another = bool(fitting) and bool(self.wish.writes) and not fitting & set(self.wish.writes)
        if prepared < len(self.wish.on_summary) and not of_another:
            self._counts["prepared", key] += 1
            return self.wish.on_summary[prepared]
        if fitting:
            first = self._before_that(fitting, reply)
            if first is not None:
                return f"wait, before that: {first.again}"
            self._agreed = fitting
            self._counts["yes", ""] += 1
            return self._manner.agree(int(re.sub(r"\D", "", self.task.id) or 0) + self._counts["yes", ""])
        return self._deny(reply, nearest)

    def _deny(self, reply: Heard, nearest: Sequence[judging.Difference]) -> str:
        """Say no, and what is wrong."""
        if self.wish.ends or self._is_done(self.wish):
            return "no"
        if self.wish.otherwise is not None and not (nearest and self._counts["no", self.wish.again] == 0):
            return self._refuse_for(self.wish.otherwise)
        self._counts["no", self.wish.again] += 1
        if self._counts["no", self.wish.again] > MOST_ASKED:
            self._given_up |= set(self.wish.writes)
            return f"no. {self._advance() or ''}".rstrip()
        if not nearest and self._counts["no", self.wish.again] > 1:
            return "no"
        if nearest and nearest[0].kind == judging.ANOTHER:
            return f"no, not that one. {self._again}"
        return (
            judging.correction(nearest)
            if nearest
            else f"{'' if self._again.casefold().startswith('no') else 'no, '}{self._other_order(reply)}{self._again}"
        )

    def _before_that(self, fitting: set[int], reply: Heard) -> Wish | None:
        """Return a wish about the same order that could not be had any more after a change which is the last one."""
        if not re.search(r"(?:can'?t|cannot) be changed", reply.said):
            return None
        orders = {self.task.writes[index].order for index in fitting}
        for wish in self.script.wishes[self._place + 1 :]:
            wanted = [self.task.writes[index] for index in wish.writes if index not in self._done | fitting]
            if any(one.order in orders for one in wanted) and self._takes(f"before {wish.again}"):
                return wish
        return None

    def _other_order(self, reply: Heard) -> str:
        """Say which order is meant, where a summary is about another one; its owner knows whether it has come."""
        write = next((self.task.writes[index] for index in self.wish.writes if index not in self._done), None)
        if write is None or not write.order or write.order in reply.said or not re.search(r"#\w\d{6}", reply.said):
            return ""
        return "that's the wrong order, I mean one I received. " if write.kind in _KINDS_OF["resolution"] else _PENDING

    def _refuse_for(self, wish: Wish) -> str:
        return f"no. {self._switch(wish)}"

    def _compare(self, text: str) -> tuple[set[int], Sequence[judging.Difference]]:
        """Return the wanted writes that a summary shows, else what is wrong with the one that is nearest."""
        fitting: set[int] = set()
        nearest: Sequence[judging.Difference] = ()
        for index in self._open_writes():
            found = judging.differences(self.task.writes[index], text, self.task.person, self.shop)
            if not found:
                fitting.add(index)
                self._follow(index)
            elif found[0].kind != judging.FOREIGN and (not nearest or len(found) < len(nearest)):
                nearest = found
        return fitting, nearest

    def _open_writes(self) -> list[int]:
        wishes = [self.wish, *self.wish.alternatives, *self.script.wishes]
        wanted = dict.fromkeys(index for wish in wishes for index in wish.writes)
        return [index for index in wanted if index not in self._done]

    def _follow(self, index: int) -> None:
        """Go over to the alternative that the bot offers by itself."""
        if index not in self.wish.writes:
            other = next((one for one in self.wish.alternatives if index in one.writes), None)
            if other is not None:
                self._take(other)

    # --- a question

    def _answer(self, reply: Heard) -> str | None:
        self._counts["asked", _question(reply)] += 1
        asked = self._counts["asked", _question(reply)]
        if asked > MOST_ASKED:
            self.stuck = True
            return None
        if reply.slot != "identity" and self._only_opened():
            return self._advance()
        wish, write = self._focus(reply)
        if asked == MOST_ASKED and reply.slot in {"variant", "resolution"}:
            return f"forget that. {wish.again}"
        prepared = self._prepared(wish, write, reply)
        if prepared is not None:
            return prepared
        said = self._derived(reply, wish, write)
        if said == wish.again and wish is self.wish and wish.otherwise is not None:
            self._counts["unheard", said] += 1
            if self._counts["unheard", said] > 1:  # nobody takes it up: as good as a refusal
                return self._switch(wish.otherwise)
        plain = wish.again in said or reply.input == "yes_no"
        return said if plain else self._manner.answer(reply.slot, said, asked - 1)

    def _only_opened(self) -> bool:
        """Whether nothing was said yet but that there is something: what it is comes next, whatever is asked."""
        wish = self.wish
        return self._place == 0 and not (wish.writes or wish.tells or wish.otherwise or wish.orders or wish.item)

    def _focus(self, reply: Heard) -> tuple[Wish, Write | None]:
        """Return the wish and the write that a question is about, among all that were said with the present one."""
        best: tuple[float, Wish, Write | None] = (0.0, self.wish, None)
        again = self._counts["asked", _question(reply)] > 1 and reply.slot not in {"identity", "order"}
        for wish in self.script.wishes[self._place :] if again else self._said_together():
            for index in wish.writes:
                write = self.task.writes[index]
                if index not in self._done and (score := self._fits(write, reply)) > best[0]:
                    best = (score, wish, write)
        return best[1], best[2]

    def _said_together(self) -> list[Wish]:
        following = self.script.wishes[self._place + 1 :]
        along = list(itertools.takewhile(lambda wish: not wish.say, following))
        return [self.wish, *along]

    def _fits(self, write: Write, reply: Heard) -> float:
        """Score how well a question fits a write: the order it names, the items, and what it asks for."""
        names = sum(self.shop.items[item].name in reply.said for item in write.items)
        kinds = _KINDS_OF.get(reply.slot)
        if reply.slot == "reason":
            kinds = (
                {"cancel"}
                if re.search(r"cancel", reply.said.splitlines()[-1], re.IGNORECASE)
                else _KINDS_OF["resolution"]
            )
        asked = 0 if kinds is None else 2 if write.kind in kinds else -8
        return 0.5 + 4 * bool(write.order and write.order in reply.said) + names + asked

    def _prepared(self, wish: Wish, write: Write | None, reply: Heard) -> str | None:
        """Return what the script says for this question, each of its answers once."""
        slot = reply.slot
        if slot == "variant" and "sold out by then" in reply.said:
            return self._manner.nothing_else
        if slot == "items" and "which" in wish.answers and self._takes(f"which {wish.again}"):
            return wish.answers["which"][0]
        pairs = len(write.new) if write is not None else 0
        answers = wish.answers.get(slot)
        if slot == "variant" and "other" in wish.answers and not self._is_about(write, reply):
            return wish.answers["other"][0] if self._takes(f"other {wish.again}") else None
        if slot == "variant" and answers and write is not None and len(answers) == pairs > 1:
            place = self._pair(write, reply)
            return answers[place] if self._takes(f"variant {wish.again} {place}") else None
        for scope, known in ((wish.again, wish.answers.get(slot)), ("", self.script.answers.get(slot))):
            if known is None:
                continue
            used = self._counts["prepared", f"{slot} {scope}"]
            self._counts["prepared", f"{slot} {scope}"] += 1
            if used < len(known) or (slot == "reason" and used < 2 * MOST_ASKED and not reply.options):
                return known[min(used, len(known) - 1)]
        return None

    def _is_about(self, write: Write | None, reply: Heard) -> bool:
        return write is not None and any(self.shop.items[item].name in reply.said for item in write.items)

    def _takes(self, what: str) -> bool:
        self._counts["prepared", what] += 1
        return self._counts["prepared", what] == 1

    def _pair(self, write: Write, reply: Heard) -> int:
        """Return which of the exchanged items a question is about: the one it names last asked least."""
        names = [self.shop.items[item].name for item in write.items]
        fitting = [place for place, name in enumerate(names) if name in reply.said] or list(range(len(names)))
        asked = [self._counts["pair", f"{write.order}{place}"] for place in fitting]
        chosen = fitting[asked.index(min(asked))]
        self._counts["pair", f"{write.order}{chosen}"] += 1
        return chosen

    def _derived(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if reply.slot in _PLAIN:
            return self._plain(reply)
        answer = {
            "identity": self._identity,
            "order": self._order,
            "items": self._items,
            "variant": self._variant,
            "pay": self._pay,
            "reason": self._reason,
            "address": self._address,
            "resolution": self._resolution,
            "request": self._request,
        }.get(reply.slot)
        if answer is not None:
            return answer(reply, wish, write)
        return "yes" if reply.input == "yes_no" else wish.again

    def _plain(self, reply: Heard) -> str:
        """Answer what no scenario says anything about."""
        if reply.slot == "photo":
            return "I don't have a photo"
        if reply.slot == "condition" and self._takes("condition"):
            return "it's used"
        return next(iter(reply.options), "by mail" if reply.slot == "return_method" else "used")

    def _pay(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if not write or not write.payment:
            return wish.again
        label = self.task.person.methods.get(write.payment, "")
        shown = self._manner.place("pay", reply.options, lambda one: bool(label) and label in one)
        return shown or judging.method_words(self.task.person, write.payment)

    def _resolution(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if write is None:
            return _SHORT["exchange" if re.search("exchange|swap", wish.again, re.IGNORECASE) else "return"]
        return _SHORT.get(write.kind, wish.again)

    def _identity(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        person = self.task.person
        self._counts["identity", ""] += 1
        number = self._known_number(write)
        wants_number = "order number" in reply.said
        name, asked = f"{person.first} {person.last}", self._counts["identity", ""]
        if asked == 1:
            plain = person.emails[0] if person.emails else self._manner.name.format(name, person.zip)
        elif person.zip in self.task.scenario:
            email = "" if person.emails else "I don't remember my email. "
            plain = f"{email}My name is {name} and my zip code is {person.zip}"
        else:
            plain = f"{name}, {', '.join(person.emails)}"
        if wants_number and number:
            return f"{plain}, order {number}"
        return f"{plain}. I don't have an order number" if wants_number and asked == 3 else plain

    def _known_number(self, write: Write | None) -> str:
        return write.order if write is not None and write.order in self.task.numbers else ""

    def _order(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if write is None or not write.order:
            return self._order_without_write(reply, wish)
        wanted = {self.task.writes[index].order for index in wish.writes if index not in self._done}
        listed = [order for order in wanted if any(order in option for option in reply.options) or order in reply.said]
        if len(wanted) > 1 and len(listed) == len(wanted) and self._takes(f"orders {wish.again}"):
            return several(reply.options, wanted)
        if self._known_number(write) or write.order in listed:
            return self._manner.place("order", reply.options, lambda one: write.order in one) or write.order
        if not write.items:
            return f"I don't have the number. {wish.again}"
        return f"I don't have the number. It's the one with {judging.named(self._wanted_items(write))}"

    def _order_without_write(self, reply: Heard, wish: Wish) -> str:
        """Name the order of a wish that changes nothing: by its number where that is known or shown."""
        numbers = sorted(self.task.numbers)
        if len(numbers) == 1:
            return numbers[0]
        listed = [order for order in wish.orders if any(order in option for option in reply.options)]
        if len(listed) > 1 and self._takes(f"orders {wish.again}"):
            return several(reply.options, listed)
        if not listed:
            return f"I don't have the number. {wish.again}"
        self._counts["listed", wish.again] += 1
        return listed[(self._counts["listed", wish.again] - 1) % len(listed)]

    def _wanted_items(self, write: Write) -> list[Item]:
        return [self.shop.items[variant] for variant in write.items]

    def _items(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if reply.input == "number":
            return "1"
        if write is None or not write.items:
            return wish.item or wish.again
        wanted = self._wanted_items(write)
        self._counts["items", write.order] += 1
        names = Counter(item.name for item in self.shop.orders[write.order])
        if self._counts["items", write.order] > 1:
            full = [f"the {item.name.casefold()} ({item.spoken()})" for item in wanted]
            return " and ".join(full)
        first = wanted[0]
        shown = self._manner.place("items", reply.options, lambda one: judging.is_shown(one, first))
        if shown and len(wanted) == 1:
            return shown
        chosen = [
            f"the {item.name.casefold()}" if names[item.name] == 1 else f"the {item.spoken()} {item.name.casefold()}"
            for item in wanted
        ]
        return " and ".join(dict.fromkeys(chosen))

    def _variant(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if write is None or not write.new:
            return wish.again
        if reply.options and not self._is_about(write, reply):
            return reply.options[0].split(" · ")[0]  # of something that is dropped later; any will do
        place = self._pair(write, reply)
        new = self.shop.items[write.new[place]]
        shown = any(judging.has_options(option, new.options) for option in reply.options)
        pointed = self._manner.place("variant", reply.options, lambda one: judging.has_options(one, new.options))
        if pointed:
            return pointed
        old = self.shop.items[write.items[place]]
        if shown or self._counts["pair", f"{write.order}{place}"] > 1:
            return new.spoken()
        return new.spoken([option for option in new.options if option not in old.options]) or new.spoken()

    def _reason(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if write is not None and write.reason:
            words = {"no longer needed": "I no longer need it", "ordered by mistake": "I ordered it by mistake"}
            return words[write.reason]
        if self._takes("reason"):
            return "no special reason, I just changed my mind"
        likely = [option for option in reply.options if re.search(r"mind|need|other|else", option, re.IGNORECASE)]
        return next(iter([*likely, *reply.options]), "I changed my mind")

    def _address(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if reply.input == "yes_no":
            kept = {one.address[0] for one in self.task.writes if one.kind == "on_file"}
            return "yes" if write is not None and write.address and write.address[0] in kept else "no, only this order"
        if write is None or not write.address:
            return wish.again
        street, extra, city, region, code = write.address
        return ", ".join(filter(None, (street, extra, city, f"{region} {code}")))

    def _request(self, reply: Heard, wish: Wish, write: Write | None) -> str:
        if write is None or not self._takes(f"request {wish.again}"):
            return wish.again
        return {
            "address": "the delivery address",
            "on_file": "my default address",
            "payment": "the payment method",
            "items": judging.named(self._wanted_items(write)),
        }.get(write.kind, wish.again)


def _question(reply: Heard) -> str:
    """Tell a question from others: by what it is about, and its last words."""
    return reply.slot + reply.said[-60:]
