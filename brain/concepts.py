"""What a message speaks of, as a few dozen yes-or-no marks, and the message in plain spelling; pure.

Marks and pairs of marks ("cancel" with "return") carry over to wordings that no example has; the head weighs them
beside the sentence vector. Spelling is made plain first: short forms are written out, and an unknown word becomes the
known word that it is a slip away from.
"""

import functools
import re
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

_SHORT = {
    "u": "you",
    "ur": "your",
    "r": "are",
    "pls": "please",
    "plz": "please",
    "plse": "please",
    "thx": "thanks",
    "ty": "thanks",
    "tnx": "thanks",
    "d": "the",
    "da": "the",
    "teh": "the",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "have to",
    "gimme": "give me",
    "lemme": "let me",
    "dont": "don't",
    "doesnt": "doesn't",
    "didnt": "didn't",
    "isnt": "isn't",
    "wasnt": "wasn't",
    "cant": "can't",
    "wont": "won't",
    "havent": "haven't",
    "hasnt": "hasn't",
    "arent": "aren't",
    "im": "i'm",
    "ive": "i've",
    "id": "i'd",
    "ill": "i'll",
    "whats": "what's",
    "wheres": "where's",
    "hows": "how's",
    "thats": "that's",
    "its": "it's",
    "n": "and",
    "b4": "before",
    "2": "to",
    "4": "for",
    "bk": "back",
    "rtn": "return",
    "rtrn": "return",
    "cxl": "cancel",
    "cncl": "cancel",
    "xchange": "exchange",
    "xchng": "exchange",
    "swp": "swap",
    "wat": "what",
    "wen": "when",
    "wher": "where",
    "were's": "where's",
    "hav": "have",
    "gt": "get",
    "snd": "send",
    "cn": "can",
    "cud": "could",
    "wud": "would",
    "shud": "should",
    "y": "why",
    "yh": "yes",
    "ya": "yes",
    "yea": "yes",
    "yep": "yes",
    "yup": "yes",
    "yeah": "yes",
    "nah": "no",
    "nope": "no",
    "nvm": "never mind",
    "nvmd": "never mind",
    "nm": "never mind",
    "4get": "forget",
    "ppl": "people",
    "msg": "message",
    "pkg": "package",
    "ordr": "order",
    "addy": "address",
    "addr": "address",
    "dis": "this",
    "dat": "that",
    "wit": "with",
    "w": "with",
    "w/": "with",
    "w/o": "without",
    "bc": "because",
    "cuz": "because",
    "cos": "because",
    "tho": "though",
    "rly": "really",
    "sz": "size",
    "wk": "week",
    "wks": "weeks",
    "yr": "your",
    "alrdy": "already",
    "sum1": "someone",
    "any1": "anyone",
    "hlp": "help",
    "rep": "representative",
    "mony": "money",
    "refnd": "refund",
    "refnds": "refunds",
    "lable": "label",
    "brokn": "broken",
    "wrng": "wrong",
    "ded": "dead",
    "luv": "love",
    "gr8": "great",
    "bday": "birthday",
    "tmrw": "tomorrow",
    "2day": "today",
    "2moro": "tomorrow",
    "2nite": "tonight",
    "kk": "ok",
    "k": "ok",
}
_NUMBER = re.compile(r"#?\s*\b[hw][\s#-]*\d[\d\s-]{4,}\d\b", re.IGNORECASE)
_RETURN_NUMBER = re.compile(r"\brma[\s#:-]*\d{4}[\s-]*\d{4}\b|\b\d{4}-\d{4}\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z'’/]*|\d+[a-z]*|[^\w\s]")

