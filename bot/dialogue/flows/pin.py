"""A reseller's PIN: set, changed, and asked for before money leaves. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.reseller import pin, pin_answers, pin_setting
from bot.dialogue.tasks import PinAnswered, PinHashed

FLOW = Flow(
    name="pin",
    states={
        "pin": State(
            pin.ask_pin, "unclear.pin", {}, pin.read_pin, secret=True, back=pin_answers.back, permission="reseller"
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
        ),
        "pin_again": State(
            pin_setting.ask_again,
            "unclear.pin",
            {},
            pin_setting.read_again,
            secret=True,
            back=pin_setting.ask_new,
            permission="reseller",
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
