"""Reads an answer to "shall I go ahead?". Only a clear yes is a yes.

A text is cut into clauses. Each is a yes, a no, mere courtesy, or something else; it is a yes when one clause is and no
other is anything but courtesy. So "yes, but" and "yes, and the lamp" are neither: they say more than yes.
"""

import re
from typing import Literal

from actions.words import words_of

type Verdict = Literal["yes", "no"]

_WHAT = (
    r"(?:it|that|this|them|these|those|all|both|everything|all of (?:it|that|this|them|those|these)|both of them"
    r"|so|anything"
    r"|any of it|(?:the|my|this|that|these|those|your|both|all|all the)(?: \w+)? (?:return|exchange|refund"
    r"|cancell?ation|order|request|update|modification|change|item|thing|swap|transaction|option)s?)"
)
_TAIL = (
    r"(?: (?:please|pls|plz|for me|now|then|thanks|thank you|thx|if you (?:can|could|would)|right away|with (?:it"
    r"|that|this)|as (?:described|shown|you said|is|planned)|yet|today|at this time|for now|right now|at all"
    r"|either|any ?more))*"
)
_DO = (
    r"(?:(?:go(?: on)?(?: right)? ahead|proceed|continue|go on|carry on|move forward|go forward)(?: (?:with|and)"
    rf" (?:the )?(?:process(?:ing)? |do |submit |make |cancel |return |exchange |change )?{_WHAT}|and do so)?"
    rf"|(?:do|process|submit|confirm|complete|finali[sz]e|approve|accept|go through with)(?: {_WHAT})+"
    rf"|(?:let us|lets) (?:do|go)(?: {_WHAT}| for it| ahead| with (?:it|that|this))?|make it so|go for it|sign me up)"
)
_DEED = re.compile(
    r"(?:(?:please|pls|plz|just|then|so|and|to|i want to|id like to|i would like to|you (?:can|may)) )*"
    r"(?:return|exchange|cancel|refund|swap|change|switch|send|update|modify|apply|place|book|make|open|start|issue"
    rf"|register|schedule)(?: {_WHAT})+(?: back)?{_TAIL}"
)
"""What is to be done, said again: beside a yes it adds nothing, alone it may be another wish ("cancel it")."""
_SAYS_YES = (
    r"(?:y+|ye+|ya+|go|go on|that one|this one|yah|yea+h?|yse|yees|yeha|ys|yep+|yup+|ye+s+|yh|ok|okay"
    r"|okey|okie|k+|sure|sure thing|absolutely"
    r"|affirmative|agreed|certainly|confirm|confirmed|correct|definitely|exactly|fine|perfect|right|alright"
    r"|all right|all good|great|good|cool|aye|indeed|for sure|of course|ofc|mhm|please|please do|yes i am|im sure"
    r"|i am sure|why not|approved|accepted|excellent|wonderful|to (?:both|all|everything|that|it)|awesome"
    r"|fantastic|brilliant|lovely|very well|deal|by all means|most certainly)"
)
_APPROVES = (
    r"(?:(?:that|this|it|everything|all(?: of (?:it|that))?|thats|its|they|those|these)(?: all)?(?: (?:is|are"
    r"|would be|will be|works?|does|do|all|looks?|sounds?|seems?))*(?: (?:all|just|perfectly|absolutely|totally"
    r"|very|so|exactly))*(?: (?:right|correct|fine|good|great|perfect|ok|okay|it|accurate|what (?:i|id|i would)"
    r" (?:want|need|wanted|like|asked for|meant)|works?))?(?: (?:for|by|with) me)?"
    r"|(?:all |sounds? |looks? |seems? )+(?:all )?(?:good|great|right"
    r"|fine|perfect|correct|ok|okay)(?: to me)?|works for me|fine by me|book it|thatd be (?:great|good|fine"
    r"|perfect|lovely)|no problem go ahead)"
)
_WANTS = (
    r"(?:i (?:do|confirm|agree|accept|approve|consent|am happy with (?:that|it|this)|am ok(?:ay)? with (?:that|it"
    r"|this)|agree (?:to|with) (?:that|it|this|all of it)|(?:want|would like|d like) (?:that|this|it|you to"
    rf"|to)(?: {_DO})?|want {_WHAT}|confirm {_WHAT}|am sure)|id (?:like|love) (?:that|you to|to)(?: {_DO})?"
    rf"|im (?:happy|ok|okay|fine|good) with (?:that|it|this)|you (?:can|may|could|should)(?: please)? {_DO}|(?:can"
    rf"|could) you {_DO})"
)
_YES = re.compile(
    rf"(?:(?:please|pls|plz|kindly|just|then|so|well|oh|and|now|um|uh|ah|hmm) )*(?:{_SAYS_YES}|{_DO}|{_APPROVES}"
    rf"|{_WANTS}){_TAIL}"
)
_APPROVES_NOTHING = re.compile(
    r"(?:that|this|it|everything|all|thats|its|they|those|these)(?: (?:is|are|would|will|be|all|of|it|that|does|do"
    r"|looks?|sounds?|seems?|just|very|so))*"
)
"""What begins like an approval and names nothing good: "that is", "all of it"."""
_SAYS_NO = (
    r"(?:n+|na+h?|nay|no+|nope|negative|never|stop|wrong|incorrect|cancel|dont|do not|please dont|better not"
    r"|rather not|id rather not|i would rather not|no way|forget (?:it|that|about it)|never ?mind|nvm|leave (?:it"
    r"|that)|scrap (?:it|that)|hold off|not (?:yet|now|really|today|quite)|absolutely not|of course not|no no"
    r"|not the (?:whole|entire|full) (?:order|thing|lot)|not all of (?:it|them)"
    r"|certainly not|no thx|no ty|(?:i |ive |i have )?changed? my mind|i dont|i do not|i (?:dont|do not) (?:want"
    r"|think) (?:to|that|this|so)|id (?:rather|prefer)(?: that)? you (?:dont|did not|didnt)(?: do (?:it|that))?"
    r"|i would (?:rather|prefer)(?: that)? you (?:dont|did not|didnt)(?: do (?:it|that))?|im good|maybe (?:later"
    r"|not|another time)|later|thats (?:wrong|not right|not it|incorrect)|its wrong|not that)"
)
_DONT = (
    r"(?:(?:please )?(?:do not|dont|never|no need to|i dont want (?:you )?to|i do not want (?:you )?to"
    r"|id rather not|stop) (?:do|make|process|submit|confirm|place|book|send|cancel|return|exchange|refund|change"
    rf"|proceed|continue|go ahead|go through|start|open|update|swap|move forward)(?: with)?(?: {_WHAT})*)"
)
_KEEP = (
    r"(?:(?:i (?:would rather|want to|will|prefer to)|ill|id rather|lets|please|just)? ?(?:keep|leave) (?:it|them"
    r"|everything|things|the order|my order)(?: (?:as (?:it|they) (?:is|are|was|were)|as is|alone|be|the way (?:it"
    r"|they) (?:is|are)))?)"
)
_NO = re.compile(
    rf"(?:(?:please|just|then|so|well|oh|and|now|um|uh|ah|hmm|but) )*(?:{_SAYS_NO}|{_DONT}|{_KEEP}){_TAIL}"
)
_UNSURE = re.compile(
    r"(?:hmm )?(?:(?:(?:i am|im) )?(?:still )?(?:just )?(?:not|un) ?(?:so |quite |really |entirely "
    r"|completely )?sure(?: about (?:it|that|this))?|let me (?:think|sleep|check|see)(?: (?:about|on|over|it|that"
    r"|this|first))*|i(?:ll| will| need to| have to| want to|d like to) think(?: (?:about|it|that|this|over|more"
    r"|first))*|i (?:have not|havent) decided|i (?:cant|cannot) decide|wait|hold on|i(?:ll| will) (?:get|come"
    rf"|be) back(?: (?:to you|later))*|i need (?:more|some) time){_TAIL}"
)
_COURTESY = frozenset(
    words_of(
        "a again all and appreciate appreciated assistance been bot buddy bunch bye cheers day dear everything "
        "folks for friend goodbye great have hello help helpful hey hi hun i is it kind kindly lot lots love maam "
        "many mate much nice no now oh ok okay please pls plz problem really sir so team thank thanks that thats "
        "the then there this thx today ty u very well will worries you your youve "
    )
)
"""Words of which thanks, greetings and "that is all" are made."""
_MOST_WORDS = 25
"""A clause of more is no mere answer."""
_RESERVES = frozenset(
    words_of(
        "but only except without not no dont instead also too plus another other others if unless until after "
        "before wait rather just "
    )
)
"""Words after which a yes is none, whatever else is said."""
_REPEATING = frozenset(
    words_of(
        "absolutely definitely certainly exactly id ill what those yes yeah yep yup ye ya ok okay sure "
        "please pls plz right correct fine good great perfect and the a an my "
        "me i it that this them these those for to of on in with by from at is are be will would like want can could "
        "you your we go ahead do proceed continue process confirm make return exchange swap change cancel refund "
        "send switch update ship get have all both order item one ones version back money thank thanks so then as "
        "said shown "
    )
)
"""Words that name nothing by themselves."""
_YES_SIGNS = frozenset("👍👌✅✔☑🆗")
_NO_SIGNS = frozenset("👎❌✖🚫")
_CLAUSE = re.compile(r"[,.;!\n]+|\s[-–—]+\s")
_RUN_ON = re.compile(
    r"^(?P<first>(?:yes+|ye+a+h?|yep|yup|ya|ok|okay|sure|no|nope|nah|thanks|thank you|perfect|great|good|fine"
    r"|right|correct|absolutely|definitely|of course|sounds good|thats (?:right|correct|fine|great|perfect)"
    r"|that is (?:right|correct|fine)|please do|go ahead|do it))(?: and)? (?P<rest>.+)$"
)
"""A yes or a no at once followed by the next clause, without a comma: "yes go ahead", "no leave it"."""


