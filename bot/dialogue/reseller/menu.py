"""What a reseller finds on top of the main menu. Pure."""

from bot.dialogue.context import Context
from bot.notices.layout import Rows


def reseller_rows(ctx: Context) -> Rows:
    """His rows of the main menu; none for anybody else."""
    if ctx.person.reseller is None:
        return ()
    return (
        (ctx.link("menu.clients", "clients"), ctx.link("menu.batch", "batch")),
        (ctx.link("menu.day", "day"),),
    )
