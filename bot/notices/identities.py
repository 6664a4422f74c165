"""Messages about a name that has come to be somebody else's. Pure."""

from bot.domain.outbound import Brief, Outbound
from bot.i18n import Voice
from bot.notices.layout import STAYS, free, menu_button, paragraphs
from bot.repositories.identities import CaseKind

_BUTTON_DATA_BYTES = 64


def masked_name(value: str) -> str:
    """A number or an id as somebody who is not an admin may see it: its end."""
    return f"…{value[-4:]}"


def two_who_may_be_one(t: Voice, channel: str, kind: CaseKind, chat: str, other: str, value: str) -> Outbound:
    """The message to admins, with the way to both sides. `channel` is what people call the channel."""
    text = paragraphs(
        t(
            "identity.taken" if kind == "taken" else "identity.held",
            channel=channel,
            chat=chat,
            other=other,
            value=value,
        ),
        t("identity.suspended") if kind == "taken" else t("identity.nothing_moved"),
        t("identity.decide", chat=chat),
    )
    fits = len(f"{STAYS}.identity.{chat}".encode()) <= _BUTTON_DATA_BYTES
    rows = ((free(t.label("button.identity"), "identity", chat, STAYS),),) if fits else ()
    brief = Brief("news", t.language, t.label("brief.identity"))
    return Outbound(text, rows, durable=True, brief=brief)


def suspended_elsewhere(t: Voice, channel: str, value: str) -> Outbound:
    """The message to the other addresses of an account whose number was taken."""
    row = (menu_button(t),)
    brief = Brief("news", t.language, t.label("brief.account"))
    return Outbound(
        t("identity.elsewhere", channel=channel, value=masked_name(value)), (row,), durable=True, brief=brief
    )


def decided(t: Voice) -> Outbound:
    """The message to the owner of an account that is theirs again."""
    row = (menu_button(t),)
    brief = Brief("news", t.language, t.label("brief.account"))
    return Outbound(t("identity.yours_again"), (row,), durable=True, brief=brief)
