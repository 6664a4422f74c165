"""A reseller's PIN: set, changed, and asked for before money leaves. Pure."""

from collections.abc import Callable
from typing import Any

from bot.dialogue.context import Answer, Context, Deciding, State
from bot.dialogue.flow import AfterGuard, Anywhere, Command, Flow, HelpLine
from bot.dialogue.pending import AwaitsPin, ChangePin, ChangePinAbove, GiveUpPin, Guarded, NewPin, RepeatPin
from bot.dialogue.reseller import pin, pin_answers, pin_setting
from bot.dialogue.tasks import PinAnswered, PinHashed


def _own(go_on: Callable[[Context, Any], Answer | Deciding]) -> AfterGuard:  # of any kind of change
    """A change of the PIN itself: it asks for the present one, and Back leads to the PIN's menu."""
    return AfterGuard(go_on, _menu, "pin.ask_old")


def _menu(ctx: Context, _: Guarded) -> Answer:
    return pin_setting.ask_menu(ctx)


FLOW = Flow(
    name="pin",
    guard=pin.guard,
    after_guard={
        ChangePin: _own(pin_setting.change),
        GiveUpPin: _own(pin_setting.remove),
        ChangePinAbove: _own(pin_setting.set_above),
    },
    states={
        "pin": State(
            pin.ask_pin,
            "unclear.pin",
            {},
            pin.read_pin,
            secret=True,
            back=pin_answers.back,
            permission="reseller",
            pending=AwaitsPin,
        ),
        "pin_menu": State(pin_setting.ask_menu, "unclear.idle", read_only=True, permission="reseller"),
        "pin_new": State(
            pin_setting.ask_new,
            "unclear.pin",
            {},
            pin_setting.read_new,
            secret=True,
            back=pin_setting.ask_menu,
            permission="reseller",
            pending=NewPin,
        ),
        "pin_again": State(
            pin_setting.ask_again,
            "unclear.pin",
            {},
            pin_setting.read_again,
            secret=True,
            back=pin_setting.ask_new,
            permission="reseller",
            pending=RepeatPin,
        ),
        "pin_above": State(
            pin_setting.ask_above,
            "unclear.amount",
            {"above": pin_setting.take_above},
            pin_setting.read_above,
            back=pin_setting.ask_menu,
            permission="reseller",
        ),
    },
    commands=(Command("pin", pin_setting.pin, "reseller", "command.pin", 280, HelpLine("help.selling", 80)),),
    buttons=(Anywhere("pin", pin_setting.pin, "reseller"),),
    answers={PinAnswered: pin_answers.answered, PinHashed: pin_setting.hashed},
)
