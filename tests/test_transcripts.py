"""Whole conversations, kept as files that people can read and review: `tests/transcripts/{fr,en}/*.txt`.

A file is a script and what came of it; what the bot said is written anew by

    pytest tests/test_transcripts.py --regenerate

- `> text` is typed; `<64 KB of 😀>` stands for that much of it, `ORDER1` for the first order's id.
- `> [Label]` presses the newest button whose label begins so; `(gone)` after it also finds one that was replaced.
- `> (photo)` is something without text. `admin>` instead of `>` is the admin speaking, `other>` the same person in
  another channel.
- `> text @ -20 min` was under way for so long before it was heard.
- `* +31 min` lets time pass; `* credit 20000` brings money in.
- `* known telegram:99` is somebody who has written here before.
- `* inquiry refused` (`busy`, `maintenance`, `unreachable`) is the provider's next answer to an inquiry;
  `* inquiry holds` keeps it back until `* inquiry answers`.
- `* outcome delivered CODE` (`processing`, `unknown`, `float`, …) is what became of the newest order; `* look-up …` and
  `* replay …` bring the same by another way; `* polls 3`: asked three times, nothing new.
- `* collecting allowed` lets customers pay for themselves; `* payment link` (`prompt`, `leaves`, `came 5150`,
  `refused`, `cancelled`, `expired`, `refused-to-open`) is what the collector says of the newest payment, and
  `* payment code wrong` (`right`, `lost`) what it will say of the codes that its payer types.
  `PAYIN` and `PAYBACK` stand for the newest ones' ids.
- `# text` is a remark, kept.

In the output `|` begins a new message's lines, `~` those of a message that took the place of the one pressed, and
`admin|` those that the admin reads, `other|` those in the other channel. `LINK` stands for the last code that joins. A
file that goes with a message is named below its text.
"""

import re
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.domain.catalog import Catalog
from bot.domain.inbound import Unreadable
from bot.domain.inquiry import FloatUnavailable, InquiryRefused, InquiryUnavailable
from bot.domain.outbound import Button, Copy, OpenUrl
from bot.domain.outcome import Delivered, NotSent, Outcome, Processing, ProviderDetails, Refused, TokenAwaited, Unknown
from bot.domain.people import Address, Language
from tests import paying_world
from tests.dialogue_world import ADMIN, AWA, OTHER, World, fresh_id

FOLDER = Path(__file__).parent / "transcripts"
FILES = sorted(FOLDER.rglob("*.txt"))
_TAP = re.compile(r"\[(.+?)\](?: \((gone)\))?")
_TAGS = re.compile(r"</?(?:b|i|code)>")
_MUCH = re.compile(r"<(\d+) KB of (.+)>")
_ORDER = re.compile(r"ORDER(\d)")
_LATE = re.compile(r" @ -(\d+) min$")
# Who speaks, by how a line begins.
SPEAKERS = {"> ": AWA, "admin> ": ADMIN, "other> ": OTHER}


def outcome_of(words: list[str]) -> Outcome:
    """The outcome that a script names."""
    name, rest = words[0], words[1:]
    details = ProviderDetails(transaction_id="TX-1001", fee_xof=None)
    for word in rest:
        if word.startswith("amount="):
            details = replace(details, amount_xof=int(word.removeprefix("amount=")))
        elif word.startswith("bill="):
            details = replace(details, reference_facture=word.removeprefix("bill="))
    codes = tuple(word for word in rest if "=" not in word)
    table: dict[str, Outcome] = {
        "delivered": Delivered(codes, details),
        "processing": Processing(details),
        "token_awaited": TokenAwaited(details),
        "unknown": Unknown("timeout", conflict="conflict" in rest),
        "float": Refused("float"),
        "invalid": Refused("invalid"),
        "already_paid": Refused("already_paid"),
        "failed": Refused("failed"),
        "unreachable": NotSent("unreachable"),
        "credentials": NotSent("credentials"),
    }
    return table[name]


