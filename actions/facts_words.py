"""The words by which customers ask for facts, as lists of wordings in which `…` stands for some words between."""

import re
from collections.abc import Mapping
from typing import Literal

type OrderFact = Literal[
    "tracking", "sent_to", "on_file", "total", "price", "extreme", "left", "options", "items", "state", "orders",
    "balance", "back", "to_pay", "spent", "paid_with",
]  # fmt: skip
"""`left`: what is in no return; `back`, `to_pay`: what this conversation gives and costs; `spent`: on one product."""

_GAP = r"[^.?!]{0,40}?"


def any_of(*wordings: str) -> re.Pattern[str]:
    """Return what finds any of some wordings, each at the edges of words."""
    joined = "|".join(wording.replace("…", _GAP) for wording in wordings)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)")


_GOT = r"(?:bought|buy|ordered|order|purchased?|received?|got|paid|pay|placed|spent|spend|own)"
_GIFT_CARD = r"(?:gift ?cards?|gc|store credit)"
_THIS = r"(?:my|the|this|that|these|those)"
_HAVE_BOUGHT = (
    r"(?:(?:did i|have i|i(?:'ve| have)|we(?:'ve| have)) (?:\w+ )?(?:ordered|order|buy|bought|purchased?|got|get)"
    r"|(?:i|we) (?:ordered|bought|purchased|got))"
)
_HOW_MUCH = r"(?:how much|what (?:will|do|can|am|would|amount|sum)|total|amount)"
_DEAREST = r"(?:most expensive|priciest|dearest|costliest|highest[- ]priced?)"
_CHEAPEST = r"(?:cheapest|least expensive|lowest[- ]priced?|most affordable)"

