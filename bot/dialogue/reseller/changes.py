"""What changes in a reseller's client book: another name, a phone number; and somebody who is taken out of it. Pure."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from bot.dialogue.here import IDLE, Deciding, Here, Rows, paragraphs
from bot.dialogue.menus import home_row
from bot.dialogue.reseller.book import MAX_NAME_CHARACTERS, clean_name, done, namesake, phone_of
from bot.dialogue.reseller.clients import gone, grouped_phone, his
from bot.dialogue.reseller.effects import ForgetClient, RenameClient, SetClientPhone


def rename(here: Here, argument: str) -> Deciding:
    """Give a client another name."""
    return (yield from _about(here, argument, ask_rename))


def phone(here: Here, argument: str) -> Deciding:
    """Keep a client's phone number."""
    return (yield from _about(here, argument, ask_phone))


def forget(here: Here, argument: str) -> Deciding:
    """Take a client out of the book."""
    return (yield from _about(here, argument, ask_forget))


def _about(here: Here, argument: str, asks: Callable[[Here], Deciding]) -> Deciding:
    found = yield from his(argument)
    if found is None:
        return (yield from gone(here))
    here.session = replace(here.afresh(), client_id=found.id)
    return (yield from asks(here))


def _back_row(here: Here) -> tuple[Any, ...]:
    return (here.button("button.back", "back"), here.button("button.cancel", "cancel"))


def ask_rename(here: Here) -> Deciding:
    """Which other name?"""
    found = yield from his(str(here.session.client_id))
    if found is None:
        return (yield from gone(here))
    return here.ask("client_rename", here.t("book.rename", name=found.name), (_back_row(here),))


def read_rename(here: Here, text: str) -> Deciding:
    """The other name was typed."""
    found, named = (yield from his(str(here.session.client_id))), clean_name(text)
    if found is None:
        return (yield from gone(here))
    known = None if named is None else (yield from namesake(named))
    if named is None or (known is not None and known.id != found.id):
        here.again(
            here.t("book.name_bad", most=MAX_NAME_CHARACTERS)
            if known is None
            else here.t("book.known", name=known.name)
        )
        return (yield from ask_rename(here))
    here.effects += (RenameClient(found.id, named.name, named.nickname),)
    return done(here, found, here.t("book.renamed", name=named.name))


def ask_phone(here: Here) -> Deciding:
    """Which phone number?"""
    found = yield from his(str(here.session.client_id))
    if found is None:
        return (yield from gone(here))
    rows: Rows = ((here.button("button.client_no_phone", "bare"),),) if found.phone else ()
    return here.ask("client_phone", here.t("book.phone", name=found.name), (*rows, _back_row(here)))


def read_phone(here: Here, text: str) -> Deciding:
    """The phone number was typed."""
    found, digits = (yield from his(str(here.session.client_id))), phone_of(text)
    if found is None:
        return (yield from gone(here))
    if digits is None:
        here.again(here.t("book.phone_bad"))
        return (yield from ask_phone(here))
    here.effects += (SetClientPhone(found.id, digits),)
    return done(here, found, here.t("book.phone_kept", name=found.name, phone=grouped_phone(digits)))


def no_phone(here: Here, _: str = "") -> Deciding:
    """None any more."""
    found = yield from his(str(here.session.client_id))
    if found is None:
        return (yield from gone(here))
    here.effects += (SetClientPhone(found.id, ""),)
    return done(here, found, here.t("book.phone_dropped", name=found.name))


def ask_forget(here: Here) -> Deciding:
    """Really forget him?"""
    found = yield from his(str(here.session.client_id))
    if found is None:
        return (yield from gone(here))
    text = paragraphs(here.t("book.forget", name=found.name), here.t("book.forget_keeps"))
    return here.ask(
        "client_forget", text, ((here.button("button.delete_yes", "forget"), here.button("button.back", "back")),)
    )


def forgotten(here: Here, _: str = "") -> Deciding:
    """Forget him."""
    found = yield from his(str(here.session.client_id))
    if found is None:
        return (yield from gone(here))
    here.effects += (ForgetClient(found.id),)
    text = here.t("book.forgotten", name=found.name)
    return here.ask(IDLE, text, ((here.link("button.clients", "clients"), *home_row(here)),), base=here.afresh())
