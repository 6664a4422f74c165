"""Who may use which command and which button: the table, and what everybody else reads.

Whoever may not use something is answered as if it did not exist: with the very words of a command that nobody has, and
nothing is looked at or set going for them. The table below is written by hand, so that a command that somebody adds is
in nobody's hands until they have said here whose it is; `docs/roles.md` is written from it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from bot.dialogue import Person, Session, Transition, step
from bot.dialogue.flows import REGISTRY
from bot.dialogue.listing import standing
from bot.dialogue.parsing.vocabulary import VOCABULARY
from bot.dialogue.pending import AwaitingConfirm, AwaitsPin, HistoryPage, NumberWanted
from bot.dialogue.permissions import RANK, may
from bot.dialogue.pin_pending import NewPin, RepeatPin
from bot.dialogue.tasks import EraseOwn, Event
from bot.domain.acts import Act
from bot.domain.inbound import Tap, Text
from bot.domain.outbound import Choice
from bot.domain.people import Language, Role
from bot.domain.quote import Quote
from bot.repositories.money import Balance
from bot.repositories.people import Selling, Terms
from bot.shop import ShopSettings
from bot.store import Ask
from bot.store.together import in_turn
from tests.collecting_world import TERMS as COLLECTING
from tests.dialogue_world import START, WORDS
from tests.units import METER_KNOWN, NAMED_ACTS, PENDING, a_unit, answered, tag_of, the_balance

PAGE = Path(__file__).parent.parent / "docs" / "roles.md"
PEOPLE = ("customer", "seller", "reseller", "support", "operator", "owner")
# What is everybody's who buys for themselves, and not for somebody's shop.
PRIVATE = "+.++++"
# One sign for each of the people above: + may, . may not.
COMMANDS = {name: each for name, each in REGISTRY.commands.items() if each.permission != "customer"}
RESTRICTED = {name: each for name, each in REGISTRY.buttons.items() if each.permission != "customer"}
WHOSE = {name: state.permission for name, state in REGISTRY.states.items() if state.permission != "customer"}
MAY_TYPE: dict[str, str] = {
    # Resellers.
    "clients": ".++...",
    "client": ".++...",
    "addclient": "..+...",
    "debts": "..+...",
    "importclients": "..+...",
    "batch": "..+...",
    "day": "..+...",
    "month": "..+...",
    "statement": "..+...",
    "chart": "..+...",
    "pin": ".++...",
    "sellers": "..+...",
    # Who buys for themselves.
    "link": PRIVATE,
    "unlink": PRIVATE,
    "meters": PRIVATE,
    "topup": PRIVATE,
    "proof": PRIVATE,
    "refundme": PRIVATE,
    # Admins who read.
    "shift": "...+++",
    "today": "...+++",
    "report": "...+++",
    "stats": "...+++",
    "orders": "...+++",
    "order": "...+++",
    "find": "...+++",
    "user": "...+++",
    "stuck": "...+++",
    "payins": "...+++",
    "payin": "...+++",
    "payback": "...+++",
    "float": "...+++",
    "audit": "...+++",
    "log": "...+++",
    "settings": "...+++",
    "resend": "...+++",
    "inbox": "...+++",
    "answer": "...+++",
    "done": "...+++",
    # Admins who act on orders and on people.
    "export": "....++",
    "resolve": "....++",
    "retry": "....++",
    "freeze": "....++",
    "name": "....++",
    "unfreeze": "....++",
    "move": "....++",
    "take": "....++",
    "quiet": "....++",
    "maintenance": "....++",
    "text": ".....+",
    "broadcast": "....++",
    "approve": "....++",
    "refuse": "....++",
    "undo": "....++",
    # Admins who move money, make the prices and name others.
    "credit": ".....+",
    "proofs": ".....+",
    "debit": ".....+",
    "refund": ".....+",
    "limit": ".....+",
    "fee": ".....+",
    "commission": ".....+",
    "reseller": ".....+",
    "unpin": ".....+",
    "identity": ".....+",
    "admin": ".....+",
}
MAY_PRESS: dict[str, str] = {
    # Resellers.
    "clients": ".++...",
    "client": ".++...",
    "sell": ".++...",
    "addclient": "..+...",
    "keepclient": "..+...",
    "clientmeters": "..+...",
    "renameclient": "..+...",
    "phoneclient": "..+...",
    "forgetclient": "..+...",
    "clientcard": "..+...",
    "clientcodes": ".++...",
    "clientsales": "..+...",
    "invite": "..+...",
    "uninvite": "..+...",
    "forward": ".++...",
    "importclients": "..+...",
    "debts": "..+...",
    "debt": "..+...",
    "debtundo": "..+...",
    "debtpaid": "..+...",
    "debtremind": "..+...",
    "batch": "..+...",
    "batchstop": "..+...",
    "batchdrop": "..+...",
    "batchfile": "..+...",
    "batchmessages": "..+...",
    "day": "..+...",
    "month": "..+...",
    "statement": "..+...",
    "chart": "..+...",
    "pin": ".++...",
    "sellers": "..+...",
    "seller": "..+...",
    "addseller": "..+...",
    "admit": "..+...",
    "unadmit": "..+...",
    "sellersold": "..+...",
    "sellerpause": "..+...",
    "sellerend": "..+...",
    "sellerlimit": "..+...",
    "sellershow": "..+...",
    "sellerpin": "..+...",
    "till": ".++...",
    "leaveshop": ".++...",
    # Who buys for themselves.
    "link": PRIVATE,
    "proof": PRIVATE,
    "join": PRIVATE,
    "unjoin": PRIVATE,
    "undolink": PRIVATE,
    "unlink": PRIVATE,
    "meters": PRIVATE,
    "meter": PRIVATE,
    "save": PRIVATE,
    "keep": PRIVATE,
    "add_meter": PRIVATE,
    "pay": PRIVATE,
    "paid": PRIVATE,
    "uncollect": PRIVATE,
    "payagain": PRIVATE,
    "paycode": PRIVATE,
    "topup": PRIVATE,
    # Admins who read.
    "inspect": "...+++",
    "askany": "...+++",
    "payins": "...+++",
    "payin": "...+++",
    "payback": "...+++",
    "stuck": "...+++",
    "float": "...+++",
    "audit": "...+++",
    "orders": "...+++",
    "user": "...+++",
    "stats": "...+++",
    "identity": ".....+",
    "stats_chart": "...+++",
    "inbox": "...+++",
    "talk": "...+++",
    "write": "...+++",
    "answer": "...+++",
    "talktake": "...+++",
    "talkdone": "...+++",
    # Admins who act.
    "maintenance": "....++",
    "takealert": "....++",
    "approve": "....++",
    "disapprove": "....++",
    "proofs": ".....+",
    "proofpage": ".....+",
    "proofcredit": ".....+",
    "proofrefuse": ".....+",
    "undo": "....++",
    "stopcast": "....++",
}
TERMS = Terms(shop_name="Chez Modou")
SHOP = ShopSettings(words=WORDS, collecting=COLLECTING)
# Places where somebody may stand when they try it.
STANDING = (
    Session(greeted=True, updated_at=START),
    Session(updated_at=START),
    Session(
        language="en",
        greeted=True,
        state="reference",
        pending=NumberWanted(service="woyofal"),
        step=4,
        updated_at=START,
    ),
    Session(greeted=True, state="history", step=9, pending=HistoryPage(0), updated_at=START),
)
# What everybody's own words may ask of the store, and find nothing.
EVERYBODYS = frozenset(
    {"collections_lately", "collections_open_of", "meters_of", "meters_recent", "orders_open_of", "order_own"}
)
RESELLERS = frozenset({"clients_of"})
SELLERS = frozenset({"seller_orders_open", "seller_order_own", "clients_of"})


def person(who: str, *, frozen: bool = False) -> Person:
    """Somebody of that kind; `reseller+support` is both."""
    kinds = who.split("+")
    role: Role | None = next((kind for kind in kinds if kind in RANK), None)
    return Person(
        address="telegram:7",
        customer="telegram:7",
        fresh=("7KQ4M2XR9BTZ", "7KQ4M2XR9BTY"),
        now=START,
        role=role,
        reseller=TERMS if "reseller" in kinds else None,
        frozen=frozen,
        message_ref="12",
        selling=Selling(1, "telegram:8", "Modou", 50_000, TERMS) if "seller" in kinds else None,
    )


def reaction(session: Session, event: Event, of: Person) -> tuple[list[Ask], Transition | None]:
    """What a step asks of the store and what it decides; None when it asked for something that is not everybody's."""
    asked: list[Ask] = []
    # Their channel has been told their commands.
    unit = a_unit(of, SHOP)
    talk = in_turn(step(replace(session, commands=standing(of, REGISTRY.commands, SHOP)), event, of, SHOP, unit))
    try:
        while True:
            asked.append(next(talk) if not asked else talk.send(()))
            if asked[-1][0] not in EVERYBODYS | RESELLERS | SELLERS:
                return asked, None
    except StopIteration as end:
        transition: Transition = end.value
        return asked, transition