ORDER_FACTS: Mapping[OrderFact, re.Pattern[str]] = {
    "tracking": any_of(r"track\w*[ -](?:numbers?|nos?|ids?|codes?|links?|info\w*|details|#)", r"tracking"),
    "on_file": any_of(
        r"(?:default|profile|account|saved|registered|primary|home) address",
        r"address…(?:on file|(?:in|on) my (?:profile|account)|you have (?:for|of) me)",
    ),
    "sent_to": any_of(
        r"(?:which|what)…address",
        r"(?:shipping|delivery|destination) address",
        r"where…(?:sent|shipped|shipping|going|delivered|headed|go|ship)(?: it)? to",
        r"where…(?:was|is|being|been|were|are) (?:being )?(?:sent|going|shipped)",
        r"where…being delivered",
        r"where did you (?:\w+ )?(?:send|ship|deliver) (?:it|them|that)(?: to)?",
        r"where (?:was|is|were|are|did)…(?:sent|shipped|going|headed|being delivered)",
        r"address…(?:orders?|sent|going|shipped|shipping|delivered|on it)",
        r"check…address",
    ),
    "balance": any_of(
        rf"{_GIFT_CARD}…balances?",
        rf"balances?…(?:{_GIFT_CARD}|card)",
        rf"(?:left|remain\w*|much is|much|money)…(?:on|in) (?:my|the) {_GIFT_CARD}",
        r"how much (?:store )?credit",
        rf"have…on (?:my|the) {_GIFT_CARD}",
        r"my balance",
    ),
    "left": any_of(
        r"(?:remaining|leftover|left[- ]over|rest of the) (?:items?|things?|products?|stuff|goods|ones|order)",
        r"other (?:items|things|products|stuff|goods)",
        r"rest of (?:it|my order|the order|that order)",
        r"(?:items?|things?|stuff)…(?:i(?:'m| am)? keep(?:ing)?|kept|are left|is left|left|not return\w*)",
    ),
    "spent": any_of(
        r"(?:total|altogether|sum|combined|overall)…(?:all (?:of )?(?:the|my)|(?:for|on|of) all|every|each of)",
        r"(?:paid|spent)…in (?:total|all)…(?:orders|so far|ever|before)",
        r"how much…(?:all (?:of )?(?:the|my)|(?:for|on) all|every|each of)",
        r"(?:i|we)(?:'ve| have)? (?:\w+ )?(?:spent|spend)(?! \w+ (?:hours?|minutes?|days?|weeks?))",
    ),
    "extreme": any_of(
        rf"(?:{_DEAREST}|{_CHEAPEST}) (?:item|thing|product|one|piece|article|purchase)s?",
    ),
    "to_pay": any_of(
        r"(?:how much|what)…(?:(?:have|need) to pay|must (?:i )?pay|(?:do|should|will) i pay|do i owe|be charged)",
        r"(?:how much|what)…(?<!did )(?<!have )i(?:'ll| will| am going to|'m)? (?:be )?(?:pay|paying|owe)",
        r"(?:total|overall) (?:price )?difference",
        r"difference…in total",
        r"pay(?:ing)? today",
        r"amount due",
    ),
    "back": any_of(
        r"(?:total|overall|whole|full|entire|combined) refund(?: amount)?",
        r"(?:total|overall) amount (?:back|refunded)",
        r"refund(?:ed)? (?:total|amount|sum)",
        rf"{_HOW_MUCH}…(?:get|getting|receive|receiving|gotten|have|given|coming) (?:\w+ )?back",
        r"(?:how much|what (?:will|amount|sum)|total|amount)…(?:be|am i|are you|been) (?:\w+ )?refund(?:ed|ing)",
        r"how much…refund…(?:total|altogether|in all)",
        r"how much (?:is|will|would|was) (?:my|the) (?:\w+ )?refund",
        r"(?:total|sum|amount) (?:of )?(?:all )?(?:the |my )?refunds?",
        r"money back in total",
        r"(?:total|price|amount|sum)(?: \w+)? of (?:the|my|that|this) refunds?",
    ),
    "paid_with": any_of(
        r"(?:which|what) (?:payment methods?|card|account|payment)…(?:use|used|pay|paid|charged|paying)",
        r"how (?:did i|was it|was (?:the|this|that|my) order) (?:pay|paid)(?! for)",
        r"what did i pay with",
    ),
    "orders": any_of(
        r"(?:what|which|list|show me|show|how many|see)…orders",
        r"(?:status|states?|difference)…orders",
        rf"(?:each|both|all) (?:of )?(?:{_THIS} )?(?:\w+ )?orders?…(?:status|placed|stand)",
    ),
    "state": any_of(
        rf"when (?:did i|have i|was|were)…{_GOT}",
        r"order(?:ed)? date",
        r"date (?:of|i placed|when)",
        r"still in transit",
        r"(?:has|is|was) (?:it|(?:the|my|that|this) order)…(?:shipped|delivered|arrived|on its way|pending)",
        r"(?:has|is|was) (?:it|(?:the|my|that|this) order)…cancell?ed",
        r"status of (?:my|the|that|this|it)",
    ),
    "total": any_of(
        r"(?:order|grand) total",
        r"total…(?:orders?|i paid|paid|price of it)",
        r"total (?:price|cost|amount)",
        r"how much…(?:did|have) i (?:pay|paid)",
        r"(?:how much|what|amount) i paid",
        rf"how much (?:was|is|were) {_THIS}(?: \w+){{0,2}} orders?",
        r"what (?:did|have) i (?:pay|paid)(?: for)?",
        rf"price of {_THIS}(?: \w+){{0,2}} order",
        r"how much…order…cost",
    ),
    "price": any_of(r"prices?", r"how much (?:was|were|is|are|did|does|do|for)", r"costs?"),
    "options": any_of(
        r"sizes?", r"colou?rs?", r"materials?", r"fabric", r"storage", r"memory", r"ram", r"processor", r"capacity",
        r"battery(?: life)?", r"resolution", r"zoom", r"brand", r"spec\w*", r"features?", r"version", r"model",
        r"details", r"style", r"made (?:of|from|out of)", r"length", r"height", r"weight", r"options?",
        r"configuration", r"kind of", r"type of", r"what (?:kind|type)",
    ),
    "items": any_of(
        rf"(?:what|which)…{_HAVE_BOUGHT}",
        rf"(?:what(?:'s)?|items?|everything|list|things|products?)…(?:in|on|from|of) (?:{_THIS}|it)…orders?",
        r"items…(?:ordered|bought)",
        r"what(?:'s|s| is| was| were)? in (?:\w+ )?order",
        r"(?:what|which) items",
    ),
}  # fmt: skip

