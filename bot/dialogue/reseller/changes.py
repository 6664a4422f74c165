"""What changes in a reseller's client book: another name, a phone number; and somebody who is taken out of it. Pure."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Context, Deciding
from bot.dialogue.menus import home_row
from bot.dialogue.reseller.client_entry import MAX_NAME_CHARACTERS, clean_name, done, namesake, phone_of
from bot.dialogue.reseller.clients import gone, grouped_phone, his
from bot.dialogue.reseller.effects import ForgetClient, RenameClient, SetClientPhone
from bot.notices.layout import Rows, paragraphs


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
    found = yield from his(argument)
    if found is None:
        return (yield from gone(ctx))
    ctx.session = replace(ctx.afresh(), client_id=found.id)
    return (yield from asks(ctx))


def _back_row(ctx: Context) -> tuple[Any, ...]:
    return (ctx.button("button.back", "back"), ctx.button("button.cancel", "cancel"))


def ask_rename(ctx: Context) -> Deciding:
    """Which other name?"""
    found = yield from his(str(ctx.session.client_id))
    if found is None:
        return (yield from gone(ctx))
    return ctx.ask("client_rename", ctx.t("book.rename", name=found.name), (_back_row(ctx),))


def read_rename(ctx: Context, text: str) -> Deciding:
    """The other name was typed."""
    found, named = (yield from his(str(ctx.session.client_id))), clean_name(text)
    if found is None:
        return (yield from gone(ctx))
    known = None if named is None else (yield from namesake(named))
    if named is None or (known is not None and known.id != found.id):
        ctx.again(
            ctx.t("book.name_bad", most=MAX_NAME_CHARACTERS) if known is None else ctx.t("book.known", name=known.name)
        )
        return (yield from ask_rename(ctx))
    ctx.effects += (RenameClient(found.id, named.name, named.nickname),)
    return done(ctx, found, ctx.t("book.renamed", name=named.name))


def ask_phone(ctx: Context) -> Deciding:
    """Which phone number?"""
    found = yield from his(str(ctx.session.client_id))
    if found is None:
        return (yield from gone(ctx))
    rows: Rows = ((ctx.button("button.client_no_phone", "bare"),),) if found.phone else ()
    return ctx.ask("client_phone", ctx.t("book.phone", name=found.name), (*rows, _back_row(ctx)))


def read_phone(ctx: Context, text: str) -> Deciding:
    """The phone number was typed."""
    found, digits = (yield from his(str(ctx.session.client_id))), phone_of(text)
    if found is None:
        return (yield from gone(ctx))
    if digits is None:
        ctx.again(ctx.t("book.phone_bad"))
        return (yield from ask_phone(ctx))
    ctx.effects += (SetClientPhone(found.id, digits),)
    return done(ctx, found, ctx.t("book.phone_kept", name=found.name, phone=grouped_phone(digits)))


def no_phone(ctx: Context, _: str = "") -> Deciding:
    """None any more."""
    found = yield from his(str(ctx.session.client_id))
    if found is None:
        return (yield from gone(ctx))
    ctx.effects += (SetClientPhone(found.id, ""),)
    return done(ctx, found, ctx.t("book.phone_dropped", name=found.name))


def ask_forget(ctx: Context) -> Deciding:
    """Really forget him?"""
    found = yield from his(str(ctx.session.client_id))
    if found is None:
        return (yield from gone(ctx))
    text = paragraphs(ctx.t("book.forget", name=found.name), ctx.t("book.forget_keeps"))
    return ctx.ask(
        "client_forget", text, ((ctx.button("button.delete_yes", "forget"), ctx.button("button.back", "back")),)
    )


def forgotten(ctx: Context, _: str = "") -> Deciding:
    """Forget him."""
    found = yield from his(str(ctx.session.client_id))
    if found is None:
        return (yield from gone(ctx))
    ctx.effects += (ForgetClient(found.id),)
    text = ctx.t("book.forgotten", name=found.name)
    return ctx.ask(IDLE, text, ((ctx.link("button.clients", "clients"), *home_row(ctx)),), base=ctx.afresh())