def nosy(asked: Ask, of: Person) -> bool:
    """Whether a statement goes beyond what is the person's own."""
    mine = EVERYBODYS
    if of.terms is not None:
        mine |= RESELLERS if of.selling is None else SELLERS
    return asked[0] not in mine


def allowed(signs: str, who: str) -> bool:
    """Whether the table lets that kind of person: of somebody who is two things, either."""
    return any(signs[PEOPLE.index(kind)] == "+" for kind in who.split("+"))


def events(name: str, *, typed: bool) -> Iterator[tuple[Session, Event]]:
    """Every way of trying a command or a button, from every place."""
    for session in STANDING:
        if typed:
            for text in (f"/{name}", f"/{name.upper()} telegram:123456 5000 x", f"/{name}@taal_bot 1"):
                yield session, Text(text)
        else:
            for data in (f"~.{name}.1", f"-.{name}.7KQ4M2XR9BTZ", f"~.{name}."):
                yield session, Tap(data)
            # The button hangs on a question that was put while they still might.
            kept = replace(session, choices=(Choice("…", f"{session.step}.{name}.1"),))
            yield kept, Tap(f"{session.step}.{name}.1")


@pytest.mark.parametrize("typed", [True, False])
def test_every_command_and_button_has_a_row(typed: bool) -> None:
    table, real = (MAY_TYPE, COMMANDS) if typed else (MAY_PRESS, RESTRICTED)
    assert set(real) - set(table) == set(), "say in the table of this file whose they are"
    assert set(table) - set(real) == set(), "the table of this file names what is not there any more"
    assert all(len(signs) == len(PEOPLE) and set(signs) <= {"+", "."} for signs in table.values())


