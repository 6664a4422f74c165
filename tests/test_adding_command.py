"""An admin command is its flow and its words: one that reads and one that acts are added to a copy of the program.

The copy plays the demonstration, so that everything is real but the provider, who is simulated behind the true client.
"""

from pathlib import Path
from shutil import copytree

import pytest

from tests.test_adding_biller import HALF_COMPILED, ROOT, played, run

PING = '''"""How many orders are open. Pure."""

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flow import Command, Flow, HelpLine
from bot.dialogue.menu import home_row
from bot.repositories.statistics import numbers_between


def ping(ctx: Context, _: str = "") -> Deciding:
    """`/ping`: how many orders are open."""
    numbers = yield from numbers_between(0, ctx.now)
    return Reply(ctx.t("ping.open", count=numbers.whole.open), (home_row(ctx),), separate=True)


FLOW = Flow(
    name="ping",
    commands=(Command("ping", ping, "support", "command.ping", 700, HelpLine("help.reading", 120)),),
)
'''
MOTTO = '''"""The motto of the shop. Pure."""

from bot.dialogue.acts.audit_log import audit, with_reason
from bot.dialogue.acts.kinds import ActKind, Two, ask, begin, done, nobody
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flow import Command, Flow, HelpLine
from bot.domain.acts import SetMotto
from bot.repositories.rules import set_rule
from bot.store import Script


def motto(ctx: Context, rest: str) -> Deciding:
    """`/motto TEXT`: what stands above the door."""
    if not rest.strip():
        return Reply(ctx.t("motto.usage"))
    return (yield from begin(ctx, SetMotto(rest.strip())))


def ask_motto(ctx: Context, act: SetMotto, why: str) -> Deciding:
    """What it will be."""
    yield from ()
    return ask(ctx, ctx.t("motto.ask", text=act.text), act, why)


def do_motto(ctx: Context, act: SetMotto, why: str) -> Deciding:
    """It is so from now on."""
    yield from audit(ctx, "motto", "shop", with_reason(act.text, why))
    yield from ctx.write(set_rule("motto", act.text))
    return done(ctx, ctx.t("motto.done", text=act.text))


def _by_two(ctx: Context, act: SetMotto) -> Script[Two | None]:
    """By two, where there is another owner."""
    yield from ()
    return Two("motto.two", "now")


FLOW = Flow(
    name="motto",
    commands=(Command("motto", motto, "owner", "command.motto", 710, HelpLine("help.rules", 90)),),
    acts={
        SetMotto: ActKind(
            ask=ask_motto,
            do=do_motto,
            who="owner",
            touches=nobody,
            counts="two",
            because="everybody reads it",
            two=_by_two,
        )
    },
)
'''
# What waits for a Confirm is kept, so its kind is listed where all of them are.
ACT = '''class SetMotto(Struct, frozen=True, tag="motto"):
    """What stands above the door."""

    text: str

    @property
    def command(self) -> str:
        return f"motto {self.text}"


'''
ACTS_LISTED = "# In the order in which `docs/roles.md` lists them.\n"
LAST_ACT = "    | UndoAct\n)"
FLOWS_IMPORTED = "    monitoring,\n    news,\n"
FLOWS_LISTED = "        undo,\n    )\n"
WORDS_ADDED = {
    "fr": {
        "command.ping": "combien de commandes sont en cours",
        "ping.open": "Commandes en cours : {count}",
        "command.motto": "TEXTE — la devise de la boutique",
        "motto.usage": "Tapez /motto et la devise.",
        "motto.ask": "La devise sera : {text}",
        "motto.done": "C’est fait. La devise est : {text}",
        "motto.two": "Tout le monde la lit.",
    },
    "en": {
        "command.ping": "how many orders are open",
        "ping.open": "Open orders: {count}",
        "command.motto": "TEXT — the motto of the shop",
        "motto.usage": "Type /motto and the motto.",
        "motto.ask": "The motto will be: {text}",
        "motto.done": "Done. The motto is: {text}",
        "motto.two": "Everybody reads it.",
    },
}

# Two owners in a world of the tests, which is copied too: the one asks and confirms, the other approves.
BY_TWO = """
from tests.trade_world import ADMIN, PEOPLE, Town

town, second = Town(), PEOPLE["second"]
town.fund(50_000, second)
town.store.rows("INSERT INTO admin VALUES (?, 'owner', 'telegram:1', 0)", str(second))


def done():
    print(*(tuple(row) for row in town.store.rows("SELECT value FROM rule WHERE name = 'motto'")))
    print(*(tuple(row) for row in town.store.rows("SELECT address, second, what, target, why FROM audit")))


town.say("/motto Light for all", ADMIN)
town.say("confirmer", ADMIN)
done()
town.say(f"/approve {town.store.one('SELECT id FROM approval')}", second)
done()
"""


