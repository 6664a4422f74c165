"""A reseller's PIN: set, changed, and asked for before money leaves. Pure."""

from collections.abc import Callable
from typing import Any

from bot.dialogue.context import Answer, Context, Deciding, State
from bot.dialogue.flow import AfterGuard, Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.pin import answers, asking, setting
from bot.dialogue.pending import AwaitsPin, Guarded
from bot.dialogue.pin_pending import ChangePin, ChangePinAbove, GiveUpPin, NewPin, RepeatPin
from bot.dialogue.tasks import PinAnswered, PinHashed


def _own(go_on: Callable[[Context, Any], Answer | Deciding]) -> AfterGuard:  # of any kind of change
    """A change of the PIN itself: it asks for the present one, and Back leads to the PIN's menu."""
    return AfterGuard(go_on, _menu, "pin.ask_old")


def _menu(ctx: Context, _: Guarded) -> Answer:
    return setting.ask_menu(ctx)


FLOW = Flow(
    name="pin",
    guard=asking.guard,
    after_guard={
        ChangePin: _own(setting.change),
        GiveUpPin: _own(setting.remove),
        ChangePinAbove: _own(setting.set_above),
    },
    states={
        "pin": State(
            asking.ask_pin,
            "unclear.pin",
            {},
            asking.read_pin,
            secret=True,
            back=answers.back,
            permission="seller",
            guards=True,
            pending=AwaitsPin,
        ),
        "pin_menu": State(setting.ask_menu, "unclear.idle", read_only=True, permission="seller"),
        "pin_new": State(
            setting.ask_new,
            "unclear.pin",
            {},
            setting.read_new,
            secret=True,
            back=setting.ask_menu,
            permission="seller",
            pending=NewPin,
        ),
        "pin_again": State(
            setting.ask_again,
            "unclear.pin",
            {},
            setting.read_again,
            secret=True,
            back=setting.ask_new,
            permission="seller",
            pending=RepeatPin,
        ),
        "pin_above": State(
            setting.ask_above,
            "unclear.amount",
            {"above": setting.take_above},
            setting.read_above,
            back=setting.ask_menu,
            permission="reseller",
        ),
    },
    commands=(Command("pin", setting.pin, "seller", "command.pin", 280, HelpLine("help.selling", 80)),),
    buttons=(Anywhere("pin", setting.pin, "seller"),),
    answers={PinAnswered: answers.answered, PinHashed: setting.hashed},
)
