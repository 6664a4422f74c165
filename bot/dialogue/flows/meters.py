"""Saved meters. Pure."""

from bot.dialogue import meters
from bot.dialogue.context import Context, State
from bot.dialogue.flow import Anywhere, Command, Flow, MenuButton
from bot.domain.model import Choice


def _in_the_menu(ctx: Context) -> Choice | None:
    # A reseller's meters are their clients'; and a list has ten rows in the narrowest channel.
    return None if ctx.person.reseller is not None else ctx.link("menu.meters", "meters")


FLOW = Flow(
    name="meters",
    states={
        "meters": State(meters.meters, "unclear.idle", read_only=True),
        "meter": State(
            meters.ask_meter,
            "unclear.meter",
            {"buy": meters.buy_for, "rename": meters.rename, "delete": meters.delete},
            meters.read_buy_for,
            figures=True,
            back=meters.meters,
        ),
        "nickname": State(
            meters.ask_nickname, "unclear.nickname", {"name": meters.read_nickname}, meters.read_nickname, True
        ),
        "rename": State(meters.ask_rename, "unclear.nickname", {}, meters.read_rename, True, back=meters.ask_meter),
        "forget": State(meters.ask_delete, "unclear.yes_no", {"forget": meters.forget}, back=meters.ask_meter),
    },
    commands=(Command("meters", meters.meters, about="command.meters", order=60, takes_text=False),),
    menu=(MenuButton(50, 10, _in_the_menu),),
    buttons=(
        Anywhere("meters", meters.meters),
        Anywhere("meter", meters.meter),
        Anywhere("save", meters.save),
    ),
)
