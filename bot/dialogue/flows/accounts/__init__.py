"""People, their limits and their roles. Pure."""

from bot.dialogue.acts.naming import ask_which, choose
from bot.dialogue.admin_pending import WhichPerson
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.accounts import freezing, identity, limits, moving, naming, resellers, team, unpin
from bot.domain.acts import (
    ChangeReseller,
    Freeze,
    NameAdmin,
    RemovePin,
    SetLimit,
    Unfreeze,
)
from bot.domain.identity_acts import DecideIdentity, MoveAccount

FLOW = Flow(
    name="accounts",
    states={
        "which_person": State(
            ask_which,
            "unclear.which_person",
            {"whom": choose},
            left=True,
            permission="support",
            pending=WhichPerson,
        ),
    },
    commands=(
        Command(
            "freeze",
            freezing.freeze,
            "operator",
            "command.freeze",
            450,
            HelpLine("help.people", 20),
            whom=0,
            example="1001",
        ),
        Command(
            "name",
            naming.name,
            "operator",
            "command.name",
            465,
            HelpLine("help.people", 55),
            whom=0,
            example="1001 Awa Diop",
        ),
        Command(
            "unfreeze",
            freezing.unfreeze,
            "operator",
            "command.unfreeze",
            460,
            HelpLine("help.people", 30),
            whom=0,
            example="1001",
        ),
        Command(
            "limit",
            limits.limit,
            "owner",
            "command.limit",
            490,
            HelpLine("help.people", 40),
            whom=0,
            example="1001 credit 50000",
        ),
        Command(
            "reseller",
            resellers.reseller,
            "owner",
            "command.reseller",
            520,
            HelpLine("help.people", 10),
            whom=0,
            example="1001 Chez Awa",
        ),
        Command(
            "admin",
            team.admin,
            "owner",
            "command.admin",
            530,
            HelpLine("help.people", 80),
            whom=1,
            example="add 1001 operator",
        ),
        Command(
            "unpin", unpin.unpin, "owner", "command.unpin", 540, HelpLine("help.people", 50), whom=0, example="1001"
        ),
        Command(
            "move",
            moving.move,
            "operator",
            "command.move",
            545,
            HelpLine("help.people", 57),
            whom=0,
            example="1001 2002",
        ),
        # It is about what a name was and is, and shows by itself which of the two is which.
        Command(
            "identity",
            identity.identity,
            "owner",
            "command.identity",
            550,
            HelpLine("help.people", 60),
            as_typed=True,
            whom=0,
            example="1001",
        ),
    ),
    buttons=(Anywhere("identity", identity.tap, "owner"), Anywhere("stopmove", moving.refuse)),
    acts={
        Freeze: freezing.FREEZE,
        Unfreeze: freezing.UNFREEZE,
        SetLimit: limits.LIMIT,
        ChangeReseller: resellers.RESELLER,
        NameAdmin: team.ADMIN,
        RemovePin: unpin.UNPIN,
        MoveAccount: moving.MOVE,
        DecideIdentity: identity.IDENTITY,
    },
)
