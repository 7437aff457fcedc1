"""What a customer who waits for a person may mean: back to the assistant, how long it takes, no address; pure."""

import re

from rapidfuzz import fuzz

_SLIP = 84.0
_MOST_WORDS = 16
_OFTEN_MISTYPED = ("assistant", "person", "human", "agent", "anymore", "forget", "nevermind", "queue", "longer")
_PUNCTUATION = re.compile(r"[^\w' ]+")
_CLAUSES = re.compile(r"[,;.!?\n]+| - | – | and (?=i |take |go |never)")
_POLITE = re.compile(
    r"\b(?:please|pls|thanks|thank you|thx|actually|okay|ok|well|so|then|hi|hey|oh|sorry|hmm|guys|now|instead|again)\b"
)
_BOT = r"(?:(?:the|this|your) )?(?:(?:virtual|automated|ai) )?(?:bot|chatbot|chat bot|robot|assistant)"
_PERSON = r"(?:(?:an?|the|any|your) )?(?:real |live |human )?(?:person|human|agent|colleague|(?:any|some)(?:one|body))"
_SOMEBODY = r"(?:(?:any|some)(?:one|body)|(?:a|the) person|(?:an|the) agent|they|you|he|she|people|it)"
_MORE = r"(?: any ?(?:more|longer))?"
_COMES = r"(?:come|comes|coming|answer|answering|join|joining|reply)"
_QUEUE = r"(?:(?:the|this) )?(?:queue|line|list)"
_NOT = r"(?:don't|do not|no longer|didn't|can't|cannot|won't|will not|wouldn't|would not|haven't)"
_WISHES = (
    r"(?:can|could|may) (?:i|we|you)",
    r"(?:i|we) (?:want to|would like to|wanna|prefer to|will)",
    r"i'd (?:like|rather)(?: to)?",
    r"i'll|let(?:'s| me| us)|just|rather",
)
_WISH = rf"(?:(?:{'|'.join(_WISHES)}) )*"
_TURNS = (
    "go|take|bring|get|put|send|switch|return|transfer|connect|move|talk|speak|chat|continue|carry on|resume|back"
    "|do it|do this|give|have|want|try"
)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_BACK = _any(
    rf"{_WISH}(?:{_TURNS})(?: on)?(?: me| us)?(?: back)?(?: to| with)? {_BOT}(?: back)?",
    rf"i (?:want|need|would like|prefer) {_BOT}(?: back)?",
    rf"{_BOT}(?: is| was)?(?: fine| enough)?",
    rf"{_WISH}(?:go|take me|get me|bring me) back",
    r"never ?mind(?: that| it| me)?",
    r"forget (?:about )?(?:it|that)",
    r"stop waiting|scratch that",
    rf"(?:leave|exit|quit|get out of|get me out of|take me (?:out of|off)|remove me from) {_QUEUE}",
    rf"(?:i|we) {_NOT} (?:really )?(?:need|want|have to)(?: to (?:talk|speak)(?: to| with)?)? {_PERSON}{_MORE}",
    rf"(?:i|we) {_NOT} (?:need|want|have) to wait for {_PERSON}{_MORE}",
    rf"no need(?: for (?:{_PERSON}|that))?{_MORE}",
    rf"no (?:person|human|agent) needed{_MORE}",
    rf"cancel (?:(?:my|the|that|this) )?(?:request|handoff|handover|transfer)(?: for {_PERSON})?",
)
_BESIDE = _any(
    r"(?:i |we )?(?:have |'ve )?(?:just )?(?:solved|fixed|found|figured|sorted) (?:it|that)(?: out)?(?: myself)?",
    r"i(?:'ve| have)? changed my mind",
    r"(?:it's|its|it is|that's|i'm|all) (?:fine|okay|good|solved|alright|all right)",
    rf"i {_NOT} (?:want to )?wait(?:{_MORE}| that long| so long| for that)",
    r"(?:it|this) (?:takes|is taking) (?:too|so) long",
    r"bye|no|yes",
)
"""What says nothing by itself and may stand beside a wish to go back."""
_HOW_LONG = _any(
    r"how (?:much )?long(?:er)?(?: (?:do|must|will|should|have) i(?: (?:have|need) to)?(?: still)? wait)?",
    r"how (?:much )?long(?:er)? (?:does|will|is|'s) (?:it|this|that|the wait)(?: still| usually)?(?: take| be)?",
    r"how (?:much )?long(?:er)? (?:for|until) .{1,40}",
    rf"what(?:'s|s| is) (?:my|the) (?:place|position|number|spot|wait|wait(?:ing)? time)(?: in {_QUEUE})?",
    rf"where am i(?: in {_QUEUE})?",
    rf"am i (?:still |the )?(?:in {_QUEUE}|waiting|next|first)",
    r"how many (?:people |others )?(?:are )?(?:there )?(?:ahead|before|in front|waiting)(?: of)?(?: me)?",
    rf"(?:is|are|will) (?:there )?{_SOMEBODY}(?: even| still| ever)?(?: (?:there|here|around|available|{_COMES}))?",
    rf"when (?:will|is|are|does|do|can) {_SOMEBODY} (?:be )?(?:here|there|free|ready|{_COMES}).{{0,20}}",
    r"(?:still )?waiting|hello+(?: anyone| anybody)?|any(?:one|body)(?: there| here)?",
    r"any news|any update|(?:you |still )there",
    rf"i {_NOT} (?:want to )?wait.{{0,25}}",
    r"(?:it|this) (?:takes|is taking) (?:too|so) long|why (?:does|is) (?:it|this) tak.{0,20}",
    r"cancel|stop|exit|quit|leave|start over|restart|abort",
)
_MEANS = r"(?:(?:an?|any|the) )?(?:email|phone|address|number|one|either|it|that)"
_NO_ADDRESS = _any(
    r"no+|nope|nah|none|skip|rather not|what for",
    r"no (?:email|phone|address|number)(?: or (?:phone|email))?",
    r"i'd rather not(?: .*)?",
    rf"i {_NOT} (?:have|got|use|own)(?: {_MEANS})?(?: address| number)?(?: or .*)?",
    rf"i (?:{_NOT}|prefer not to) (?:want to |like to )?(?:give|share|tell|leave|say|send)(?: .*)?",
    r"why (?:do|would|should|does|is|are) (?:you|i|they|that|it|this)(?: .*)?",
    r"(?:don't|do not) (?:call|email|write|text|contact)(?: .*)?",
    r"i(?:'ll| will) (?:just )?wait(?: here)?",
    r"(?:can|can't|cannot) (?:they|you) (?:just )?answer here",
)
_YES = re.compile(r"(?:yes|yeah|yep|yup|correct|right|exactly|sure|i did|i do|that one|my bad|typo)(?: .{0,20})?")


