"""Whole conversations of resellers, their clients and admins, over the real scripts: `tests/trade/{fr,en}/*.txt`.

Files are scripts with what came of them, written anew by `pytest tests/test_trade_transcripts.py --regenerate`.

- `> text` is typed by the reseller; `client>`, `customer>`, `seller>`, `other>`, `admin>` (an owner by the settings),
  `second>`, `operator>` and `support>` are others. The latter three are named admins by `* named second owner` and the
  like.
- `> [Label]` presses the newest button whose label begins so; `(gone)` after it also finds one that was replaced.
- `> (file NAME: a;b;c / d;e;f)` sends a file with those rows; `\n` in a text is a new line.
- `> (photo NAME)` sends a photo of which the channel gives that name.
- `> text @ -20 min` was under way for so long before it was heard.
- `* reseller SHOP NAME` makes the reseller one, with the shop's commissions; `* reseller client` makes another one.
- `* credit 20000` brings them money; `* credit 20000 customer` somebody else.
- `* +31 min` (`s`, `h`, `days`) lets time pass, and the workers look around.
- `* inquiry refused` (`busy`, `maintenance`, `unreachable`): the provider's next answer to an inquiry.
- `* outcome delivered CODE` (`processing`, `unknown`, `float`, …) is what became of the order called last; `* pays`
  answers every call that waits (meters that end in 13 are refused), `* pays 3` only three.
- `* approval 100000`: moves of so much need two people; `* limit 50000`, `* day 100000`: the reseller's limits.
- `* called customer Awa Diop`: what somebody calls themselves from their next message on.
- `* do NAME …`: what a domain brings itself (`DOINGS`).
- `# text` is a remark, kept.

In the output `|` begins a message's lines, `~` those of a message that took another's place, with the reader's name
before it; `📎` is a file that goes with it. `ORDER1` is the first order's id, in what is typed; `CODE` is the last code
of a link or an invitation that somebody was shown; `APPROVAL` is what was asked of a second admin last.
`(message taken away)`: the person's own message was deleted.
"""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from bot.domain.inbound import Unreadable
from bot.domain.inquiry import InquiryRefused, InquiryUnavailable
from bot.domain.outbound import Copy
from bot.domain.people import Language
from tests import trade_monitoring
from tests.test_transcripts import _TAGS, outcome_of
from tests.trade_world import NAMES, PEOPLE, RESELLER, Town

FOLDER = Path(__file__).parent / "trade"
FILES = sorted(FOLDER.rglob("*.txt"))
_LINE = re.compile(r"(|client|customer|seller|other|admin|second|operator|support)> ?(.*)")
_TAP = re.compile(r"\[(.+?)\](?: \((gone)\))?")
_FILE = re.compile(r"\(file ([^:]+): ?(.*)\)")
_PHOTO = re.compile(r"\(photo ([^)]+)\)")
_ORDER = re.compile(r"ORDER(\d)")
_LATE = re.compile(r" @ -(\d+) min$")
_CODE = re.compile(r"<code>([A-Z][0-9][A-Z0-9]{4})</code>")
# What `* do NAME words` does: a domain adds its own here.
DOINGS: dict[str, Callable[[Town, list[str]], None]] = {**trade_monitoring.DOINGS}


def happen(town: Town, line: str) -> None:
    """One `*` line."""
    name, *rest = line.split()
    if name.startswith("+"):
        town.now += int(name) * {"s": 1_000, "min": 60_000, "h": 3_600_000, "days": 86_400_000}[rest[0]]
        town.sweep()
    elif name == "credit":
        town.fund(int(rest[0]), PEOPLE[rest[1] if len(rest) > 1 else ""])
    elif name == "reseller":
        who = PEOPLE[rest.pop(0)] if rest and rest[0] in PEOPLE else RESELLER
        town.fund(0, who)
        town.store.connection.execute(
            "INSERT INTO reseller VALUES (?, ?, '{}', NULL, NULL, 0, 0, 0, ?)", (str(who), " ".join(rest), town.now)
        )
    elif name == "named":
        town.store.connection.execute(
            "INSERT INTO admin VALUES (?, ?, ?, ?)",
            (str(PEOPLE[rest[0]]), rest[1] if len(rest) > 1 else rest[0], str(PEOPLE["admin"]), town.now - 86_400_000),
        )
        town.fund(0, PEOPLE[rest[0]])
    elif name == "called":
        town.given_names[PEOPLE[rest[0]]] = " ".join(rest[1:])
    elif name == "limit":
        town.store.connection.execute(
            "INSERT INTO credit_limit VALUES (?, ?) "
            "ON CONFLICT (customer) DO UPDATE SET limit_xof = excluded.limit_xof",
            (str(RESELLER), int(rest[0])),
        )
    elif name == "day":
        town.store.connection.execute(
            "UPDATE reseller SET day_limit_xof = ? WHERE customer = ?", (int(rest[0]), str(RESELLER))
        )
    elif name == "approval":
        town.under(approval_xof=int(rest[0]))
    elif name == "inquiry" and rest[0] == "refused":
        town.next_answer = InquiryRefused("no such meter")
    elif name == "inquiry":
        town.next_answer = InquiryUnavailable(rest[0])  # type: ignore[arg-type]  # A script names the model's causes.
    elif name == "pays":
        town.pay_all(*(int(word) for word in rest))
    elif name == "do":
        DOINGS[rest[0]](town, rest[1:])
    else:
        source = {"outcome": "pay", "look-up": "look_up", "replay": "replay"}[name]
        town.outcome(outcome_of(rest), source)  # type: ignore[arg-type]  # The table above holds only sources.


