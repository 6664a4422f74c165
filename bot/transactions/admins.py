"""Messages to the admins who can act, put in the outbox in the transaction of what they tell of. Pure."""

from collections.abc import Callable

from bot.domain.outbound import Outbound
from bot.i18n import Voice
from bot.repositories.accounts import language_of
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.people import admins_of


def tell_admins(
    installation: Installation,
    message: Callable[[Voice], Outbound],
    now: int,
    besides: tuple[str, ...] = (),
    *,
    support_too: bool = False,
    owners_only: bool = False,
) -> Script[list[OutboxMessage]]:
    """Put a message in the outbox of every admin who can act, each in their language; `besides` are those whom it is
    about. `support_too`: those who answer customers can act, too; `owners_only`: only owners can.
    """
    posted = []
    for admin, role in (yield from admins_of(installation)).items():
        acts = role == "owner" if owners_only else role != "support" or support_too
        if not acts or str(admin) in besides:
            continue
        voice = installation.shop.words[(yield from language_of(str(admin)))]
        posted.append((yield from say(str(admin), message(voice), installation.owner, now)))
    return posted
