"""Words of everyday messages: those that name no goods, and other names of goods."""

from collections.abc import Mapping


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list that is written as one text."""
    return frozenset(text.split())


FILLERS = word_set("""
    please pls plz just only yes yep yeah ok okay no i id ill im we me mean meant it its is was be the a an my that this
    these those would like want to need return returning send sending back exchange exchanging swap cancel refund change
    modify replace item items product products number line size color colour from of for and or also too then in with
    one
    ones which was were are first last order thanks thank you hi hello hey think guess sure so well both all them they
    actually rather make put get have got take do does did can could will should let lets
    """)
"""Words that may stand around "the blue one" without saying more."""

NO_GOODS = word_set("""
    order orders item items product products thing things stuff one ones it them package parcel delivery shipment box
    money refund refunds price prices cost difference payment method methods card cards credit debit visa mastercard
    amex
    paypal account gift voucher balance bank address addresses home house place street city zip code email e-mail mail
    phone number numbers name id details info information profile user customer person human agent manager
    representative somebody someone anybody service support team help question questions problem problems issue issues
    reason reasons mistake accident way option options version versions type types kind kinds model models size sizes
    color colour colors colours material materials style features feature spec specs specification specifications
    quantity amount total sum day days week weeks month months year years hour hours minute minutes time times today
    yesterday tomorrow morning evening night date morning birthday christmas label labels receipt invoice picture photo
    photos store shop website site online page app link tracking policy window warranty status update rest others other
    same different new old another right wrong whole entire full lot couple few pair bit something anything everything
    nothing none everyone exchange return returns cancellation cancel swap change replacement seal tag tags packaging
    process request requests confirmation yes thanks thank please hi hello hey sorry son daughter wife husband mom mum
    dad mother father brother sister friend friends kid kids child children parents family neighbour neighbor boss
    chance case point moment second minute while state country door post office courier driver deal sale discount coupon
    money's worth value quality condition life work job half part parts piece pieces end start beginning top bottom side
    original cheapest cheaper expensive pricier better best worst most least more less size first second third fourth
    last latest recent next previous purchase purchases receipt store credit january february march april may june july
    august september october november december monday tuesday wednesday thursday friday saturday sunday spring summer
    autumn winter holiday holidays fit trouble pressure upgrade downgrade pay perfect fine good great nice cool lovely
    awesome alright okay
    brilliant wonderful excellent correct sure hang hold wait prefer keep hmm oops wow damn honestly basically
    """)
"""What is returned, refunded or asked for in many messages and is no thing on sale."""

STOPPERS = word_set("""
    that which who from in on at because since as is was were are be been has have had for to with without by of and
    or but
    if when where while i you he she we they it this these those not dont didnt doesnt cant wont isnt wasnt so too very
    please pls plz now today yesterday again back anymore instead really do does did can could will would should may
    might must need want like got get gets came come arrived received ordered bought sent broke broken damaged
    defective leaks leaking works work working doesn fit fits looks look feels feel seems about into onto over under
    out up down off than then there here after before until all both only just also even still
    """)
"""Words at which the name of a thing has ended."""

COMPARATIVES = word_set(
    """
    smaller smallest larger largest bigger biggest longer longest shorter shortest higher highest lower lowest lighter
    lightest darker darkest harder hardest softer softest faster fastest slower slowest brighter brightest
    """
)
"""Forms that compare: "smaller" does not say "small"."""

ACTIONS = word_set(
    """
    return returning exchange exchanging swap swapping cancel cancelling canceling refund change changing modify send
    sending replace just only want need
    """
)
"""Words after which a thing to be dealt with is named."""

DETERMINERS = word_set(
    """
    the my that this those these a an your his her our their one two three four both all another any each every
    """
)
"""Words that open the name of a thing."""

OTHER_NAMES: Mapping[str, str] = {
    "trainer": "sneaker running shoe", "sneaker": "trainer running shoe", "tee": "tshirt", "mobile": "smartphone",
    "cellphone": "smartphone", "cell": "smartphone", "iphone": "smartphone", "rucksack": "backpack",
    "knapsack": "backpack", "pullover": "sweater", "jumper": "sweater", "hoodie": "sweater", "parasol": "umbrella",
    "powerbank": "charger", "bike": "bicycle", "bbq": "grill", "barbecue": "grill", "suitcase": "luggage",
    "dumbbell": "weights", "weights": "dumbbell", "cologne": "perfume", "fragrance": "perfume",
    "earphone": "headphone", "airpod": "earbud", "ipad": "tablet", "kindle": "ereader", "macbook": "laptop",
    "hoover": "vacuum cleaner", "telly": "tv", "couch": "sofa", "flask": "bottle", "cosmetics": "makeup",
    "shades": "sunglasses", "bookcase": "bookshelf", "webcam": "camera", "lightbulb": "light bulb",
    "torch": "flashlight", "sofa": "couch", "coat": "jacket",
}  # fmt: skip
"""Everyday names of the same thing, for where the encoder is not sure enough."""

COLORS = word_set(
    """
    black white grey silver gold red blue green yellow orange purple pink brown beige navy teal turquoise violet maroon
    burgundy ivory cream khaki olive lime magenta cyan bronze copper tan charcoal lavender mint coral indigo scarlet
    crimson
    """
)
