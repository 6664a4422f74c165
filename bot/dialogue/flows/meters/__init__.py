"""Saved meters. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, MenuButton
from bot.dialogue.flows.meters import steps
from bot.dialogue.pending import MeterToSave, OneMeter

FLOW = Flow(
    name="meters",
    states={
        "meters": State(steps.meters, "unclear.idle", read_only=True),
        "meter": State(
            steps.ask_meter,
            "unclear.meter",
            {"buy": steps.buy_for, "rename": steps.rename, "delete": steps.delete},
            steps.read_buy_for,
            figures=True,
            back=steps.meters,
            pending=OneMeter,
        ),
        "nickname": State(
            steps.ask_nickname,
            "unclear.nickname",
            {"name": steps.read_nickname},
            steps.read_nickname,
            True,
            pending=MeterToSave,
        ),
        "rename": State(
            steps.ask_rename, "unclear.nickname", {}, steps.read_rename, True, back=steps.ask_meter, pending=OneMeter
        ),
        "forget": State(
            steps.ask_delete, "unclear.yes_no", {"forget": steps.forget}, back=steps.ask_meter, pending=OneMeter
        ),
    },
    commands=(Command("meters", steps.meters, "private", about="command.meters", order=60, takes_text=False),),
    menu=(MenuButton(50, 10, lambda ctx: None if ctx.at_counter else ctx.link("menu.meters", "meters")),),
    buttons=(
        Anywhere("meters", steps.meters, "private"),
        Anywhere("meter", steps.meter, "private"),
        Anywhere("save", steps.save, "private"),
        Anywhere("keep", steps.keep, "private"),
        Anywhere("add_meter", steps.add_meter, "private"),
    ),
)
