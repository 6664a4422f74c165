"""On PostgreSQL, too, no statement reads what grows, over a small year of past that was counted just now.

Each statement has one plan whatever its parameters are, and goes along a key where there is one: what a plan reads of a
table depends on the size of its tables and nothing else. A whole partial index is small, but whoever reads it stands in
the way of everybody who writes to it: that needs a reason like any scan.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, TypeAlias

import pytest

from bench.growth.carrying import carry
from bench.growth.filling import fill
from bench.growth.held_postgres import explain
from bench.growth.scale import Scale
from bot.store.postgres.connections import Connection, connect
from bot.store.postgres.parameters import numbered_statements
from tests.postgres_server import PostgresServer
from tests.test_statement_plans import REASONS, SMALL, TO_BE_MENDED, explained

# As EXPLAIN says it.
Node: TypeAlias = dict[str, Any]

SCALE: Final = replace(Scale.of(0.01), reseller_sales=1_000)
# Tables that a year of the shop leaves almost empty are given so many rows of any content.
LEAST: Final = 3_000
# No more rows than this, as PostgreSQL guesses them, are put in order or kept to be compared.
MANY: Final = 400
ALLOWED: Final = {
    "batch": {"state": "'done'"},
    "batch_line": {"state": "'good'"},
    "address": {"kind": "'number'"},
    "person_name": {"kind": "'given'"},
    "conversation": {"state": "CASE WHEN n % 100 = 0 THEN 'open' ELSE 'done' END"},
    "proof": {"state": "CASE WHEN n % 100 = 0 THEN 'open' ELSE 'credited' END"},
}

# Whole indexes that are read, and why.
WALKS: Final = {
    "audit_held": "all open orders",
    "audit_open_orders": "all open orders",
    "audit_paybacks": "the pay-backs that have not ended",
    "audit_upto": "the entries of the last minutes, from the end",
    "batches_moved": "the lists that run",
    "collections_stuck": "the collections that need a person",
    "conversations_counted": "the conversations that are open",
    "conversations_open": "the conversations that are open",
    "early_report_add": "what waits, until something is being sent",
    "inquiries_due": "the inquiries that wait",
    "inquiries_waiting": "the inquiries that wait",
    "joined": "the audit reads all joins; few accounts are ever joined",
    "orders_by_state": "all open orders",
    "orders_needy": "all open orders",
    "orders_stuck": "all open orders",
    "outbox_age": "the messages that wait",
    "outbox_claim": "the messages that wait",
    "outbox_leased_to": "the messages that wait; when a process stops",
    "outbox_release_all": "the messages that wait; when nobody else is there",
    "outbox_release_of": "the messages that wait; when a process has died",
    "owners_without_row": "what waits or is open: whose it is",
    "paybacks_open": "the pay-backs that have not ended",
    "proofs_counted": "the proofs that nobody has decided",
    "proofs_open": "the proofs that nobody has decided",
    "proofs_untold": "the proofs that nobody has decided",
    "provider_facts_due": "what the provider said and nobody has decided",
    "provider_facts_release": "what nobody has decided; when nobody else is there",
    "retain_session": "all open orders, when there is somebody on whom nothing else depends",
    "stuck_count": "all open orders",
    "stuck_first": "all open orders",
}


@pytest.fixture(scope="module")
def plans(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Node]:
    """The plan of every statement, by its name."""
    path, url = tmp_path_factory.mktemp("plans") / "year.db", postgres.new_database()
    fill(path, SCALE)
    carry(path, url)
    return asyncio.run(_plans(url))


async def _plans(url: str) -> dict[str, Node]:
    connection = await connect(url, 60)
    await _fill_up(connection)
    texts = numbered_statements()
    found = {name: json.loads(await explain(connection, texts[name], "JSON"))[0]["Plan"] for name in explained()}
    connection.terminate()
    return found


async def _fill_up(connection: Connection) -> None:
    found = await connection.fetch(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_generated = 'NEVER' AND is_identity = 'NO'"
        " ORDER BY table_name, ordinal_position"
    )
    tables: dict[str, dict[str, str]] = {}
    for row in found:
        value = "n" if row["data_type"] == "bigint" else f"'{row['column_name']}' || n"
        # What may be missing is, every second time.
        if row["is_nullable"] == "YES":
            value = f"CASE WHEN n % 2 = 0 THEN {value} END"
        tables.setdefault(row["table_name"], {})[row["column_name"]] = value
    for table, columns in tables.items():
        if table in SMALL or table in {"schema_version", "commit_key"}:
            continue
        count = int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
        if count < LEAST:
            values = ", ".join((columns | ALLOWED.get(table, {})).values())
            await connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM generate_series(1, {LEAST}) AS n"
                " ON CONFLICT DO NOTHING"
            )
    await connection.execute("ANALYZE")


def nodes(plan: Node) -> Iterator[Node]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each | {"Parent": plan["Node Type"]})


def walks(plan: Node) -> list[str]:
    """What of growing tables is read without a key."""
    found = []
    for node in nodes(plan):
        kind = node["Node Type"]
        # The first or the last row of an index is at hand.
        is_first = node.get("Parent") == "Limit" and "Filter" not in node
        if node.get("Relation Name") in SMALL or is_first:
            continue
        if kind == "Seq Scan":
            found.append(f"{kind} on {node['Relation Name']}")
        elif re.search("Index.* Scan", kind) and "Index Cond" not in node:
            found.append(f"{kind} of all {node['Index Name']}")
    return found


def sorts(plan: Node) -> list[str]:
    """What is put in order, or kept to be compared, of very many rows."""
    return [
        f"{node['Node Type']} of {node['Plan Rows']} rows"
        for node in nodes(plan)
        if node["Plan Rows"] > MANY
        and (node["Node Type"] in {"Sort", "Hash", "WindowAgg"} or node.get("Strategy") == "Hashed")
    ]


@pytest.mark.parametrize("name", explained())
def test_no_statement_reads_or_sorts_what_grows(plans: dict[str, Node], name: str) -> None:
    if name in TO_BE_MENDED:
        return
    read, sorted_ = walks(plans[name]), sorts(plans[name])
    if name in WALKS:
        assert read, f"{name} is well: it needs no reason any more"
    else:
        assert not read, f"{name}: an index is missing, or a reason"
    if name not in REASONS:
        assert not sorted_, f"{name}: an index is missing, or a reason"


def test_reasons_are_of_statements_that_are_there() -> None:
    assert set(WALKS) <= set(explained())
    assert not set(WALKS) & set(TO_BE_MENDED)
