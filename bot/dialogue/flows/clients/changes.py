"""What changes in a reseller's client book: another name, a phone number; and somebody who is taken out of it. Pure."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from bot.dialogue.clients import own_client
from bot.dialogue.context import IDLE, Context, Deciding
from bot.dialogue.flows.clients.book import grouped_phone, no_such_client
from bot.dialogue.flows.clients.entry import namesake, show_done
from bot.dialogue.flows.clients.parsing import MAX_NAME_CHARACTERS, clean_name, parse_phone
from bot.dialogue.menu import home_row
from bot.dialogue.pending import OneClient
from bot.notices.layout import Rows, paragraphs
from bot.repositories import clients, debts
from bot.repositories.clients import Client
from bot.store import Script


def rename(ctx: Context, argument: str) -> Deciding:
    """Give a client another name."""
    return (yield from _about(ctx, argument, ask_rename))


def phone(ctx: Context, argument: str) -> Deciding:
    """Keep a client's phone number."""
    return (yield from _about(ctx, argument, ask_phone))


def forget(ctx: Context, argument: str) -> Deciding:
    """Take a client out of the book."""
    return (yield from _about(ctx, argument, ask_forget))


def _about(ctx: Context, argument: str, asks: Callable[[Context], Deciding]) -> Deciding:
    client = yield from own_client(ctx, argument)
    if client is None:
        return (yield from no_such_client(ctx))
    ctx.session = replace(ctx.afresh(), pending=OneClient(client.id))
    return (yield from asks(ctx))


def _client(ctx: Context) -> Script[Client | None]:
    """The client whom the question is about."""
    return clients.load(ctx.customer, ctx.pending(OneClient).client_id)


def _back_row(ctx: Context) -> tuple[Any, ...]:
    return (ctx.button("button.back", "back"), ctx.button("button.cancel", "cancel"))


def ask_rename(ctx: Context) -> Deciding:
    """Which other name?"""
    client = yield from _client(ctx)
    if client is None:
        return (yield from no_such_client(ctx))
    return ctx.ask("client_rename", ctx.t("book.rename", name=client.name), (_back_row(ctx),))


def read_rename(ctx: Context, text: str) -> Deciding:
    """The other name was typed."""
    client, named = (yield from _client(ctx)), clean_name(text)
    if client is None:
        return (yield from no_such_client(ctx))
    known = None if named is None else (yield from namesake(ctx, named))
    if named is None or (known is not None and known.id != client.id):
        ctx.again(
            ctx.t("book.name_bad", most=MAX_NAME_CHARACTERS) if known is None else ctx.t("book.known", name=known.name)
        )
        return (yield from ask_rename(ctx))
    yield from clients.rename(ctx.customer, client.id, named.name, named.nickname)
    return show_done(ctx, client, ctx.t("book.renamed", name=named.name))


def ask_phone(ctx: Context) -> Deciding:
    """Which phone number?"""
    client = yield from _client(ctx)
    if client is None:
        return (yield from no_such_client(ctx))
    rows: Rows = ((ctx.button("button.client_no_phone", "bare"),),) if client.phone else ()
    return ctx.ask("client_phone", ctx.t("book.phone", name=client.name), (*rows, _back_row(ctx)))


def read_phone(ctx: Context, text: str) -> Deciding:
    """The phone number was typed."""
    client, digits = (yield from _client(ctx)), parse_phone(text)
    if client is None:
        return (yield from no_such_client(ctx))
    if digits is None:
        ctx.again(ctx.t("book.phone_bad"))
        return (yield from ask_phone(ctx))
    yield from clients.set_phone(ctx.customer, client.id, digits)
    return show_done(ctx, client, ctx.t("book.phone_kept", name=client.name, phone=grouped_phone(digits)))


def no_phone(ctx: Context, _: str = "") -> Deciding:
    """None any more."""
    client = yield from _client(ctx)
    if client is None:
        return (yield from no_such_client(ctx))
    yield from clients.set_phone(ctx.customer, client.id, "")
    return show_done(ctx, client, ctx.t("book.phone_dropped", name=client.name))


def ask_forget(ctx: Context) -> Deciding:
    """Really forget the client?"""
    client = yield from _client(ctx)
    if client is None:
        return (yield from no_such_client(ctx))
    owed_xof = yield from debts.owed_by(client.id)
    text = paragraphs(
        ctx.t("book.forget", name=client.name),
        ctx.t("book.forget_owes", owed=ctx.t.money(owed_xof)) if owed_xof > 0 else None,
        ctx.t("book.forget_keeps"),
    )
    return ctx.ask(
        "client_forget", text, ((ctx.button("button.delete_yes", "forget"), ctx.button("button.back", "back")),)
    )


def confirm_forget(ctx: Context, _: str = "") -> Deciding:
    """Forget the client."""
    client = yield from _client(ctx)
    if client is None:
        return (yield from no_such_client(ctx))
    yield from clients.delete(ctx.customer, client.id, ctx.now)
    text = ctx.t("book.forgotten", name=client.name)
    return ctx.ask(IDLE, text, ((ctx.link("button.clients", "clients"), *home_row(ctx)),), base=ctx.afresh())
