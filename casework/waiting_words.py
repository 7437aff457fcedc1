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
_BOT = r"(?:the |this |your |my |that )?(?:virtual |automated |ai )?(?:bot|chatbot|chat bot|robot|assistant|ai|machine)"
_PERSON = (
    r"(?:(?:a|an|the|any|your) )?(?:real |live |human )?(?:person|human|agent|colleague|anyone|anybody|somebody|someone)"
)
_WISH = (
    r"(?:(?:can|could|may) (?:i|we|you) |(?:i|we) (?:want to|would like to|wanna|prefer to|will) |i'd (?:like|rather) (?:to )?"
    r"|i'll |let(?:'s| me| us) |just |rather )*"
)
_TOWARDS = (
    r"(?:go|take|bring|get|put|send|switch|return|transfer|connect|move|talk|speak|chat|continue|carry on|resume|back"
    r"|do (?:it|this)|give|have|want|try)"
)
_BACK = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_WISH}{_TOWARDS}(?: on)?(?: me| us)?(?: back)?(?: to| with)? {_BOT}(?: back)?",
        rf"i (?:want|need|would like|prefer) {_BOT}(?: back)?",
        rf"{_BOT}(?: is| was)?(?: fine| enough)?",
        rf"{_WISH}(?:go|take me|get me|bring me) back",
        r"never ?mind(?: that| it| me)?|forget (?:it|about it|that|about that)|stop waiting|scratch that",
        r"(?:leave|exit|quit|get (?:me )?out of|take me (?:out of|off)|remove me from) (?:the |this )?(?:queue|line|list)",
        rf"(?:i|we) (?:don't|do not|no longer|didn't) (?:really )?(?:need|want|have to)(?: to (?:talk|speak|wait)(?: to| for| with)?)?"
        rf" {_PERSON}(?: any ?more| any ?longer)?",
        rf"no (?:need(?: for (?:{_PERSON}|that))?|(?:person|human|agent) needed)(?: any ?more| any ?longer)?",
        rf"cancel (?:my |the |that |this )?(?:request|handoff|handover|transfer)(?: for {_PERSON})?",
    )
)
_BESIDE = re.compile(
    r"|(?:i |we )?(?:have |'ve )?(?:just )?(?:solved|fixed|found|figured|sorted|worked) (?:it|that)(?: out)?(?: myself| ourselves)?"
    r"|i(?:'ve| have)? changed my mind|(?:it's|its|it is|that's|i'm|all) (?:fine|okay|good|solved|alright|all right)"
    r"|i (?:can't|cannot|don't want to|won't) wait(?: any ?more| any ?longer| that long| so long| for that)?|bye|no|yes"
    r"|(?:it|this) (?:takes|is taking) (?:too|so) long"
)
"""What says nothing by itself and may stand beside a wish to go back."""
_SOMEBODY = r"(?:anyone|anybody|someone|somebody|a person|the person|the agent|an agent|they|you|he|she|people|it)"
_HOW_LONG = tuple(
    re.compile(pattern)
    for pattern in (
        r"how (?:much )?long(?:er)?(?: (?:do|must|will|should|have|does|is|'s)"
        r"(?: (?:i|we|it|this|that|the wait|the queue|the line|waiting))?"
        r"(?: (?:still|usually|normally|have to|need to|gonna|going to))*(?: (?:wait|take|be|last))?)?"
        r"(?: for (?:a |an )?(?:person|human|agent|someone|somebody|this)| until .{0,40}|)",
        r"what(?:'s| is| s) (?:my|the) (?:place|position|number|spot|wait|wait time|waiting time|queue)(?: in (?:the )?(?:queue|line))?",
        r"where am i(?: in (?:the )?(?:queue|line))?|am i (?:still |the )?(?:in (?:the )?(?:queue|line)|waiting|next|first)",
        r"how many (?:people |others |customers )?(?:are )?(?:still )?(?:there )?(?:ahead|before|in front|waiting)(?: of)?(?: me)?",
        rf"(?:is|are|will) (?:there )?{_SOMEBODY}(?: even| still| ever)? ?(?:there|here|around|coming|available|come|answer|help me)?",
        rf"when (?:will|is|are|does|do|can) {_SOMEBODY} (?:be )?(?:come|coming|answer|here|there|available|free|ready|join|reply).{{0,20}}",
        r"(?:still )?waiting|hello+|hello+ anyone|any(?:one|body)(?: there| here)?|any news|any update|you there|still there",
        r"i (?:can't|cannot|don't want to|won't) wait.{0,25}|(?:it|this) (?:takes|is taking) (?:too|so) long|why (?:does|is) (?:it|this) tak.{0,20}",
        r"cancel|stop|exit|quit|leave|start over|restart|abort",
    )
)
_NO_ADDRESS = re.compile(
    r"no+|nope|nah|none|skip|no (?:e ?mail|phone|address|number)(?: or phone| or e ?mail)?|i'd rather not(?: .*)?|rather not"
    r"|i (?:don't|do not|haven't) (?:have|got|use|own) (?:an? |any |one|either|it|that|the )?(?:e ?mail|phone|address|number|one)?"
    r"(?: address| number)?(?: or .*)?"
    r"|i (?:don't|do not|won't|will not|would not|wouldn't|prefer not to|can't) (?:want to |like to )?(?:give|share|tell|leave|say|send)(?: .*)?"
    r"|why (?:do|would|should|does|is|are) (?:you|i|they|that|it|this)(?: .*)?|what for|(?:please )?(?:don't|do not) (?:call|e ?mail|write|text|contact)(?: .*)?"
    r"|i(?:'ll| will) (?:just )?wait(?: here)?|can(?:'t| not)? (?:they|you) (?:just )?answer here"
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
    back = [any(pattern.fullmatch(clause) for pattern in _BACK) for clause in said]
    return any(back) and all(found or _BESIDE.fullmatch(clause) for found, clause in zip(back, said, strict=True))


def asks_how_long(text: str) -> bool:
    """Tell whether a waiting customer asks how long it takes, or whether anybody is there at all."""
    said = [clause for part in _CLAUSES.split(_lowered(text)) if (clause := _plain(part))]
    return bool(said) and all(any(pattern.fullmatch(one) for pattern in _HOW_LONG) for one in said)


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
