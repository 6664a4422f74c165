"""No named statement scans or sorts a table that grows, unless it stands here with a reason.

SQLite keeps no statistics of these tables, so its plans depend on the schema alone: what it does over an empty database
it does over a million orders.
"""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from bot.store.sql import statements
from tests.sync_store import SyncStore

# As many rows as there are admins, decisions of theirs, services or rules. Every other table grows with people, their
# orders, or time.
SMALL: Final = {
    "account_move",
    "admin",
    "alert_silence",
    "alerted",
    "approval",
    "broadcast",
    "budget",
    "chore",
    "concern",
    "credit_limit",
    "frozen",
    "identity_case",
    "kept",
    "leader",
    "pin_lock",
    "replica",
    "reseller",
    "rule",
    "waiting_alert",
}

# Scans and sorts that stay small whatever has grown, and why.
REASONS: Final = {
    "account_members": "the addresses of one account",
    "address_chats": "the chats that one name ever led to",
    "addresses_ending": "the addresses with the last three characters of what an admin typed",
    "audit_cash": "what admins moved within a day",
    "audit_about": "the newest lines of each kind about one subject",
    "audit_moved_alone": "what one admin did within a day",
    "audit_moved_orders": "the orders that moved on one day",
    "audit_payback_books": "sorts only what is wrong",
    "audit_payments": "sorts only what is wrong",
    "audit_rest": "the entries of the last minutes",
    "audit_same_move": "what was done to one account within some minutes",
    "audit_strangers": "sorts only what is wrong",
    "audit_strays": "sorts only what is wrong",
    "audit_stretch": "5,000 entries at a time",
    "audit_sums": "the orders of a day, by what became of them",
    "audit_unbalanced": "the transfers of a day",
    "batch_checks_due": "the lines whose check is due",
    "batch_tally": "the lines of one list",
    "batches_moved": "the lists that run",
    "batches_running": "the lists of one reseller that run",
    "clients_of": "the book of one reseller",
    "collected_of": "the payments of one collection",
    "collection_of_quote": "the collections for one quote",
    "collections_lately": "the collections of an hour",
    "conversation_of_account": "the open conversations of one account",
    "conversations_open": "the conversations that are open",
    "consents_of": "the agreements of one person",
    "debtors": "the notebook of one reseller",
    "export_entries_before": "some thousand entries at a time",
    "export_sold_by_day": "the sales of one reseller",
    "fast_money": "the orders of an hour",
    "fast_orders": "the orders of ten minutes",
    "inquiries_due": "the inquiries that are due",
    "joined": "the audit reads all joins; few accounts are ever joined",
    "link_of_address": "the codes of one address",
    "meters_brought": "the meters of one link",
    "meters_of": "the meters that one customer saved",
    "meters_recent": "the last orders of one customer",
    "orders_counted": "a row for each day, service, state and channel",
    "owners_without_row": "sorts the names of the processes to which something is leased",
    "orders_of_beginning": "the orders whose id begins with what an admin typed",
    "orders_of_name": "sorts the three orders that were found",
    "orders_of_reference": "sorts the three orders that were found",
    "orders_of_transaction": "the orders whose transaction begins with what an admin typed",
    "orders_with_codes_for": "the sales to one client",
    "paybacks_of_collection": "the pay-backs of one collection",
    "paybacks_open": "the pay-backs that have not ended",
    "people_called": "the people of whose name a word begins as an admin typed",
    "proofs_counted": "the proofs that nobody has decided",
    "proofs_open": "the proofs that nobody has decided",
    "proofs_untold": "the proofs that nobody has decided",
    "provider_facts_due": "what the provider said and nobody has decided",
    "report_orders": "the orders of a day, by state",
    "sales_by_client": "the sales of one reseller",
    "sales_by_service": "the sales of one reseller",
    "sales_clients": "the sales of one reseller",
    "seller_sums": "the sellers of one reseller",
    "usual_money": "what one customer bought within a month",
    "witness_last": "goes along the key and ends at its first row",
}