def test_whoever_may_do_more_may_do_less() -> None:
    for signs in (*MAY_TYPE.values(), *MAY_PRESS.values()):
        support, operator, owner = tuple(signs[3:])
        assert (support, operator) != ("+", ".")
        assert (operator, owner) != ("+", ".")
        assert signs[0] == "." or signs == PRIVATE, "what is everybody's is no guarded command"


KINDS = (*PEOPLE, "reseller+support", "reseller+operator", "reseller+owner")


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("who", KINDS)
@pytest.mark.parametrize("typed", [True, False])
def test_who_may_not_reads_what_everybody_reads_of_nothing(who: str, frozen: bool, typed: bool) -> None:
    of, table = person(who, frozen=frozen), MAY_TYPE if typed else MAY_PRESS
    nothing = [reaction(session, event, of) for session, event in events("xyzzy", typed=typed)]
    for name in (name for name, signs in table.items() if not allowed(signs, who)):
        if typed and of.role is not None:
            _an_admin_is_told_so(name, of)
            continue
        if typed and name in VOCABULARY:
            # A word of everybody's, too: `test_admin_commands` tries it where there is no such command.
            continue
        for unknown, (session, event) in zip(nothing, events(name, typed=typed), strict=True):
            statements, transition = reaction(session, event, of)
            if transition is not None and unknown[1] is not None:
                # The session of a question that was put again carries the button that was pressed.
                transition = replace(transition, session=replace(transition.session, choices=()))
                expected = replace(unknown[1], session=replace(unknown[1].session, choices=()))
                assert transition == expected, (name, who, event)
                assert transition.tasks == ()
            assert statements == unknown[0], (name, who, event)