def read(text: str) -> Verdict | None:
    """Read an answer to "shall I go ahead?"; only a clear yes is a yes, so that "yes, but" and "maybe" are None."""
    signs = {char for char in text if char in _YES_SIGNS | _NO_SIGNS}
    if not words_of(text):
        return _by_signs(signs)
    if "?" in text or text.strip().startswith(("/", "⁄", "∕")):
        return None
    verdict = _by_clauses(text)
    if verdict and signs and _by_signs(signs) != verdict:
        return None
    return verdict


def agrees(text: str, shown: str) -> bool:
    """Tell whether a yes only repeats what was shown: "yes, refund it to my PayPal", where it goes there."""
    if "?" in text or not opens_with(text, "yes"):
        return False
    said = set(words_of(text))
    known = {_stem(word) for word in words_of(shown)} | {_stem(word) for word in _REPEATING}
    return not said & _RESERVES and all(_stem(word) in known for word in said)


def _stem(word: str) -> str:
    return word.removesuffix("s").removesuffix("ing").removesuffix("e")


def opens_with(text: str, verdict: Verdict) -> bool:
    """Tell whether a text begins with a yes or a no, whatever follows: "no, the other one"."""
    first = words_of(_CLAUSE.split(text.strip())[0])
    return any(_clause(" ".join(first[:count])) == verdict for count in (1, 2, 3) if count <= len(first))