OWN = any_of(
    rf"(?:i|we)(?:'ve| have)?\s+(?:\w+\s+){{0,2}}{_GOT}",
    r"(?:i|we) have(?! to)",
    r"my(?! (?:size|budget|question|price range)\b)",
    r"mine",
    r"(?:the|this|that|these|those|each|which|both|last|latest|recent|other|pending|new)\s+(?:\w+\s+){0,2}orders?",
    r"#?\s?[a-z]-?\d{6,7}",
    r"in (?:it|there|that one)",
    r"did you (?:\w+ )?(?:send|ship|deliver) (?:it|them|that)",
)
"""Says that the writer's own things are meant, and not what the shop sells."""

SHOPS = any_of(
    r"do you (?:have|sell|offer|carry|stock)",
    r"available",
    r"in stock",
    r"you have",
    r"(?:are|is) there",
    r"online",
    r"sold out",
    r"all of them",
    r"got any",
)
"""Says that what the shop sells is meant."""

GOODS = any_of(
    r"how many…(?:options?|variants?|kinds?|types?|colou?rs?|sizes?|versions?|styles?|models?|varieties|choices)",
    r"how many…(?:do you (?:have|sell|offer|carry)|available|in stock|are there|you have)",
    r"how many…(?:can (?:i|we) (?:choose|pick|select|get|buy|order)|to choose from|different)",
    r"number of…(?:options?|variants?|colou?rs?|sizes?|versions?|styles?|models?)",
    r"(?:all|the) (?:the |of the )?available",
    r"show me(?! (?:my|the|what)\b)",
    r"what (?:they|it|that|those|these|each|one) costs?",
    r"(?:which|what)…(?:do you (?:have|sell|offer|carry|stock)|you (?:have|sell|offer|carry))",
    r"(?:which|what)…(?:(?:is|are) (?:available|in stock|there)|comes? in|available)",
    r"(?:do|have) you (?:guys )?(?:still )?(?:have|got|sell|carry|stock|offer)(?! (?:to|my)\b)",
    r"(?:is|are) there (?:an?|any|other|some|still)",
    r"any…(?:below|under|for less|cheaper|available|in stock|between|over)",
    r"any other",
    r"got any",
    r"you got",
    r"any (?:[\w-]+ ){1,5}(?:in|with|for|of|without)",
    rf"{_CHEAPEST}",
    rf"{_DEAREST}",
    r"in stock",
    r"sold out",
    r"out of stock",
    r"(?:is|are)…available",
    r"availability",
    r"(?:price|prices|cost)…(?:of|for|on)",
    r"how much (?:is|are|do|does|for)",
    r"what does…cost",
    r"(?:options?|variants?|colou?rs|sizes|versions?) (?:\w+ )?(?:for|of|do)",
)
"""Asks for what the shop sells, as long as it is about goods."""

NO_GOODS = any_of(
    r"ways?", r"methods?", r"refunds?", r"returns?", r"shipping", r"delivery", r"label", r"fees?", r"pickup",
    r"store credit", r"person", r"human", r"agent", r"someone", r"time", r"deadline", r"window", r"exchanges?",
    r"(?<!online )(?<!in the )(?<!in your )(?<!your )stores?", r"locations?", r"app", r"website", r"gift receipt",
    r"polic\w+", r"payment", r"plan",
    r"points", r"track\w*", r"appointments?", r"manager", r"supervisor", r"chat", r"update", r"news", r"status",
    r"problem", r"issue", r"chance", r"help", r"questions?", r"reason", r"limit", r"anything else", r"penalty",
    r"charges?",
    r"account", r"newsletter", r"jobs?", r"weather", r"joke", r"poem",
)  # fmt: skip
"""What a question for goods is not about."""

