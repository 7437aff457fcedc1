"""The books of the house: put back before each task, and read after it for what was written."""

import json
from collections import defaultdict
from typing import Any

import psycopg
from psycopg import sql

from retail.tasks import Kind, Write

KEPT = "kept"
"""Schema that holds the rows as they were imported."""
_LEFT_ALONE = ("alembic_version", "procrastinate_workers", "agents")
_TABLES = """
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)
      AND (tablename NOT LIKE 'procrastinate%%')
"""
_ADDRESS = ("street", "extra", "city", "region", "zip")
_REASONS = {"no_longer_needed": "no longer needed", "ordered_by_mistake": "ordered by mistake"}
_AGENT = """
    INSERT INTO agents (id, email, name, password_hash, role, languages, skills, capacity, available, seen_at,
      preferences, created_at)
    VALUES (gen_random_uuid(), 'ana@example.com', 'Ana', '', 'agent', '{en}', '{}', 10000, true,
      now() + interval '30 days', '{}', now())
"""
Connection = psycopg.Connection[Any]


def keep(connection: Connection) -> None:
    """Keep a copy of every row, and let a person be there to take over."""
    connection.execute(_AGENT)
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(KEPT)))
    for name in _tables(connection):
        filled = connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))).fetchone()
        if filled:
            copy = sql.SQL("CREATE TABLE {}.{} AS TABLE {}")
            connection.execute(copy.format(sql.Identifier(KEPT), sql.Identifier(name), sql.Identifier(name)))


def put_back(connection: Connection) -> None:
    """Make the database what it was after the import: no conversations, no returns, no jobs."""
    for _ in range(5):
        try:
            with connection.transaction():
                _put_back(connection)
            return
        except (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable):
            continue
    raise RuntimeError("the rows could not be put back: somebody holds the tables")


def _put_back(connection: Connection) -> None:
    connection.execute("SET LOCAL lock_timeout = '3s'")
    connection.execute("DELETE FROM procrastinate_jobs WHERE status <> 'doing'")
    names = _tables(connection)
    connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, names))))
    connection.execute("SET LOCAL session_replication_role = replica")  # rows refer to each other
    kept = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [KEPT]).fetchall()
    for (name,) in kept:
        copy = sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE SELECT * FROM {}.{}")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(KEPT), sql.Identifier(name)))


def _tables(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute(_TABLES, [list(_LEFT_ALONE)]).fetchall()]


def written(connection: Connection) -> list[Write]:
    """Return every change that was made since the rows were put back."""
    return [
        *_cancellations(connection),
        *_changed_items(connection),
        *_changed_addresses(connection),
        *_changed_payments(connection),
        *_addresses_on_file(connection),
        *_returns(connection),
    ]


def handed_over(connection: Connection) -> str:
    """Return why a person was called; empty when nobody was."""
    row = connection.execute("SELECT reason || ': ' || detail FROM handoffs ORDER BY requested_at LIMIT 1").fetchone()
    return str(row[0]) if row else ""


def _cancellations(connection: Connection) -> list[Write]:
    rows = connection.execute("""
        SELECT o.number, o.cancel_reason FROM orders o JOIN kept.orders k ON k.id = o.id
        WHERE o.state = 'cancelled' AND k.state <> 'cancelled'
    """)
    return [Write("cancel", f"#{number}", reason=_REASONS.get(reason, str(reason))) for number, reason in rows]


def _changed_items(connection: Connection) -> list[Write]:
    rows = connection.execute("""
        SELECT o.number, array_agg(k.variant_id ORDER BY k.position), array_agg(i.variant_id ORDER BY k.position),
          (SELECT payment_method_id FROM transfers t WHERE t.order_id = o.id AND t.key LIKE 'items:%'
           ORDER BY amount DESC LIMIT 1)
        FROM orders o JOIN order_items i ON i.order_id = o.id JOIN kept.order_items k ON k.id = i.id
        WHERE i.variant_id <> k.variant_id GROUP BY o.id, o.number
    """)
    return [Write("items", f"#{number}", tuple(old), tuple(new), method or "") for number, old, new, method in rows]


def _changed_addresses(connection: Connection) -> list[Write]:
    rows = connection.execute("""
        SELECT o.number, o.address FROM orders o JOIN kept.orders k ON k.id = o.id WHERE o.address <> k.address
    """)
    return [Write("address", f"#{number}", address=_parts(address)) for number, address in rows]


def _changed_payments(connection: Connection) -> list[Write]:
    rows = connection.execute("""
        SELECT o.number, (SELECT payment_method_id FROM transfers t WHERE t.order_id = o.id AND t.kind = 'charge'
          ORDER BY requested_at DESC LIMIT 1)
        FROM events e JOIN orders o ON o.id = e.order_id WHERE e.subject = 'order' AND e.kind = 'payment_changed'
    """)
    return [Write("payment", f"#{number}", payment=method or "") for number, method in rows]


def _addresses_on_file(connection: Connection) -> list[Write]:
    """Each change counts, also one that is taken back; of those before the last only that they were is known."""
    rows = connection.execute("""
        SELECT count(*), c.street, c.extra, c.city, c.region, c.zip FROM events e JOIN customers c
          ON c.id = e.customer_id
        WHERE e.subject = 'customer' AND e.kind = 'address_changed' GROUP BY c.id
    """).fetchall()
    return [Write("on_file", address=tuple(address)) for count, *address in rows for _ in range(count)]


def _returns(connection: Connection) -> list[Write]:
    rows = connection.execute("""
        SELECT r.id::text, o.number, l.resolution, i.variant_id, l.exchange_variant_id, l.quantity,
          coalesce(r.refund_to, (SELECT payment_method_id FROM payments p WHERE p.order_id = o.id AND p.kind = 'payment'
            ORDER BY amount DESC LIMIT 1))
        FROM returns r JOIN orders o ON o.id = r.order_id JOIN return_lines l ON l.return_id = r.id
          JOIN order_items i ON i.id = l.order_item_id
        WHERE r.approval IN ('requested', 'approved') ORDER BY r.opened_at, l.position
    """)
    found: dict[tuple[str, str, Kind, str], list[tuple[str, str]]] = defaultdict(list)
    for return_id, number, resolution, old, new, quantity, method in rows:
        kind: Kind = "exchange" if resolution == "exchange" else "return"
        found[return_id, number, kind, method].extend([(old, new or "")] * quantity)
    return [
        Write(
            kind,
            f"#{number}",
            tuple(old for old, _ in pairs),
            tuple(new for _, new in pairs) if kind == "exchange" else (),
            method,
        )
        for (_, number, kind, method), pairs in found.items()
    ]


def _parts(address: Any) -> tuple[str, ...]:
    known = json.loads(address) if isinstance(address, str) else address
    return tuple(str(known.get(name, "")) for name in _ADDRESS)
