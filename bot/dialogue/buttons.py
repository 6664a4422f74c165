"""What a button does where the person stands, or anywhere. Pure."""

from bot.dialogue.context import Answer, Context, Deciding, Handler, Reply
from bot.dialogue.menu import menu, menu_rows
from bot.dialogue.permissions import may


def _handler(ctx: Context, act: str) -> Handler | None:
    """What an act does where the person stands."""
    state = ctx.flows.states.get(ctx.session.state)
    if state is not None and act in state.buttons:
        return state.buttons[act]
    return anywhere(ctx, act)


def anywhere(ctx: Context, act: str) -> Handler | None:
    """What a button does that is valid anywhere; None for whoever may not use it."""
    button = ctx.flows.buttons.get(act)
    return button.run if button is not None and may(ctx.person, button.permission) else None


def leave(ctx: Context, command: str) -> None:
    """A command, or a button that is valid anywhere, leaves an act that waits for its Confirm, and says so."""
    state = ctx.flows.states.get(ctx.session.state)
    if state is not None and state.left and command.partition(" ")[0] != "cancel":
        ctx.session = ctx.afresh()
        ctx.prefix = ctx.t("admin.left")


def out_of_date(ctx: Context) -> Answer:
    """The reply to a button of a question that is over."""
    return Reply(ctx.t("step_over"), menu_rows(ctx))


def press(ctx: Context, act: str, argument: str) -> Answer | Deciding:
    """Do what a choice of the question that stands does."""
    if act == "back":
        return go_back(ctx)
    handler = _handler(ctx, act)
    return out_of_date(ctx) if handler is None else handler(ctx, argument)


def go_back(ctx: Context) -> Answer | Deciding:
    """Back: to the question before, or to the menu."""
    leads = ctx.flows.state_of(ctx.session).back
    return menu(ctx) if leads is None else leads(ctx)
