"""Requests that wait for a second person, as their askers read of them. Pure."""

from bot.domain.acts import Act
from bot.domain.outbound import Brief, Outbound
from bot.i18n import Voice
from bot.notices.layout import Rows, menu_button, truncate


def named(t: Voice, act: Act | None, amount_xof: int, why: str) -> str:
    """What was asked for, in a few words: how much and why; else as the command has it.

    An act of None is one that an earlier version kept and this one cannot read.
    """
    command = "…" if act is None else truncate(f"/{act.command}", 60)
    parts = (t.money(amount_xof) if amount_xof else command, why)
    return " · ".join(part for part in parts if part)


def expired(t: Voice, act: Act | None, amount_xof: int, why: str) -> Outbound:
    """The message to an asker whose request nobody decided in time."""
    return news(t, t("admin.approval.expired_there", what=named(t, act, amount_xof, why)))


def news(t: Voice, text: str, rows: Rows = ()) -> Outbound:
    brief = Brief("news", t.language, t.label("brief.approval"))
    return Outbound(text, (*rows, (menu_button(t),)), durable=True, brief=brief)
