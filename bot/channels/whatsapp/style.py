"""Our texts in WhatsApp's notation, and their lengths. Pure.

WhatsApp reads `*bold*`, `_italic_` and three backticks around what is to stand in monospace, each within one line and
at the edge of a word. What people wrote must not begin to shine by chance: a sign of the notation that could act is
replaced by one that looks the same and does nothing. Where one of our own tags would touch a letter or span a line, its
line is marked by itself, or the words stay plain; no word is ever lost.

Lengths are counted in UTF-16 units, the strictest way that a limit may be meant.
"""

import re

from bot.channels.markup import plain, runs

_MARKS = {"b": "*", "i": "_", "code": "```"}
# A sign between two letters or digits (`awa_fall`) does nothing.
_SIGN = re.compile(r"(?<![^\W_])[*_~`]|[*_~`](?![^\W_])")
_LOOK_ALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
_QUOTE = re.compile(r"(?m)^>(?=\s)")
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_EMBLEMS = re.compile(r"(?:[^\w\s]+\s+)+(?=\w)")
_DANGLING = " \u00a0·-–—:,;(/"

_TAG = re.compile(r"<(/?)(?:b|i|code)>")
# What acts, or stands for something else. A text without it has nothing to be replaced but its tags.
_ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f*_~`&]")
# Words in one tag, within a line, that touch neither letters nor other tags.
_TAGGED = re.compile(r"<(?<![^\W_]<)(?<!><)(b|i|code)>(?!\s)([^\n<>]+)(?<!\s)</\1>(?![^\W_]|<)")


def styled(text: str) -> str:
    """`text` with its tags in WhatsApp's notation and everything else harmless."""
    if _ACTING.search(text) is None:
        # Nearly every text of ours is this simple.
        simple = _TAGGED.sub(_tagged, text)
        if "<" not in simple and ">" not in simple:
            return simple
    pieces = [(_marks(tags), neutral(run)) for tags, run in runs(text)]
    out: list[str] = []
    last = ""
    for at, (marks, run) in enumerate(pieces):
        after = pieces[at + 1][1][:1] if at + 1 < len(pieces) else ""
        written = _marked(run, marks, last, after) if marks else run
        out.append(written)
        last = written[-1:] or last
    return "".join(out)


def _tagged(match: re.Match[str]) -> str:
    mark = _MARKS[match[1]]
    return f"{mark}{match[2]}{mark}"


def neutral(text: str) -> str:
    """What somebody wrote, so that WhatsApp shows it as it stands."""
    text = _CONTROLS.sub("", text)
    text = _SIGN.sub(lambda match: _LOOK_ALIKE[match[0]], text)
    return _QUOTE.sub("›", text)


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits(text: str, limit: int) -> bool:
    """Whether `text` has at most `limit` units; no character has more than two."""
    return len(text) * 2 <= limit or units(text) <= limit


def one_line(text: str) -> str:
    """`text` on one line, without what a label cannot show. No-break spaces stay."""
    return _CONTROLS.sub("", _BLANKS.sub(" ", text)).strip()


def fitted(label: str, limit: int) -> tuple[str, bool]:
    """`label` in at most `limit` units, and whether words were lost: its emblems go first, then its last words."""
    *_, bare = shorter = without_emblems(label)
    return next(((one, False) for one in shorter if fits(one, limit)), (shortened(bare, limit), True))


def without_emblems(label: str) -> tuple[str, ...]:
    """`label` as it stands, then with the first of its emblems alone, then with none, as far as these differ."""
    match = _EMBLEMS.match(label)
    if match is None:
        return (label,)
    bare = label[match.end() :]
    first, *others = match[0].split()
    return (label, f"{first} {bare}", bare) if others else (label, bare)


def shortened(text: str, limit: int) -> str:
    """`text` cut after a word, with an ellipsis; inside a word only when it is longer than all the room."""
    if fits(text, limit):
        return text
    end = _fill(text, limit - 1)
    word = text.rfind(" ", 0, end + 1)
    return (text[:word].rstrip(_DANGLING) if word > 0 else text[:end]) + "…"


def split(text: str, limit: int) -> list[str]:
    """`text` in pieces of at most `limit` units, cut at the end of a line where there is one, else after a word."""
    pieces: list[str] = []
    rest = text.strip()
    while not fits(rest, limit):
        end = _fill(rest, limit)
        line = rest.rfind("\n", 0, end + 1)
        word = max(rest.rfind(" ", 0, end + 1), line)
        at = line if line > 0 else word if word > 0 else end
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].strip()
    return [piece for piece in (*pieces, rest) if piece]


def _fill(text: str, limit: int) -> int:
    """How many characters of `text`, which is longer, fill at most `limit` units."""
    at = used = 0
    while (used := used + units(text[at])) <= limit:
        at += 1
    return at


def _marks(tags: tuple[str, ...]) -> str:
    if "code" in tags:
        return _MARKS["code"]
    return "".join(dict.fromkeys(_MARKS[tag] for tag in tags))


def _marked(run: str, marks: str, before: str, after: str) -> str:
    lines = run.split("\n")
    return "\n".join(
        _marked_line(
            line,
            marks,
            before if number == 0 else "",
            after if number == len(lines) - 1 else "",
        )
        for number, line in enumerate(lines)
    )


def _marked_line(line: str, marks: str, before: str, after: str) -> str:
    words = line.strip()
    if not words:
        return line
    start = line.index(words)
    left, right = line[:start], line[start + len(words) :]
    if (not left and before.isalnum()) or (not right and after.isalnum()):
        return line
    return f"{left}{marks}{words}{marks[::-1]}{right}"


def without(text: str, code: str) -> str:
    """`text` without the lines that hold nothing but `code`; a line that opens or closes a tag for others stays."""
    bare = "".join(code.split())
    return "\n".join(
        line
        for line in text.split("\n")
        # What is shorter as it is written cannot be as long without its tags.
        if len(line) < len(bare) or "".join(plain(line).split()) != bare or _reaches_out(line)
    )


def _reaches_out(line: str) -> bool:
    return sum(-1 if tag else 1 for tag in _TAG.findall(line)) != 0
