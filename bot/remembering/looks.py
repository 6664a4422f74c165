"""Answers to the looks of everybody's dialogue, each from one or a few statements. Pure."""

from typing import Any

from bot.dialogue import looks
from bot.repositories.accounts import Account, customer_of, link_of, members_at, members_of, size_of, tries_of
from bot.repositories.money import balance_of
from bot.store import Script
from bot.transactions import undo_link
from bot.transactions.installation import Installation


def answer(look: looks.Look, customer: str, installation: Installation, person: str = "") -> Script[Any]:
    """Answer one look of the customer's dialogue; `speaker` is the address that he speaks from."""
    match look:
        case looks.LookAccount(address=address):
            owner = customer if address is None else (yield from customer_of(str(address)))
            members = yield from members_of(owner)
            balance = yield from balance_of(owner, installation.default_credit_limit_xof)
            size = yield from size_of(owner)
            standing = yield "standing", {"address": owner, "customer": owner}
            frozen, reseller = standing[0]["frozen_at"] is not None, standing[0]["shop_name"] is not None
            return Account(owner, members, balance, *size, frozen, reseller)
        case looks.LookLink(code=code):
            return (yield from link_of(code, person))
        case looks.LookUndo(now=now):
            return (yield from undo_link.undo_of(person, now))
        case looks.LookMembersOf(addresses=addresses):
            return (yield from members_at(addresses))
        case looks.LookTries(since=since, now=now):
            return (yield from tries_of(person, since, now))
        case _:
            raise TypeError(f"nothing answers {type(look).__name__}")
