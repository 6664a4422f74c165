"""Whatever people write, press and send, in whatever order and in whichever role: nothing raises, everybody is
answered, and neither a session nor a franc is lost.
"""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

import tests.trade_monitoring  # noqa: F401  # What an audit brings back.
from bot.dialogue.flows import REGISTRY
from bot.dialogue.session import NOWHERE
from bot.domain.inbound import Tap, Unreadable
from bot.domain.outbound import Choice
from bot.domain.people import Address, Language
from tests.trade_world import PEOPLE, RESELLER, Town

ROLES = {"second": "owner", "operator": "operator", "support": "support"}
KINDS = get_args(Unreadable.__annotations__["kind"])
# What people might write, beside anything at all: words of the dialogue with what may stand behind them.
SAID = (
    *(f"/{name}" for name in REGISTRY.commands),
    *sorted({word for flow in REGISTRY.flows for word in flow.words}),
)
BEHIND = (
    "",
    "14123456789",
    "14123456789 5000",
    "210278816",
    "0",
    "-1",
    "99999999999999999999",
    "5 000 F",
    "1e5",
    "telegram:221780003344 1000 Wave 17",
    "telegram:1",
    "woyofal",
    "\u202e\u0000\ud7ff",
    "à demain 😀",
    "11.11.2026 30.02.2026",
    "' OR 1=1 --",
    "%s {0} <b>&amp;",
    "x" * 4_000,
)

texts = st.one_of(
    st.builds(lambda said, behind: f"{said} {behind}".strip(), st.sampled_from(SAID), st.sampled_from(BEHIND)),
    st.sampled_from([*SAID, *BEHIND]),
    st.sampled_from(SAID),
    st.sampled_from(["1", "2", "3", "oui", "yes", "4821", "5000", "Awa", "77 555 00 11", "14555666777"]),
    st.text(max_size=60),
)
# A story is about two people.
whom = st.integers(0, 1)
taps = st.tuples(st.just("taps"), whom, st.integers(0, 6))
says = st.tuples(st.just("says"), whom, texts)
steps = st.one_of(
    says,
    taps,
    says,
    taps,
    taps,
    st.tuples(st.just("forges"), whom, st.text(max_size=40)),
    st.tuples(st.just("sends"), whom, st.sampled_from(KINDS)),
    st.tuples(st.just("file"), whom, st.sampled_from(["liste.csv", "x.exe", "", "a" * 300])),
    st.tuples(st.just("waits"), whom, st.sampled_from([1, 60, 900, 90_000, 400 * 86_400])),
    st.tuples(st.just("pays"), whom, st.integers(1, 3)),
)


def shown_to(town: Town, who: Address) -> list[tuple[str, str]]:
    """Every button that somebody was shown, the newest first, with the message that it hangs on."""
    return [
        (button.data, shown.ref)
        for shown in reversed(town.screen)
        if shown.address == who
        for row in shown.outbound.rows
        for button in row
        if isinstance(button, Choice)
    ]


def play(town: Town, what: str, who: Address, how: str | int) -> None:
    match what, how:
        case "says", str():
            town.say(how, who)
        case "taps", int():
            if found := shown_to(town, who):
                data, ref = found[how % len(found)]
                town.hear(who, Tap(data), ref)
        case "forges", str():
            town.hear(who, Tap(how))
        case "sends", _:
            town.hear(who, Unreadable(how))  # type: ignore[arg-type]  # One of its kinds.
        case "file", str():
            town.send(how, (("14123456789", "5000"), ("", how)), who)
        case "waits", int():
            town.now += how * 1_000
            town.sweep()
        case "pays", int():
            town.pay_all(how)


@given(
    st.sampled_from(["fr", "en"]),
    st.lists(st.sampled_from(sorted(PEOPLE)), min_size=2, max_size=2),
    st.lists(steps, min_size=20, max_size=60),
)
@settings(max_examples=60)
def test_nothing_that_people_do_breaks_anything(
    language: Language, cast: list[str], story: list[tuple[str, int, str | int]]
) -> None:
    town = Town(language=language)
    for name in ("", "customer", "client"):
        town.fund(40_000, PEOPLE[name])
    for name, role in ROLES.items():
        town.store.rows("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", str(PEOPLE[name]), role)
    town.store.rows("INSERT INTO reseller VALUES (?, 'Chez Modou', '{}', NULL, NULL, 0, 0, 0, 0)", str(RESELLER))
    known: set[Address] = set()
    for what, number, how in story:
        who = PEOPLE[cast[number]]
        before = len(town.screen)
        play(town, what, who, how)
        if what in ("says", "forges", "sends", "file"):
            known.add(who)
            assert any(shown.address == who for shown in town.screen[before:]), (what, how)
        sessions = town.sessions
        assert known <= set(sessions), "a session is lost"
        assert {session.state for session in sessions.values()} <= {*REGISTRY.states, NOWHERE}
        assert town.store.one("SELECT coalesce(sum(amount_xof), 0) FROM entry") == 0
        assert town.store.rows("SELECT 1 FROM entry GROUP BY transfer HAVING sum(amount_xof) <> 0") == []
