"""Orders of the demo shop that no other conversation has used, found by what a test needs of them."""

from tests.running import Purchase, RunningHouse

_USED: set[str] = set()


def pending(house: RunningHouse, condition: str = "true") -> Purchase:
    """Take an order that is not packed."""
    return take(house, f"state = 'pending' AND {condition}")


def delivered(house: RunningHouse, condition: str = "true", days: int = 10) -> Purchase:
    """Take an order that came within so many days and of which nothing was returned."""
    lately = f"delivered_at > now() - interval '{int(days)} days'"
    return take(house, f"state = 'delivered' AND {lately} AND {condition}")


def holding(house: RunningHouse, product: str, condition: str = "true") -> Purchase:
    """Take a delivered order that holds one piece of a product and nothing else of it."""
    holds = f"EXISTS (SELECT 1 FROM order_items WHERE order_id = orders.id AND product_id = '{product}')"
    kept = "NOT EXISTS (SELECT 1 FROM order_items WHERE order_id = orders.id AND final_sale)"
    lately = "delivered_at > now() - interval '28 days'"
    return take(house, f"state = 'delivered' AND {lately} AND {holds} AND {kept} AND {condition}")


def take(house: RunningHouse, condition: str) -> Purchase:
    """Take an order; each is given once."""
    query = f"""
        SELECT number, customers.zip, email, array_agg(order_items.name ORDER BY position),
          array_agg(quantity ORDER BY position)
        FROM orders JOIN customers ON customers.id = customer_id
          JOIN order_items ON order_items.order_id = orders.id
        WHERE number NOT LIKE 'H20____' AND {condition}
          AND NOT EXISTS (SELECT 1 FROM returns WHERE returns.order_id = orders.id)
        GROUP BY number, customers.zip, email
        HAVING count(DISTINCT order_items.name) = count(*)
        ORDER BY md5(number)
    """
    for number, zip_code, email, names, quantities in house.rows(query):
        if number not in _USED:
            _USED.add(str(number))
            items = dict(zip(names, quantities, strict=True))  # type: ignore[call-overload]
            return Purchase(str(number), str(zip_code), str(email), items)
    raise AssertionError(f"no order is left with {condition}")


METHODS = "(SELECT count(*) FROM payment_methods WHERE payment_methods.customer_id = orders.customer_id)"
"""How many payment methods the order's customer has."""