MARKS: dict[str, str] = {
    "return": (
        r"return\w*|rma|send (?:\w+ ){0,4}back|sent (?:\w+ ){0,4}back|sending (?:\w+ ){0,4}back"
        r"|give (?:\w+ ){0,4}back|gave (?:\w+ ){0,4}back|bring (?:\w+ ){0,4}back|take (?:\w+ ){0,4}back"
        r"|took (?:\w+ ){0,4}back|goes? back|going back|hand (?:\w+ ){0,4}back|ship (?:\w+ ){0,4}back"
        r"|back to you"
    ),
    "returned": (
        r"returned|sent (?:\w+ ){0,4}back|gave (?:\w+ ){0,4}back|mailed|dropped (?:\w+ ){0,3}off|handed"
        r"|shipped (?:\w+ ){0,4}back|posted|you (?:got|have|received|took)"
    ),
    "refund": r"refund\w*|reimburse\w*|money back|cash back|paid back|pay me back|get my money|my money",
    "money": (
        r"money|cash|credit(?:ed)?|dollars?|bank|account|statement|paypal|visa|\$|funds|paid|payment"
        r"|wallet|payout|balance"
    ),
    "exchange": r"exchang\w*|swap\w*|trade|trading|replac\w*|switch|substitute|in return for|new one|another one",
    "instead": r"instead|rather|sooner|prefer|in place of|not the|for the|for a",
    "cancel": (
        r"cancel\w*|call(?:ed|ing)? (?:\w+ ){0,4}off|withdraw\w*|revoke|undo|void|annul|scrap|drop|abort"
        r"|take back my|get rid of|remove|delete|stop|kill|halt"
    ),
    "keep": (
        r"keep\w*|kept|stay\w*|hold on to|hang on to|after all|made peace|grown on me|decided against"
        r"|changed my mind"
    ),
    "no_more": (
        r"any ?more|any longer|no longer|no need|not needed|isn't needed|don't need|don't want"
        r"|not going to|won't be|not required"
    ),
    "order": r"orders?|ordered|ordering|purchase\w*|bought|buy|preorder\w*|ordernumber",
    "unsent": (
        r"pending|processing|unshipped|open order"
        r"|before (?:it|you|they) (?:ship\w*|goes|send|leaves?|is sent)"
        r"|hasn't (?:been )?(?:shipped|left|sent|gone)|not (?:been )?(?:shipped|sent)"
        r"|haven't (?:shipped|sent)|still being packed|dispatch\w*|just ordered|just placed|just made"
        r"|minutes ago"
    ),
    "shipping": (
        r"ship\w*|deliver\w*|parcel\w*|package\w*|courier|tracking|track\w*|carrier|truck|ups|fedex|usps"
        r"|driver|postman|box|warehouse|on its way|arriv\w*|come|here yet"
    ),
    "not_there": (
        r"hasn't|haven't|not (?:here|there|yet|arrived|received)|never (?:came|arrived|got|received)"
        r"|still (?:no|not|waiting|nothing|missing)|nothing|no sign|didn't (?:get|come|arrive|receive)"
        r"|where|late|lost|overdue|delayed|yet"
    ),
    "where": (
        r"where\w*|track\w*|status|update|news|progress|any (?:sign|word)|eta|how far|how's|check(?:ing)?"
        r"|see if|find out|look up"
    ),
    "when": r"when|how long|how soon|by what|what day|which day|how much longer|until|how many days",
    "you_have": (
        r"did you (?:get|receive)|have you (?:got|received|checked|inspected|looked)|do you have my"
        r"|has it (?:reached|arrived)|approved?|rejected|accepted|inspect\w*|received|reach\w* you"
        r"|with you|pick\w* up|pickup|collect\w*"
    ),
    "change": (
        r"chang\w*|modif\w*|edit|update|amend|correct|alter|fix|adjust|make (?:it|that)|add|upgrade"
        r"|downgrade|should (?:be|go|have been)"
    ),
    "address": (
        r"address\w*|street|apartment|apt|house|moved?|zip|ship (?:it )?to|deliver (?:it )?to|road|avenue"
        r"|lane|drive|name on|recipient|office|live at"
    ),
    "pay": r"payment|pay|charge|card|paypal|visa|mastercard|amex|gift ?card|billing|bill",
    "variant": (
        r"size|colou?r|bigger|smaller|larger|longer|shorter|wider|small|medium|large|xl|xs|black|blue|red"
        r"|green|white|gr[ae]y|navy|brown|pink|silver|model|version|one up|one down|inch|gb|ml|feet"
    ),
    "label": r"labels?|qr|codes?|sticker|slip|print\w*|barcode|postage|scan\w*|sheet|paperwork|prepaid",
    "person": (
        r"human|person|agent\w*|representative|someone|somebody|operator|manager|supervisor|colleague"
        r"|staff|employee|people|customer service|support|boss|phone|call me|ring|callback|specialist"
        r"|voice|hotline|transfer me|connect me"
    ),
    "talk": r"talk\w*|speak\w*|chat|connect|transfer|put me|put through|call|contact|reach|escalate|hear a",
    "broken": (
        r"broke\w*|damag\w*|crack\w*|defect\w*|fault\w*|smash\w*|dent\w*|scratch\w*|leak\w*|dead|torn"
        r"|ripped|chipp?ed|bent|shatter\w*|stain\w*|doesn't (?:work|turn|charge|start|switch|close)"
        r"|not working|stopped|won't|died|fell (?:off|apart)|came (?:off|apart)|loose|hole|stuck|fire"
        r"|smoke\w*|noise|shrank|burn\w*|bust\w*|flicker\w*|blink\w*|rattl\w*|pieces"
    ),
    "wrong": (
        r"wrong|different|mixed up|not what i ordered|isn't what|someone else's|instead of|mistake\w*"
        r"|accident\w*"
    ),
    "missing": (
        r"missing|incomplete|without|not in (?:the|it)|isn't in|no \w+ in the|only (?:one|two|half|got)"
        r"|left out|forgot|empty|lacking|counted"
    ),
    "fit": (
        r"fits?|tight|too (?:\w+ )?(?:small|big|large|long|short|wide|narrow|loose|heavy|loud|tight)"
        r"|suits?|match|like it|don't like|hate|uncomfortable|itch\w*|pinch\w*"
    ),
    "gift": r"gifts?|present|birthday|christmas|wedding|anniversary",
    "policy": (
        r"polic\w*|rules?|allowed|do you (?:accept|take|offer|have|charge|pay|refund|ship|give)|warranty"
        r"|guarantee|fee|free|cost\w*|charge|window|deadline|time limit"
        r"|how do (?:returns|refunds|exchanges)|eligible|returnable|refundable|receipt|packaging"
        r"|original box|business days|hours|open|policy|is it possible|in general|usually|normally"
        r"|typically|what happens|what if|suppose|if i|can i still|do i (?:have|need|get|pay)|who pays"
        r"|restocking|holiday|international|abroad|expire\w*"
    ),
    "this_item": r"my|this|these|the one i",
    "want": (
        r"want|would like|i'd like|need|please|can you|could you|would you|can i|could i|may i|let me"
        r"|i wish|kindly"
    ),
    "question": r"\?|^(?:what|when|where|who|why|how|which|is|are|do|does|did|can|could|will|would|has|have|may)\b",
    "starts_what": r"^(?:what|which|how|who|why)\b",
    "angry": (
        r"ridiculous|unacceptable|terrible|awful|worst|horrible|useless|joke|disgrac\w*|scam\w*|furious"
        r"|angry|fed up|sick of|disgust\w*|outrageous|complain\w*|complaint|rude|shame\w*|disappoint\w*"
        r"|frustrat\w*|lied|liars?|nightmare|wtf|sucks?|pathetic|never again|unprofessional|appalling"
        r"|lawyer|incompetent|trash|garbage|ignored|cheated|livid|insult\w*|apology|hate"
    ),
    "happy": (
        r"great|amazing|love\w*|excellent|awesome|perfect|wonderful|fantastic|superb|brilliant|impress\w*"
        r"|stars?|feedback|suggest\w*|review|rate|compliment|praise|helpful|easy|smooth|pleased|satisfied"
        r"|recommend|well done|good job|nice|friendly|lovely|kudos|happy"
    ),
    "improve": (
        r"you (?:could|should)|would be (?:nice|good|great|helpful)|it would help|idea|tip|improve|feature"
        r"|maybe ask|fyi|just so you know|wish there"
    ),
    "thanks": r"thanks?|thank you|appreciate\w*|cheers|grateful|ta|thankyou|obliged|kind of you|bless",
    "bye": (
        r"bye|goodbye|see you|take care|have a (?:good|nice|great|lovely)|that's all|that is all|that's it"
        r"|nothing else|all set|good night|later|i'm done|everything i need\w*|have to go"
        r"|no more questions|cya|farewell|that was all|finished"
    ),
    "hello": (
        r"^(?:hi|hello|hey|hiya|yo|howdy|good (?:morning|afternoon|evening|day)|greetings|morning|evening"
        r"|helo|heya|dear)\b"
    ),
    "help": r"help|question|assist\w*",
    "yes": (
        r"^(?:yes|yess\w*|sure|ok|okay|correct|right|exactly|absolutely|definitely|of course|go ahead|do it"
        r"|confirm\w*|fine|agreed?|please do|perfect|sounds good|alright|proceed|certainly|indeed"
        r"|by all means|looks good|that's (?:right|correct|fine|it|me)|all (?:good|correct)|i (?:agree"
        r"|confirm|accept)|that works|go for it|carry on|continue)\b"
    ),
    "no": (
        r"^(?:no|noo+|nope|not|never|none|neither|don't|do not|wrong|incorrect|negative|absolutely not"
        r"|that's (?:not|wrong|incorrect)|that isn't|i don't|i'd rather not|no thanks|wait|hold o\w+"
        r"|maybe later|hmm|i'm not|unfortunately)\b"
    ),
    "stop": (
        r"^(?:\w+,? ){0,2}(?:stop|forget (?:it|about|this|that|the)|never ?mind|nevermind|quit|exit|abort|end"
        r"|leave it|drop it|cancel(?: (?:this|that|it))?|enough|skip|start over|scratch that|let's (?:not"
        r"|stop|leave|drop)|don't bother|give up|main menu|abandon|restart)\b"
    ),
    "go_on": r"(?:continue|go on|do this|go through with|carry on)",
    "correction": (
        r"actually|i meant|i mean|i said|not that|wait|sorry|oops|on second thought"
        r"|no,? (?:the|to|i|it|not|my|make|wait)|yes,? but|ok(?:ay)? but"
        r"|but (?:only|to|with|not|in|make|change|add|the)|hold on|my mistake|typo"
        r"|wrong (?:one|item|order|email|zip)|also (?:add|include|the|put)|as well|too$|leave out"
        r"|take (?:\w+ ){0,3}(?:off|out)|remove|include|other one|go back|change my answer"
    ),
    "shop_talk": (
        r"in stock|sell|recommend\w*|available|coupon|discount|promo|newsletter|password|log ?in|account"
        r"|app|website|site|job|hiring|points|loyalty|wholesale|catalog\w*|invoice|which \w+ should|best"
        r"|cost|price|how much is|material|made of|waterproof|assemble|install|clean|how do i use|buy a"
        r"|cart|checkout|shop in|store in|parking|gift cards"
    ),
    "chitchat": (
        r"joke|weather|robot|bot|human\?|love you|marry|your name|who (?:are|made) you|president|capital"
        r"|song|poem|recipe|pizza|movie|music|translate|football|game|cat|dog|bitcoin|god|lol|haha\w*|test"
        r"|homework|chatgpt|ai|time is it|math|sing|tell me a|story|politics|dream|feelings|old are you"
        r"|hungry|bored|lonely|rain|spanish|french|german|sleep"
    ),
    "reason_word": r"because|reason|too (?:small|big)|by mistake|changed my mind|as described",
    "number": r"ordernumber|returnnumber|\d{5}",
    "negation": r"no|not|n't|never|none|nothing|without|don't|doesn't|isn't|didn't|hasn't|haven't|won't|can't",
    "due": r"owe|promised|supposed|should have|was told|you said|still|weeks?|days?|ago|since|month",
}
NAMES = tuple(MARKS)
_ANCHORED = frozenset({"question", "starts_what", "hello", "yes", "no", "stop"})
_COMPILED = tuple(
    re.compile(pattern if name in _ANCHORED else rf"(?<![\w'])(?:{pattern})(?![\w'])")
    for name, pattern in MARKS.items()
)
_LENGTHS = (1, 2, 4, 8, 16, 30)  # words