def _an_admin_is_told_so(name: str, of: Person) -> None:
    """An admin knows that there are commands, and reads whose one is; nothing is looked at or set going."""
    permission = COMMANDS[name].permission
    for session, event in events(name, typed=True):
        t, (statements, transition) = WORDS[session.language], reaction(session, event, of)
        assert transition is not None, (name, event)
        assert transition.tasks == ()
        assert {asked for asked, _ in statements} <= EVERYBODYS
        text = transition.messages[0].text
        if permission in RANK:
            assert text == t(f"command.reserved.{permission}", name=name), (name, event)
        elif name not in VOCABULARY:
            assert text.startswith(t("command.unknown", name=name).partition("/")[0]), (name, event)


@pytest.mark.parametrize("who", KINDS)
@pytest.mark.parametrize("typed", [True, False])
def test_who_may_is_answered(who: str, typed: bool) -> None:
    """Whoever may is not answered like that: their command looks at something or says something of its own."""
    of, table = person(who), MAY_TYPE if typed else MAY_PRESS
    session = STANDING[0]
    event: Event = Text("/xyzzy 1") if typed else Tap("-.xyzzy.1")
    nothing = reaction(session, event, of)
    for name in (name for name, signs in table.items() if allowed(signs, who)):
        event = Text(f"/{name} 1") if typed else Tap(f"-.{name}.1")
        assert reaction(session, event, of) != nothing, (name, who)


def test_the_table_is_what_the_program_asks() -> None:
    for real, table in ((COMMANDS, MAY_TYPE), (RESTRICTED, MAY_PRESS)):
        for name, command in real.items():
            for who in KINDS:
                assert may(person(who), command.permission) == allowed(table[name], who), (name, who)


# What was asked for while one still might.


LOST = [(act, who) for act, _ in NAMED_ACTS for who in KINDS if not may(person(who), REGISTRY.acts[type(act)].who)]


@pytest.mark.parametrize(("act", "who"), LOST)
def test_an_act_is_nothing_once_the_role_is_gone(act: Act, who: str) -> None:
    of = person(who)
    asked = Session(
        greeted=True,
        state="admin_confirm",
        step=5,
        pending=AwaitingConfirm(act, "because"),
        choices=(Choice("Confirm", "5.do."), Choice("Cancel", "5.cancel.")),
        updated_at=START,
    )
    for event in (Tap("5.do."), Text("1"), Text("Confirm"), Text("oui"), Text("a reason"), Text("/xyzzy")):
        statements, transition = reaction(asked, event, of)
        assert not [statement for statement in statements if nosy(statement, of)], (event, statements)
        assert transition is not None, event
        assert transition.tasks == ()
        assert transition.session.pending is None, event
        text = " ".join(message.text for message in transition.messages)
        assert "telegram:9" not in text


@pytest.mark.parametrize("name", WHOSE)
def test_a_question_is_nothing_once_its_room_is_closed(name: str) -> None:
    """Nothing is sold, shown or changed for who was a reseller or an admin when the question was put."""
    acts = (*REGISTRY.states[name].buttons, "confirm", "back")
    asked = Session(
        greeted=True,
        state=name,
        step=5,
        pending=None if (kind := REGISTRY.states[name].pending) is None else PENDING[kind],
        choices=tuple(Choice(f"b{at}", f"5.{act}.1") for at, act in enumerate(acts)),
        updated_at=START,
    )
    tried: tuple[Event, ...] = (*(Tap(f"5.{act}.1") for act in acts), Text("Awa 5000"), Text("b0"), Text("retour"))
    of = person("seller" if WHOSE[name] == "private" else "customer")
    asked = replace(asked, seller_id=0 if of.selling is None else of.selling.id)
    for event in tried:
        statements, transition = reaction(asked, event, of)
        assert not [statement for statement in statements if nosy(statement, of)], (name, event, statements)
        assert transition is not None, (name, event)
        assert transition.session.pending is None, (name, event)
        assert set(transition.tasks) <= {EraseOwn()}, (
            name,
            event,
            transition.tasks,
        )


def test_a_pin_typed_into_a_closed_room_is_taken_away_and_not_said_back() -> None:
    for name, kind in (("pin", AwaitsPin), ("pin_new", NewPin), ("pin_again", RepeatPin)):
        asked = Session(greeted=True, state=name, step=5, pending=PENDING[kind], updated_at=START)
        statements, transition = reaction(asked, Text("4711"), person("customer"))
        assert statements == []
        assert transition is not None
        assert EraseOwn() in transition.tasks
        assert not any("4711" in message.text for message in transition.messages)