NOT_FACTS = any_of(
    r"return (?:address|label|shipping|fee|polic\w+|window)", r"returns? cost", r"restock\w*",
    r"shipping (?:cost|fee|charge|time)\w*", r"cost of (?:return )?shipping", r"polic(?:y|ies)", r"warrant\w*",
    r"how long(?! (?:does|do|is|will)…(?:battery|last|cable|cord|strap|hose))",
    r"how many (?:days|weeks|hours|times|returns)", r"gift wrap\w*", r"discounts?", r"coupons?",
    r"promo\w*",
    r"price match\w*", r"store hours", r"phone number", r"customer service", r"final sale", r"tax(?:es)?", r"customs",
    r"duties", r"insur\w+", r"express", r"interest", r"installments?", r"membership", r"once (?:i|you)",
    r"(?<!know )(?<!see )(?<!check )(?<!me )(?<!confirm )if (?:i|we|you|my|the|it|an?|something|someone)",
    r"(?:do|can|will|would|could|should) (?:i|you|we) (?:still )?(?:return|exchange|send|accept|take|refund|charge)",
    r"do you ship", r"how (?:do|can|would) (?:i|we) (?:check|see|find out|use|track|know)",
    r"options? (?:for|to|if|when)(?= (?:send|return|get|me|i)\w*)",
    r"(?:send|sending) (?:\w+ ){0,2}back",
    r"sending", r"to send",
)  # fmt: skip
"""Questions about rules, which the shop's answers are for."""

ACTS = any_of(
    r"(?:cancel|return|returning|exchange|exchanging|swap|modify|change|changing|update|replace|remove|split|add)",
    r"send (?:it|them|this|these|the|my)…back",
    r"refund (?:me|my|it|the)",
)
"""What is to be done, and no question for a fact."""

_BEFORE = (
    r"^\W*(?:(?:hi|hello|hey|ok|okay|so|well|please|and|also|oh|thanks|great|first|lastly|finally|before that)\W+)*"
    r"(?:(?:quick|just a) (?:q|question)\W+)?(?:(?:to|on|in|from|at|for|of) (?=which|what|how many))?"
)
_WOULD_LIKE = r"i(?:'?d| would)? (?:just )?(?:also )?(?:like|want|need|wish|love)"
LEADS = re.compile(
    rf"{_BEFORE}(?:what|whats|which|how|when|where|wheres|who|number of|got any|is|are|was|were|do|does|did"
    r"|has|have|any|there"
    r"|(?:can|could) you (?:please )?(?:tell|read|check|look|show|list|confirm|give|see|find|let|remind)"
    r"|(?:can|could|may) i (?:please )?(?:get|have|see|know|ask)|tell me|give me|show me|list|check|confirm|remind me"
    rf"|let me know|{_WOULD_LIKE} (?:to (?:know|see|check|ask|confirm|find|hear)|you to)"
    r"|i(?:'?m| am) (?:also )?(?:wondering|curious|interested)|i wonder|wondering|i wanna (?:know|see|check)|wanna know"
    r"|need to know|just (?:checking|want to know))\b"
)
"""How a question for a fact begins."""


WISHES = re.compile(rf"{_BEFORE}{_WOULD_LIKE} (?:to (?:get|have)|the|a|my)\b")
"""How something is wished for: a fact where it is named as one, "I need my tracking number", else goods."""

NAMES = re.compile(
    r"^\W*(?:(?:and|also|so|plus) )*(?:the )?"
    r"(?:total|price|tracking|balance|cheapest|most expensive|order total|status|refund total)\b"
)
"""How a clause begins that only names the fact: "total price of all the grills I bought"."""
