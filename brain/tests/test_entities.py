"""What customers name is found in any of the ways in which they write it, in the one form that the desk uses."""

import pytest
from brain import entities


def found(text, kind):
    return [one["value"] for one in entities.find(text) if one["entity"] == kind]


@pytest.mark.parametrize(
    "text",
    [
        "#H204518",
        "h204518",
        "# H 204518",
        "order H-204518",
        "#h 204518",
        "H-204-518",
        "order 204518",
        "its 204518 i think",
        "Order no. H204518.",
        "(H204518)",
        "h2O4518",
        "return the mug from h204518, please",
    ],
)
def test_an_order_number_is_read_in_any_shape(text):
    assert found(text, "order_id") == ["H204518"]


@pytest.mark.parametrize("text", ["#W2378156", "w 2378156", "order 2378156", "W-2378156"])
def test_an_order_number_of_the_retail_data_set_is_read_too(text):
    assert found(text, "order_id") == ["W2378156"]


@pytest.mark.parametrize(
    "text",
    [
        "with 20 mugs",
        "97214",
        "hooooooo",
        "$204518",
        "503-555-0199",
        "RMA-4829-1563",
        "12/04/2026",
        "a 1234567890",
    ],
)
def test_what_is_no_order_number_is_not_taken_for_one(text):
    assert found(text, "order_id") == []


@pytest.mark.parametrize(
    "text",
    [
        "RMA-4829-1563",
        "rma 48291563",
        "rma4829 1563",
        "RMA number: 4829-1563",
        "4829-1563",
    ],
)
def test_a_return_number_is_read_in_any_shape(text):
    assert found(text, "rma") == ["RMA-4829-1563"]


@pytest.mark.parametrize(
    "text",
    [
        "maya.torres@example.com",
        "Maya.Torres@Example.com",
        "maya . torres @ example . com",
        "it's maya.torres@example.com.",
        "maya dot torres at example dot com",
        "maya.torres (at) example (dot) com",
        "write me. maya.torres@example.com",
    ],
)
def test_an_email_is_read_in_any_shape(text):
    assert found(text, "email") == ["maya.torres@example.com"]


@pytest.mark.parametrize(("text", "zips"), [("97214", ["97214"]), ("zip 97214-1234", ["97214-1234"]), ("$97214", [])])
def test_a_zip_has_five_digits_or_nine(text, zips):
    assert found(text, "zip") == zips


@pytest.mark.parametrize("text", ["(503) 555-0199", "503-555-0199", "call 503.555.0199 please"])
def test_a_phone_number_is_read_as_its_digits(text):
    assert found(text, "phone") == ["5035550199"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'm Maya Torres", "Maya Torres"),
        ("my name is maya torres and zip is 97214", "maya torres"),
        ("Name: Maya Torres", "Maya Torres"),
        ("Maya Torres", "Maya Torres"),
        ("Maya Torres, 97214", "Maya Torres"),
        ("maya torres 97214", "maya torres"),
    ],
)
def test_a_name_is_found(text, name):
    assert found(text, "name") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "I'm looking for my parcel",
        "Too Small",
        "blue mug",
        "Store Credit",
        "thanks a lot",
        "I'm Very Upset About It All",
    ],
)
def test_what_is_no_name_is_not_taken_for_one(text):
    assert found(text, "name") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("too tight", "too_small"),
        ("way too big on me", "too_large"),
        ("too tihgt", "too_small"),
        ("changed my mind", "no_longer_needed"),
        ("it arrived broken", "damaged"),
        ("it doesn’t work", "defective"),
        ("you sent me the wrong one", "wrong_item"),
        ("a screw is missing", "missing_parts"),
        ("ordered it by mistake", "ordered_by_mistake"),
        ("came too late", "arrived_late"),
        ("found it cheaper", "better_price"),
        ("not as described", "not_as_described"),
        ("dameged", "damaged"),
    ],
)
def test_a_reason_is_read_as_its_code(text, reason):
    assert found(text, "reason") == [reason]


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("2 mugs", [2]),
        ("two", [2]),
        ("both", ["both"]),
        ("all of them", ["all"]),
        ("return 3", [3]),
    ],
)
def test_an_amount_is_found(text, quantity):
    assert found(text, "quantity") == quantity


@pytest.mark.parametrize(
    "text",
    [
        "2 weeks ago",
        "size 9",
        "$20",
        "that's all",
        "the blue one",
        "20% off",
        "not at all",
        "#H204518",
        "10 am",
    ],
)
def test_not_every_number_is_an_amount(text):
    assert found(text, "quantity") == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("size 9", "variant", "size 9"),
        ("in blue", "variant", "blue"),
        ("the larger one", "variant", "larger"),
        ("an 8 please", "variant", "8"),
        ("XL", "variant", "xl"),
        ("to my visa", "refund_to", "visa"),
        ("paypal", "refund_to", "paypal"),
        ("store credit please", "refund_to", "store credit"),
        ("store credit please", "resolution", "store_credit"),
        ("original payment", "refund_to", "original payment"),
        ("my money back", "resolution", "refund"),
        ("swap it", "resolution", "exchange"),
        ("drop off", "return_method", "drop_off_qr"),
        ("print the label", "return_method", "printed_label"),
        ("pick it up", "return_method", "pickup"),
        ("in store", "return_method", "store"),
    ],
)
def test_a_wish_is_found(text, kind, value):
    assert found(text, kind) == [value]


def test_store_credit_is_no_visit_to_the_store():
    assert found("store credit please", "return_method") == []


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("return the blue mug", ["blue mug"]),
        ("both shoes and the mug", ["shoes", "mug"]),
        ("my headphnes", ["headphones"]),
        ("send back the widget", ["widget"]),
        ("return it", []),
        ("return my order", []),
    ],
)
def test_goods_are_found_with_what_describes_them(text, products):
    assert found(text, "product") == products


def test_positions_are_those_of_the_text_as_it_was_written():
    text = "Hi!  I'm Maya Torres — return the mugg from # h 204518, it’s too tihgt"
    for one in entities.find(text):
        assert set(one) == {"entity", "value", "start", "end", "confidence", "extractor"}
        assert text[one["start"] : one["end"]].strip() == text[one["start"] : one["end"]] != ""
    spans = {one["entity"]: text[one["start"] : one["end"]] for one in entities.find(text)}
    assert spans["order_id"] == "# h 204518"
    assert spans["reason"] == "too tihgt"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "👍" * 500,
        "a" * 10_000,
        "1" * 10_000,
        "a.b " * 3_000,
        "- " * 5_000,
        "h " * 5_000,
    ],
)
def test_any_text_is_read_quickly(text):
    assert isinstance(entities.find(text), list)