# Known and not mended yet. Nothing is added here; whoever mends one takes it out.
TO_BE_MENDED: Final = {
    "audience_count": "/broadcast reads all sessions",
    "chat_awaiting_end": "a link reads all who wait",
    "chat_batches_join": "a link reads all lists",
    "chat_consents_join": "a link reads all agreements",
    "chat_holds": "a link reads all agreements",
    "chat_invitations_join": "a link reads all invitations",
    "chat_orders_join": "a link reads all orders",
    "ledger_accounts": "the doctor sums all entries",
    "orders_due": "all due orders are put in order at each sweep",
}

# Partial indexes over what is open, due or waiting: a whole one may be read, once. All others grow with the past.
SMALL_INDEXES: Final = {
    "approval_asked",
    "conversation_open",
    "orders_open",
    "orders_open_confirmed",
    "outbox_waiting",
    "payback_open",
    "provider_fact_undecided",
}


class Plans:
    """The plans of all statements over a database with every migration and nothing in it."""

    def __init__(self) -> None:
        self._store = SyncStore()
        tables = self._store.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
        self.growing = {str(row["name"]) for row in tables} - SMALL

    def of(self, text: str) -> list[str]:
        named = dict.fromkeys(re.findall(r":(\w+)", text), 1)
        return [str(row["detail"]) for row in self._store.rows(f"EXPLAIN QUERY PLAN {text}", **named)]

    def faults(self, name: str, text: str) -> Iterator[str]:
        """The lines of a plan that grow with the past."""
        growing = self._names(text)
        repeated = False
        for line in self.of(text):
            if (scan := re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", line)) is not None:
                # Over and over again even a small index is too much.
                if scan[1] in growing and (scan[2] not in SMALL_INDEXES or repeated):
                    yield line
            # That what is equal in the first column is put in order by the next one costs nothing.
            elif "TEMP B-TREE" in line and "RIGHT PART" not in line and growing:
                yield line
            repeated = line.startswith("CORRELATED")

    def _names(self, text: str) -> set[str]:
        """The growing tables of a statement, by what they are called in it."""
        found = re.findall(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+AS\s+(\w+))?", text)
        return {alias or table for table, alias in found if table in self.growing}


def explained() -> list[str]:
    """Every statement that has a plan."""
    savepoints = ("SAVEPOINT", "ROLLBACK", "RELEASE")
    return sorted(name for name, text in statements().items() if not text.startswith(savepoints))


@pytest.fixture(scope="module")
def plans() -> Plans:
    return Plans()


@pytest.mark.parametrize("name", explained())
def test_no_statement_scans_or_sorts_what_grows(plans: Plans, name: str) -> None:
    found = list(plans.faults(name, statements()[name]))
    if name in REASONS or name in TO_BE_MENDED:
        assert found, f"{name} is well: it needs no reason any more"
    else:
        assert not found, f"{name}: an index is missing, or a reason: {plans.of(statements()[name])}"


def test_no_statement_is_prepared_anew_each_time() -> None:
    """SQLite looks at the value of a parameter where a partial index asks for one, and forgets the plan each time."""
    side = r"((?:'' \|\| )?\b\w+(?: \|\| '')?) = "
    compared = {
        (table, left)
        for text in statements().values()
        for table in re.findall(r"\b(?:FROM|JOIN|UPDATE)\s+(\w+)", text)
        for left in re.findall(side + ":", text.partition("WHERE")[2])
    }
    indexes = SyncStore().rows("SELECT tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%WHERE%'")
    asked = {
        (str(row["tbl_name"]), left)
        for row in indexes
        for left in re.findall(side + "'", str(row["sql"]).partition("WHERE")[2])
    }
    assert ("orders", "service || ''") in asked
    assert ("orders", "service") in compared
    assert not compared & asked, "compare an expression, in the index and in what wants it"


def test_reasons_are_of_statements_that_are_there() -> None:
    assert set(REASONS) | set(TO_BE_MENDED) <= set(explained())
    assert not set(REASONS) & set(TO_BE_MENDED)


def test_small_tables_are_tables() -> None:
    tables = {str(row["name"]) for row in SyncStore().rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables >= SMALL
