"""Messages about linked accounts, to the addresses of both sides and to admins. Pure."""

from bot.domain.outbound import Brief, Choice, Outbound
from bot.domain.people import Address
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, free, lines, menu_button, paragraphs


def masked(address: Address) -> str:
    """An address as somebody else may see it: its channel and its end."""
    shown = min(4, len(address.id) // 2)
    return f"{address.channel}:…{address.id[len(address.id) - shown :]}"


def news(t: Voice, text: str, button: Choice | None = None) -> Outbound:
    """A message to somebody else, in their language; kept for them if they cannot be reached."""
    menu = menu_button(t)
    return Outbound(text, ((menu,),) if button is None else ((button,), (menu,)), durable=True)


def undo_button(t: Voice) -> Choice:
    """The way back, under the news that two were joined."""
    return free(t.label("button.link_undo"), "undolink", "", STAYS)


def joined(t: Voice, other: Address, total_xof: int, brought_xof: int, *, to_yours: bool) -> Safe:
    """Two accounts were joined: another one to the reader's (`to_yours`), or the reader's to that of `other`."""
    key, brought_key = ("link.joined", "link.brought") if to_yours else ("link.joined_there", "link.brought_yours")
    return paragraphs(
        lines(
            t(key, address=masked(other), balance=t.money(total_xof)),
            t(brought_key, brought=t.money(brought_xof)) if brought_xof else None,
        ),
        t("link.both_sides"),
        t("link.undo_how"),
    )


def undone(t: Voice, back_xof: int, missing_xof: int) -> Safe:
    """A link was undone."""
    return paragraphs(
        t("link.undone", back=t.money(back_xof)),
        t("link.undo_missing", missing=t.money(missing_xof)) if missing_xof else None,
    )


def missing(t: Voice, account: str, other: str, missing_xof: int) -> Outbound:
    """The message to admins where an account has spent what another one brought."""
    return _alarm(t, t("link.alarm_missing", account=account, other=other, missing=t.money(missing_xof)))


def too_many_tries(t: Voice, many: int) -> Outbound:
    """The message to admins where everybody together types too many wrong codes."""
    return _alarm(t, t("link.alarm_tries", many=many))


def _alarm(t: Voice, text: str) -> Outbound:
    row = (menu_button(t),)
    return Outbound(text, (row,), durable=True, brief=Brief("news", t.language, t.label("brief.account")))
