"""Back to a quote that waited for money. Pure."""

from bot.dialogue.context import Context, Deciding
from bot.dialogue.flows.purchase.quote import ask_quote, old_confirm, renew


def resume(ctx: Context, quote_id: str) -> Deciding:
    """The money for a quote has come in: the quote again, or a new one for the same thing."""
    quote = ctx.session.quote
    if quote is None or quote.id != quote_id or (yield from ctx.own_order(quote_id)) is not None:
        return (yield from old_confirm(ctx, quote_id))
    if ctx.session.state == "quote":
        return (yield from ask_quote(ctx))
    return (yield from renew(ctx, quote))