def plain(text: str, known: frozenset[str] = frozenset()) -> str:
    """Return the text in small letters, order numbers as one word, short forms written out, slips mended to `known`."""
    text = text.lower().replace("’", "'").replace("`", "'")
    text = _RETURN_NUMBER.sub(" returnnumber ", _NUMBER.sub(" ordernumber ", text))
    words = [_SHORT.get(word, word) for word in _WORD.findall(text)]
    return " ".join(mended(word, known) if known else word for word in words)


@functools.lru_cache(maxsize=8192)
def mended(word: str, known: frozenset[str]) -> str:
    """Return the known word that was meant: one slip away, two in a long word, and the same first letter."""
    if len(word) < 4 or not word.isalpha() or word in known:
        return word
    allowed = 2 if len(word) >= 8 else 1
    near = process.extract(word, _listed(known), scorer=DamerauLevenshtein.distance, score_cutoff=allowed, limit=6)
    likely = [one for one in near if one[0][0] == word[0]]
    return min(likely, key=lambda one: (one[1], abs(len(one[0]) - len(word)), one[0]))[0] if likely else word


@functools.lru_cache(maxsize=4)
def _listed(known: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(known))


def found(text: str, entities: Iterable[str] = ()) -> list[str]:
    """Return the marks of a text in plain spelling: names of MARKS, "has:" each kind of entity, and its length."""
    marks = [name for name, pattern in zip(NAMES, _COMPILED, strict=True) if pattern.search(text)]
    marks += sorted({f"has:{kind}" for kind in entities})
    words = len(text.split())
    return [*marks, f"words:{next((top for top in _LENGTHS if words <= top), 99)}"]


def features(text: str, entities: Iterable[str] = ()) -> list[str]:
    """Return the marks and each pair of them, as the head counts them."""
    marks = found(text, entities)
    return marks + [f"{one}&{other}" for place, one in enumerate(marks) for other in marks[place + 1 :]]
