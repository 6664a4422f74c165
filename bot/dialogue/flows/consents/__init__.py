"""Codes straight to a client's own chat, if they want it: asked once, taken back with one word. Pure."""

from bot.dialogue.context import Answer, Context, State
from bot.dialogue.flow import Anywhere, Flow, Reader, Typed
from bot.dialogue.flows.consents import steps
from bot.dialogue.pending import Invited
from bot.store import Script


def _code(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A code that invites a client."""
    return steps.enter(ctx, typed.text)


FLOW = Flow(
    name="consents",
    # A client of a reseller is asked here, who need not be a reseller.
    states={
        "consent": State(
            steps.ask_consent, "unclear.yes_no", {"do": steps.agree, "cancel": steps.decline}, pending=Invited
        )
    },
    buttons=(Anywhere("invite", steps.invite, "reseller"), Anywhere("uninvite", steps.uninvite, "reseller")),
    readers=(Reader("code", _code),),
    stop=steps.stop_codes,
)
