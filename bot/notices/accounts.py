"""What admins are told of linked accounts. Pure."""

from bot.domain.model import Brief, Outbound
from bot.i18n import Voice
from bot.notices.layout import STAYS, free


def missing(t: Voice, account: str, other: str, missing_xof: int) -> Outbound:
    """What admins are told where an account has spent what another one brought."""
    return _alarm(t, t("link.alarm_missing", account=account, other=other, missing=t.money(missing_xof)))


def too_many_tries(t: Voice, many: int) -> Outbound:
    """What admins are told where everybody together types too many wrong codes."""
    return _alarm(t, t("link.alarm_tries", many=many))


def _alarm(t: Voice, text: str) -> Outbound:
    row = (free(t.label("button.menu"), "menu", mark=STAYS),)
    return Outbound(text, (row,), durable=True, brief=Brief("news", t.language, t.label("brief.account")))


# Of everybody together within the same time; beyond it nobody's code is looked at for a while.
MAX_ALL_WRONG = 60


TRIES_SECONDS = 3600
