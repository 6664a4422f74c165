"""Saved meters. Pure."""

from bot.dialogue import meters
from bot.dialogue.context import State
from bot.dialogue.flow import Button, Command, Flow

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
    buttons=(
        Button("meters", meters.meters),
        Button("meter", meters.meter),
        Button("save", meters.save),
    ),
)