def do(town: Town, who: str, text: str) -> None:
    """One `>` line."""
    address, sent_at = PEOPLE[who], None
    if late := _LATE.search(text):
        text, sent_at = text[: late.start()], town.now - int(late[1]) * 60_000
    text = _ORDER.sub(lambda number: order_ids(town)[int(number[1]) - 1], text).replace("\\n", "\n")
    if "CODE" in text:
        text = text.replace("CODE", newest_code(town))
    if "APPROVAL" in text:
        newest = town.store.one("SELECT id FROM approval ORDER BY asked_at DESC, rowid DESC LIMIT 1")
        text = text.replace("APPROVAL", str(newest))
    if tapped := _TAP.fullmatch(text):
        town.tap(tapped[1], address, gone=bool(tapped[2]), sent_at=sent_at)
    elif sent := _FILE.fullmatch(text):
        rows = tuple(tuple(cell.strip() for cell in row.split(";")) for row in sent[2].split("/"))
        town.send(sent[1], rows, address)
    elif photo := _PHOTO.fullmatch(text):
        town.hear(address, Unreadable("photo", photo[1]), sent_at=sent_at)
    else:
        town.say(text, address, sent_at)


def order_ids(town: Town) -> list[str]:
    return [str(row["id"]) for row in town.store.rows("SELECT id FROM orders ORDER BY confirmed_at, rowid")]


def newest_code(town: Town) -> str:
    """The last code that joins something, as anybody was shown it."""
    for shown in reversed(town.screen):
        if codes := _CODE.findall(shown.outbound.text):
            return str(codes[-1])
    raise AssertionError("no code was shown")


def lines_since(town: Town, since: int, erased: int) -> list[str]:
    """What was said since, as lines."""
    lines: list[str] = ["", "(message taken away)"] if len(town.erased) > erased else []
    for shown in town.screen[since:]:
        mark = NAMES.get(shown.address, str(shown.address)) + ("~" if shown.edited else "|")
        text = unescape(_TAGS.sub("", shown.outbound.text))
        lines += ["", *(f"{mark} {line}".rstrip() for line in text.split("\n"))]
        if (attachment := shown.outbound.attachment) is not None:
            lines.append(f"{mark} 📎 {attachment.kind} {' '.join(attachment.arguments)}".rstrip())
        for row in shown.outbound.rows:
            labels = (f"[{b.label} ⧉ {b.text}]" if isinstance(b, Copy) else f"[{b.label}]" for b in row)
            lines.append(f"{mark} {' '.join(labels)}")
    return [line.replace("\u00a0", " ") for line in lines]


def play(script: str, language: Language, town: Town | None = None) -> str:
    """Run a script, and write it out again with what was said; in `town`, for who wants to look at it afterwards."""
    town = town or Town(language=language)
    out: list[str] = []
    for line in script.splitlines():
        since, erased = len(town.screen), len(town.erased)
        spoken = _LINE.fullmatch(line)
        if line.startswith("#"):
            out += [line] if not out or out[-1].startswith("#") else ["", line]
            continue
        if line.startswith("* "):
            happen(town, line[2:])
        elif spoken:
            do(town, spoken[1], spoken[2])
        else:
            continue
        town.now += 5_000
        out += ["", line, *lines_since(town, since, erased)]
    return "\n".join(out).strip() + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_trade_transcript(path: Path, request: pytest.FixtureRequest) -> None:
    written = path.read_text("utf-8")
    played = play(written, path.parent.name)
    if request.config.getoption("--regenerate"):
        path.write_text(played, "utf-8")
    else:
        assert played == written


def test_both_languages_tell_the_same_stories() -> None:
    names = {folder: {path.name for path in (FOLDER / folder).glob("*.txt")} for folder in ("fr", "en")}
    assert names["fr"] == names["en"]


def test_no_transcript_shows_a_code_to_an_admin() -> None:
    for path in FILES:
        for line in path.read_text("utf-8").splitlines():
            if re.match(r"(?:admin|second|operator|support)[|~]", line):
                assert not re.search(r"\d{16,}|(?:\d{4} ){3}\d{4}", line), f"{path}: {line}"