def _by_signs(signs: set[str]) -> Verdict | None:
    if signs and signs <= _YES_SIGNS:
        return "yes"
    return "no" if signs and signs <= _NO_SIGNS else None


def _by_clauses(text: str) -> Verdict | None:
    """Read "leave it, I've changed my mind": every clause that is not mere courtesy must say the same."""
    clauses = [" ".join(words_of(clause)) for clause in _CLAUSE.split(text)]
    verdicts = {_clause(clause) for clause in clauses if clause} - {"courtesy"}
    if "yes" in verdicts <= {"yes", "deed"}:
        return "yes"
    return "no" if "no" in verdicts <= {"no", "unsure"} else None


def _joined(parts: set[str | None]) -> str | None:
    """Return what two clauses without a comma between them are together."""
    told = parts - {"courtesy"}
    if "yes" in told:
        told.discard("deed")
    elif "no" in told:
        told.discard("unsure")
    if not told:
        return "courtesy"
    return told.pop() if len(told) == 1 else None


def _clause(words: str) -> str | None:
    """Return what a clause is: "yes", "no", "unsure", "deed", "courtesy", or None for anything else."""
    if len(words.split()) > _MOST_WORDS:
        return None
    run_on = _RUN_ON.match(words)
    if run_on and not _NO.fullmatch(words):
        parts = {_clause(run_on["first"]), _clause(run_on["rest"])}
        if None not in parts:
            return _joined(parts)
    if _NO.fullmatch(words):
        return "no"
    if _YES.fullmatch(words) and not _APPROVES_NOTHING.fullmatch(words):
        return "yes"
    if _UNSURE.fullmatch(words):
        return "unsure"
    if _DEED.fullmatch(words):
        return "deed"
    return "courtesy" if set(words.split()) <= _COURTESY else None