def happen(world: World, line: str) -> None:
    """One `*` line."""
    name, *rest = line.split()
    if name.startswith("+"):
        world.now += int(name) * {"s": 1_000, "min": 60_000, "h": 3_600_000, "days": 86_400_000}[rest[0]]
    elif name.startswith("-"):
        world.now -= -int(name) * 60_000
    elif name == "credit":
        world.fund(int(rest[0]), OTHER if "other" in rest else AWA)
    elif name == "known":
        world.meet(Address.parse(rest[0]))
    elif name == "limit":
        world.install(default_credit_limit_xof=int(rest[0]))
    elif name == "inquiry" and rest[0] == "holds":
        world.holding = True
    elif name == "inquiry" and rest[0] == "answers":
        world.answer_held()
    elif name == "inquiry" and rest[0] == "refused":
        world.next_answer = InquiryRefused("no such meter")
    elif name == "inquiry":
        world.next_answer = InquiryUnavailable(rest[0])  # type: ignore[arg-type]  # A script names the model's causes.
    elif name == "float":
        world.float_answer = FloatUnavailable("unreachable")
    elif name == "collecting":
        paying_world.collects(world, *rest)
    elif name == "payment":
        paying_world.happens(world, rest)
    elif name == "polls":
        world.polls(int(rest[0]))
    else:
        source = {"outcome": "pay", "look-up": "look_up", "replay": "replay"}[name]
        world.outcome(outcome_of(rest), source)  # type: ignore[arg-type]  # The table above holds only sources.


def do(world: World, line: str) -> None:
    """One `>` line, of a customer, here or in their other channel, or of the admin."""
    address = SPEAKERS[line.partition(">")[0] + "> "]
    text, sent_at = line.partition(">")[2].removeprefix(" "), None
    if late := _LATE.search(text):
        text, sent_at = text[: late.start()], world.now - int(late[1]) * 60_000
    if "LINK" in text:
        text = text.replace("LINK", world.link_code())
    text = paying_world.named(world, text)
    text = _MUCH.sub(lambda much: much[2] * (int(much[1]) * 1024 // len(much[2].encode())), text)
    text = _ORDER.sub(lambda number: list(world.orders)[int(number[1]) - 1], text)
    if tapped := _TAP.fullmatch(text):
        world.tap(tapped[1], address, gone=bool(tapped[2]), sent_at=sent_at)
    elif text.startswith("(") and text.endswith(")"):
        world.hear(address, Unreadable(text[1:-1]))  # type: ignore[arg-type]  # A script names the model's kinds.
    else:
        world.say(text, address, sent_at)


def shown_button(button: Button) -> str:
    """A button as a transcript shows it."""
    if isinstance(button, Copy):
        return f"[{button.label} ⧉ {button.text}]"
    return f"[{button.label} → {button.url}]" if isinstance(button, OpenUrl) else f"[{button.label}]"


def lines_since(world: World, since: int) -> list[str]:
    """What was said since, as lines."""
    lines: list[str] = []
    for shown in world.screen[since:]:
        mark = {ADMIN: "admin", OTHER: "other"}.get(shown.address, "") + ("~" if shown.edited else "|")
        text = unescape(_TAGS.sub("", shown.outbound.text))
        lines += ["", *(f"{mark} {line}".rstrip() for line in text.split("\n"))]
        if (file := shown.outbound.attachment) is not None:
            lines.append(f"{mark} ({' '.join((file.kind, *file.arguments))})")
        for row in shown.outbound.rows:
            lines.append(f"{mark} {' '.join(map(shown_button, row))}")
    return [line.replace("\u00a0", " ") for line in lines]


def begun(language: Language) -> World:
    """Where every script begins: the admin is there, and reads that language."""
    world = World(language=language)
    world.meet(ADMIN)
    return world


def play(script: str, language: Language) -> str:
    """Run a script, and write it out again with what was said."""
    world = begun(language)
    out: list[str] = []
    for line in script.splitlines():
        since = len(world.screen)
        if line.startswith("#"):
            out += [line] if not out or out[-1].startswith("#") else ["", line]
            continue
        if line.startswith("* "):
            happen(world, line[2:])
        elif line.startswith(tuple(SPEAKERS)):
            do(world, line)
        else:
            continue
        world.now += 5_000
        out += ["", line, *lines_since(world, since)]
    return "\n".join(out).strip() + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_transcript(path: Path, request: pytest.FixtureRequest) -> None:
    written = path.read_text("utf-8")
    played = play(written, path.parent.name)
    if request.config.getoption("--regenerate"):
        path.write_text(played, "utf-8")
    else:
        assert played == written


def test_both_languages_tell_the_same_stories() -> None:
    names = {folder: {path.name for path in (FOLDER / folder).glob("*.txt")} for folder in ("fr", "en")}
    assert names["fr"] == names["en"]
    assert len(names["fr"]) >= 20


def test_no_transcript_shows_a_code_to_an_admin() -> None:
    for path in FILES:
        for line in path.read_text("utf-8").splitlines():
            if line.startswith(("admin|", "admin~")):
                assert not re.search(r"\d{16,}|(?:\d{4} ){3}\d{4}", line), f"{path}: {line}"


def test_ids_of_the_world_are_crockford() -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{12}", fresh_id(7))
    assert Catalog().woyofal.prepaid