def wants_the_bot(text: str) -> bool:
    """Tell whether a waiting customer's words ask for the assistant again; small slips are forgiven.

    Each clause must speak of that or say nothing of its own: what carries news is for the person.
    """
    clauses = [_plain(part) for part in _CLAUSES.split(_lowered(text))]
    said = [clause for clause in clauses if clause]
    if not said or sum(len(clause.split()) for clause in said) > _MOST_WORDS:
        return False
    back = [bool(_BACK.fullmatch(clause)) for clause in said]
    return any(back) and all(found or _BESIDE.fullmatch(clause) for found, clause in zip(back, said, strict=True))


def asks_how_long(text: str) -> bool:
    """Tell whether a waiting customer asks how long it takes, or whether anybody is there at all."""
    said = [clause for part in _CLAUSES.split(_lowered(text)) if (clause := _plain(part))]
    return bool(said) and all(_HOW_LONG.fullmatch(one) for one in said)


def gives_no_address(text: str) -> bool:
    """Tell whether a customer who was asked for an address has none, wants to give none, or asks what it is for."""
    said = " ".join(_plain(part) for part in _CLAUSES.split(_lowered(text))).strip()
    return bool(_NO_ADDRESS.fullmatch(said))


def is_yes(text: str) -> bool:
    """Tell whether a text says yes and hardly more."""
    return bool(_YES.fullmatch(_plain(_lowered(text))))


def _lowered(text: str) -> str:
    lower = text.casefold().replace("’", "'").replace("e-mail", "email")
    return re.sub(r"\b(do|can|wo|did|would)nt\b", r"\1n't", lower)


def _plain(clause: str) -> str:
    """Return the clause without marks and politeness, and with the usual slips put right."""
    words = _POLITE.sub(" ", _PUNCTUATION.sub(" ", clause)).split()
    return " ".join(_put_right(word) for word in words)


def _put_right(word: str) -> str:
    if len(word) < len("agent"):
        return word
    near = max(_OFTEN_MISTYPED, key=lambda known: fuzz.ratio(word, known))
    return near if fuzz.ratio(word, near) >= _SLIP else word
