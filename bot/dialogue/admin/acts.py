"""Every act that an admin confirms, by the verb that its draft begins with. Pure."""

from typing import Final

from bot.dialogue.admin.broadcast import BROADCAST
from bot.dialogue.admin.drafts import Draft
from bot.dialogue.admin.identity import IDENTITY
from bot.dialogue.admin.limits import LIMIT
from bot.dialogue.admin.money import MOVE
from bot.dialogue.admin.orders import RESOLVE
from bot.dialogue.admin.people import FREEZE, UNFREEZE
from bot.dialogue.admin.refund_retry import REFUND, RETRY
from bot.dialogue.admin.resellers import RESELLER
from bot.dialogue.admin.rules import COMMISSION, FEE, MAINTENANCE, TEXT
from bot.dialogue.admin.team import ADMIN
from bot.dialogue.admin.unpin import UNPIN
from bot.dialogue.context import Context
from bot.dialogue.permissions import may

DRAFTS: Final[dict[str, Draft]] = {
    "move": MOVE,
    "resolve": RESOLVE,
    "refund": REFUND,
    "retry": RETRY,
    "freeze": FREEZE,
    "unfreeze": UNFREEZE,
    "limit": LIMIT,
    "fee": FEE,
    "commission": COMMISSION,
    "maintenance": MAINTENANCE,
    "text": TEXT,
    "reseller": RESELLER,
    "admin": ADMIN,
    "broadcast": BROADCAST,
    "unpin": UNPIN,
    "identity": IDENTITY,
}


def kind_of(draft: str) -> Draft | None:
    """The kind of act that a draft is."""
    return DRAFTS.get(draft.partition(" ")[0])


def draft_of(ctx: Context) -> tuple[Draft, str] | None:
    """What stands to be confirmed; None for nothing, and for whoever may not (any more)."""
    text = ctx.session.draft
    kind = None if text is None else kind_of(text)
    return None if text is None or kind is None or not may(ctx.person, kind.who) else (kind, text)