def put_in(file: Path, *changes: tuple[str, str]) -> None:
    """Write something in a file of the copy, at places that are there once."""
    text = file.read_text("utf-8")
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    file.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with two commands more."""
    root = tmp_path_factory.mktemp("command")
    for folder in ("bot", "locales", "tests"):
        copytree(ROOT / folder, root / folder, ignore=HALF_COMPILED)
    dialogue = root / "bot" / "dialogue"
    (dialogue / "flows" / "ping.py").write_text(PING, "utf-8")
    (dialogue / "flows" / "motto.py").write_text(MOTTO, "utf-8")
    put_in(
        dialogue / "flows" / "__init__.py",
        (FLOWS_IMPORTED, "    monitoring,\n    motto,\n    news,\n    ping,\n"),
        (FLOWS_LISTED, "        undo,\n        ping,\n        motto,\n    )\n"),
    )
    put_in(
        root / "bot" / "domain" / "acts.py",
        (ACTS_LISTED, ACT + ACTS_LISTED),
        (LAST_ACT, "    | UndoAct\n    | SetMotto\n)"),
    )
    for language, words in WORDS_ADDED.items():
        with (root / "locales" / language / "LC_MESSAGES" / "taal.po").open("a", encoding="utf-8") as messages:
            messages.writelines(f'\nmsgid "{key}"\nmsgstr "{text}"\n' for key, text in words.items())
    return root


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_command_reads(program: Path, language: str) -> None:
    (read,) = played(program, language, "admin", "/ping")
    assert WORDS_ADDED[language]["ping.open"].format(count=0) in read.replace("\N{NO-BREAK SPACE}", " ")


def test_a_command_acts_once_it_is_confirmed_and_is_logged(program: Path) -> None:
    usage, asked, before, confirmed, after = played(
        program, "en", "admin", "/motto", "/motto Light for all", "/log motto", "/motto Light for you", "/log motto"
    )
    assert "Type /motto and the motto." in usage
    assert "The motto will be: Light for all" in asked
    assert "Confirm" in asked
    # Nothing is done, nor logged, of what was not confirmed; another command leaves it.
    assert "Light for all" not in before
    assert "The motto will be: Light for you" in confirmed
    assert "Light for you" not in after

    _, done, again, logged = played(program, "en", "admin", "/motto Light for all", "yes", "yes", "/log motto")
    assert "Done. The motto is: Light for all" in done
    assert "The motto is" not in again
    assert logged.count("Light for all") == 1


def test_the_reason_that_is_typed_instead_is_logged(program: Path) -> None:
    _, asked, _, logged = played(program, "en", "admin", "/motto Light for all", "the owner asked", "yes", "/log motto")
    assert "the owner asked" in asked
    assert "Light for all · the owner asked" in logged


def test_where_two_decide_it_is_only_tried_out_until_the_second_approves(program: Path) -> None:
    """What both read is worked out by the same steps, which write nothing then."""
    before_rule, before_log, rule, log = run(program, "-c", BY_TWO).splitlines()
    assert (before_rule, before_log) == ("", "")
    assert rule == "('Light for all',)"
    assert log == "('telegram:1', 'telegram:2', 'motto', 'shop', 'Light for all')"


@pytest.mark.parametrize("part", ["customer", "reseller"])
def test_nobody_but_admins_has_them(program: Path, part: str) -> None:
    pinged, asked, helped = played(program, "en", part, "/ping", "/motto Light for all", "/help")
    assert "Open orders" not in pinged
    assert "motto" not in asked
    assert "/ping" not in helped
    assert "/motto" not in helped


def test_help_names_them(program: Path) -> None:
    (read,) = played(program, "en", "admin", "/help")
    assert "/ping" in read
    assert "/motto" in read
    (read,) = played(program, "en", "admin", "/help motto")
    assert "/motto TEXT\n" in read
    assert "The motto of the shop" in read


def test_the_lists_of_commands_name_them_to_whom_may_use_them(program: Path) -> None:
    for role, listed in ((None, []), ("support", ["ping"]), ("operator", ["ping"]), ("owner", ["ping", "motto"])):
        asked = (
            "from bot.dialogue.flows import shown; from bot.i18n import load; "
            "from bot.shop import ShopSettings; "
            f"listed = shown(ShopSettings(load()), {role!r}, False)['en']; "
            "print([name for name, _ in listed if name in ('ping', 'motto')])"
        )
        assert run(program, "-c", asked) == f"{listed}\n"
