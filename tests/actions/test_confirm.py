"""A wish is kept with the dialogue until the yes, for the label that is ordered before anything is written."""

from uuid import UUID

import pytest

from actions import confirm
from casework.wishes import ChangeAddress, ChangeItems, ExtendReturn, NewLabel, OpenReturn, Wish
from store.decision import RequestLine
from store.order import Address

ORDER, ITEM, PHOTO = UUID(int=1), UUID(int=2), UUID(int=3)
LINE = RequestLine(ITEM, 2, "damaged", "opened", (PHOTO,))


@pytest.mark.parametrize(
    "wish",
    [
        OpenReturn(
            ORDER, (LINE,), "exchange", "drop_off_qr", exchange_variants={ITEM: ("a", "b")}, difference_to="card"
        ),
        NewLabel("RMA-4829-1563"),
        ExtendReturn("RMA-4829-1563"),
        ChangeAddress(ORDER, Address("12 Oak Street", "", "Salem", "OR", "97301"), also_on_file=True),
        ChangeItems(ORDER, {ITEM: "b"}, "card"),
    ],
)
def test_what_is_kept_reads_back_as_the_same_wish(wish: Wish) -> None:
    again = confirm.read(confirm.stored(wish))

    assert type(again) is type(wish)
    assert confirm.stored(again) == confirm.stored(wish)