def test_a_sale_is_no_sale_once_they_are_no_reseller() -> None:
    """A quote at a reseller's terms becomes no order of who is none any more: they are shown another one."""
    quote = Quote(
        "7KQ4M2XR9BTZ", "woyofal", "14123456789", "Awa DIOP", 5_000, 75, START, START + 600_000, commission_xof=15
    )
    asked = Session(greeted=True, state="quote", step=5, quote=quote, pending=METER_KNOWN, updated_at=START)
    asked = replace(asked, choices=(Choice("Confirm", f"5.confirm.{quote.id}"),))
    for event in (Tap(f"5.confirm.{quote.id}"), Text("oui")):
        of = person("customer")
        unit = a_unit(of, SHOP)
        answers: dict[Any, Any] = {"order_own": [], **the_balance(Balance(1_000_000))}
        answers |= {"order_twin_open": [], "order_twin_delivered": [], "collections_lately": []}
        transition: Transition = answered(step(asked, event, of, SHOP, unit), answers)
        assert transition.tasks == ()
        assert transition.session.quote is not None
        assert transition.session.quote.commission_xof == 0


# The page.

TOP = """# Who may do what

Written from `tests/test_roles.py` by `pytest tests/test_roles.py --regenerate`; a test fails when it is stale, and when
a command or a button has no row. Somebody who is both a reseller and an admin may do what either may. Whoever may not
use something is answered as if it did not exist. Everything else (buying, balance, codes, history, meters) is
everybody's. A paused account may read all that it could; it buys nothing.

"""

ACTS = """## What one person may not do alone

Every act is asked for and done through one guard: nobody decides what is their own affair (their account, one that is
or ever was linked to it, a client of theirs or whose client they are, a meter that they keep, a rate that they earn
by), neither who asks nor who approves. What *counts* is summed over 24 hours and all addresses of a person; from
`APPROVAL_ABOVE_XOF` on (100 000 F where two owners are and nothing is set) it takes a second person. What takes *a
second person* takes one whatever it moves. Where nobody else may approve, what must not wait for ever may be
confirmed alone after 24 hours, of which all owners hear at once. Whoever was named less than a day ago approves
nothing.

"""


def page() -> str:
    """The table for people."""
    parts = [TOP]
    for title, first, table in (
        ("## Commands", "`/{}`", MAY_TYPE),
        ("## Buttons that are valid at any time", "`{}`", MAY_PRESS),
    ):
        rows = ["| | " + " | ".join(PEOPLE) + " |", "|---" * (len(PEOPLE) + 1) + "|"]
        rows += [
            f"| {first.format(name)} | " + " | ".join("✓" if sign == "+" else "" for sign in signs) + " |"
            for name, signs in table.items()
        ]
        parts.append(f"{title}\n\n" + "\n".join(rows) + "\n\n")
    parts.append(ACTS)
    rows = ["| act | who | alone in a day | a second person | why |", "|---|---|---|---|---|"]
    rows += [
        f"| `{tag_of(act)}` | {kind.who} | {'counts' if 'sum' in kind.counts else ''} | {'✓' if kind.two else ''} "
        f"| {kind.because} |"
        for act, kind in ((act, REGISTRY.acts[act]) for act in get_args(Act))
    ]
    parts.append("\n".join(rows) + "\n")
    return "".join(parts).rstrip("\n") + "\n"


def test_the_page_is_not_stale(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--regenerate"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_help_names_exactly_what_one_may_use(language: Language) -> None:
    """Every command with a line of its own is in the help of who may use it, and in nobody else's."""
    for who in KINDS:
        statements, transition = reaction(
            Session(language=language, greeted=True, updated_at=START), Text("/help"), person(who)
        )
        assert statements == []
        assert transition is not None
        text = "\n".join(message.text for message in transition.messages)
        # Admins, who have many, read the names alone.
        named = set(re.findall(r"^/([a-z]+)| · /([a-z]+)", text, re.MULTILINE))
        named = {name for pair in named for name in pair if name}
        private = {name for name, command in COMMANDS.items() if command.permission == "private"}
        theirs = {name for name, command in COMMANDS.items() if command.about and allowed(MAY_TYPE[name], who)}
        assert theirs - private == (named & set(COMMANDS)) - private
        assert who != "seller" or not named & private
