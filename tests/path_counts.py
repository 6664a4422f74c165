"""How many times somebody types or taps on a way, and how many messages come of it: played, and counted.

Telegram can put a message in another's place, which costs nobody a new one; WhatsApp cannot, and there every message is
paid for. What is counted there are the messages of the Cloud API, as the renderer makes them.
"""

from dataclasses import dataclass
from functools import cache

from bot.channels.whatsapp.render import render
from tests import test_trade_transcripts, test_transcripts
from tests.dialogue_world import AWA, World
from tests.narrow_world import NarrowTown, NarrowWorld
from tests.trade_world import RESELLER, Town

NUMBER = "221770001122"
CODE = "48213377901245560931"
BOUGHT = ("> woyofal 14123456789 5000", "> oui", f"* outcome delivered {CODE}", "* +20 min")
NAMES = ("Awa Fall", "Bocar Sow", "Coumba Ba", "Demba Ly", "Fatou Diop", "Ibra Sy", "Khady Gueye", "Lamine Seck")
BOOK = (*NAMES, "Moussa Kane", "Ndeye Cisse")


@dataclass(frozen=True)
class Path:
    """A way from wish to receipt, in the lines of the transcripts; what is `before` is not counted. `most` is how many
    inputs it may take, `most_paid` how many messages of WhatsApp.
    """

    name: str
    script: tuple[str, ...]
    most: int
    most_paid: int
    before: tuple[str, ...] = ("* credit 20000",)
    sells: bool = False


PATHS = (
    Path(
        "first purchase by buttons",
        (
            "> /start",
            "> [💡 Woyofal]",
            "> 14123456789",
            "> [5 000 F]",
            "> [✅ Confirmer]",
            f"* outcome delivered {CODE}",
        ),
        most=5,
        most_paid=6,
    ),
    Path(
        "the same, in progress for a while",
        (
            *("> /start", "> [💡 Woyofal]", "> 14123456789", "> [5 000 F]", "> [✅ Confirmer]"),
            *("* outcome processing", f"* look-up delivered {CODE}"),
        ),
        most=5,
        most_paid=7,
    ),
    Path(
        "purchase in one line",
        ("> woyofal 14123456789 5000", "> oui", f"* outcome delivered {CODE}"),
        most=2,
        most_paid=3,
    ),
    Path(
        "again by 🔁 under the code",
        ("> [🔁 Racheter]", "> [✅ Confirmer]", f"* outcome delivered {CODE}"),
        before=("* credit 20000", *BOUGHT),
        most=2,
        most_paid=3,
    ),
    Path(
        "again from a greeting",
        ("> bonjour", "> [🔁]", "> [✅ Confirmer]", f"* outcome delivered {CODE}"),
        before=("* credit 20000", *BOUGHT),
        most=3,
        most_paid=4,
    ),
    Path(
        "again by a meter's name",
        ("> maison 5000", "> oui", f"* outcome delivered {CODE}"),
        before=("* credit 20000", *BOUGHT[:3], "> [⭐ Garder]", "> Maison", "* +20 min"),
        most=2,
        most_paid=3,
    ),
    Path("a bill", ("> senelec 210278816", "> oui", "* outcome delivered"), most=2, most_paid=2),
    Path(
        "one of three bills",
        ("> senelec 310000003", "> [12 300 F]", "> oui", "* outcome delivered"),
        most=3,
        most_paid=3,
    ),
    Path(
        "a stranger's purchase, paid by Wave",
        (
            *("> woyofal 14123456789 5000", "> [Wave]", "* payment link", "* payment came 5175"),
            f"* outcome delivered {CODE}",
        ),
        before=("* collecting",),
        most=2,
        most_paid=6,
    ),
    Path(
        "a reseller sells to a known client",
        ("> fatou 5000", "> [✅]", f"* outcome delivered {CODE}"),
        before=("* reseller Boutique", "* credit 50000", "> /addclient Fatou Ndiaye; 14123456789"),
        most=2,
        most_paid=3,
        sells=True,
    ),
    Path(
        "a reseller's list of ten by names",
        (f"> {', '.join(f'{name.split()[0].lower()} 2000' for name in BOOK)}", "> [✅ Acheter]", "* pays"),
        before=(
            *("* reseller Boutique", "* credit 50000"),
            *(f"> /addclient {name}; 147000000{number:02}" for number, name in enumerate(BOOK, 20)),
        ),
        most=2,
        most_paid=4,
        sells=True,
    ),
)


@dataclass(frozen=True)
class Count:
    """What a path takes: inputs, and what is shown for them; where messages are replaced, how many new ones and how
    many in the place of others.
    """

    inputs: int
    messages: int
    edits: int


@cache
def count(path: Path, *, narrow: bool) -> Count:
    """Play a path where all buttons are shown and messages replaced, or in a `narrow` channel."""
    who, world = AWA, _world(path, narrow)
    if path.sells:
        who = RESELLER
    _play(world, path.before)
    since = len(world.screen)
    _play(world, path.script)
    shown = [each for each in world.screen[since:] if each.address == who]
    inputs = sum(line.startswith("> ") for line in path.script)
    if narrow:
        said = [each.outbound for each in shown if not each.outbound.progress]
        return Count(inputs, sum(len(render(NUMBER, outbound)) for outbound in said), 0)
    edits = sum(each.edited for each in shown)
    return Count(inputs, len(shown) - edits, edits)


def _world(path: Path, narrow: bool) -> World:
    if path.sells:
        return NarrowTown() if narrow else Town()
    return NarrowWorld() if narrow else World()


def _play(world: World, lines: tuple[str, ...]) -> None:
    for line in lines:
        if isinstance(world, Town):
            if line.startswith("* "):
                test_trade_transcripts.happen(world, line[2:])
            else:
                test_trade_transcripts.do(world, "", line[2:])
        elif line.startswith("* "):
            test_transcripts.happen(world, line[2:])
        else:
            test_transcripts.do(world, line)
        world.now += 5_000


def table() -> str:
    """The paths with their counts, as Markdown."""
    rows = [
        "| path | Telegram: inputs | new messages | edits | WhatsApp: inputs | messages |",
        "|---|---|---|---|---|---|",
    ]
    for path in PATHS:
        wide, narrow = count(path, narrow=False), count(path, narrow=True)
        rows.append(
            f"| {path.name} | {wide.inputs} | {wide.messages} | {wide.edits} | {narrow.inputs} | {narrow.messages} |"
        )
    return "\n".join(rows)
