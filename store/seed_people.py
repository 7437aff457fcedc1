"""Invented people of the demo shop: names, places and payment methods; nobody real is meant."""

import random
from decimal import Decimal
from uuid import UUID

from store.order import Address, Customer, PaymentMethod

_FIRST = (
    "Amelia Noah Sofia Liam Zoë Mateo Hana Lucas Ines Omar Grace Arjun Elena Samuel Chloe Diego Yuki Peter Fatima Leo "
    "Ruth Ivan Nora Kofi Alice Hugo Mina Victor Jade Anton"
)
_LAST = (
    "Carter Nguyen García Okafor Kim Rossi Patel Johansson Cohen Silva Brooks Haddad Novak Fischer Moreau Tanaka Reyes "
    "Walsh Osei Lindqvist Baker Sato Petrov Almeida Quinn Marsh Iyer Duarte Vance Hale"
)
_PLACES = (
    ("Seattle", "WA", "981", "206"),
    ("Portland", "OR", "972", "503"),
    ("Denver", "CO", "802", "303"),
    ("Boston", "MA", "021", "617"),
    ("Austin", "TX", "787", "512"),
    ("Chicago", "IL", "606", "312"),
    ("Atlanta", "GA", "303", "404"),
    ("Madison", "WI", "537", "608"),
)
_STREETS = "Oak Street,Maple Avenue,Harbor Road,Cedar Lane,Mill Street,Lake Drive,Hill Road,Garden Court".split(",")  # noqa: SIM905
_PLAIN = str.maketrans("ëí", "ei")


def customer(chance: random.Random, number: int, customer_id: UUID) -> Customer:
    """Invent a customer; the number makes the e-mail address their own."""
    first, last = chance.choice(_FIRST.split()), chance.choice(_LAST.split())
    city, region, zip_head, area = chance.choice(_PLACES)
    address = Address(
        street=f"{chance.randint(10, 4999)} {chance.choice(_STREETS)}",
        extra=f"Apt {chance.randint(1, 40)}" if chance.random() < 0.3 else "",
        city=city,
        region=region,
        zip=f"{zip_head}{chance.randint(1, 99):02d}",
        country="US",
    )
    email = f"{first}.{last}{number}@example.com".lower().translate(_PLAIN)
    # 555-0100 to 555-0199 are kept free for invented people in every US area code.
    phone = f"+1{area}5550{chance.randint(100, 199)}" if chance.random() < 0.8 else None
    return Customer(customer_id, first, last, email, phone, address)


def payment_methods(chance: random.Random, number: int, customer_id: UUID) -> list[PaymentMethod]:
    """Invent one to three payment methods."""
    brand = chance.choice(("Visa", "Mastercard", "American Express"))
    label = f"{brand} ending {chance.randint(1000, 9999)}"
    found = [PaymentMethod(f"card_{number}", customer_id, "card", label)]
    if chance.random() < 0.35:
        found.append(PaymentMethod(f"paypal_{number}", customer_id, "paypal", "PayPal"))
    if chance.random() < 0.3:
        balance = Decimal(chance.randint(5, 150))
        label = f"Gift card ending {chance.randint(1000, 9999)}"
        found.append(PaymentMethod(f"gift_card_{number}", customer_id, "gift_card", label, balance))
    if chance.random() < 0.08:
        balance = Decimal(chance.randint(5, 80))
        found.append(PaymentMethod(f"store_credit_{number}", customer_id, "store_credit", "Store credit", balance))
    return found
