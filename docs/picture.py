"""Draws the README's picture of a conversation from one of the transcripts that the tests keep true.

`python docs/picture.py` writes `docs/conversation.svg`; a test fails when it is stale. Only the standard library: the
letters and pictograms are the reader's own fonts.
"""

import re
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
TRANSCRIPT = HERE.parent / "tests" / "transcripts" / "fr" / "40-wave-first-purchase.txt"
PICTURE = HERE / "conversation.svg"

WIDTH = 440
MARGIN = 14
BUBBLE = 320
LINE = 18
LETTERS = 40
BUTTON = 30
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif, 'Noto Color Emoji'"
CODE = re.compile(r"(?:\d{4} ){4}\d{4}")

# What of the transcript is shown: the purchase of somebody who has never written, and the code that comes by itself.
# The message that waits for the link is left out, for the link takes its place within a second.
FIRST, SKIP_FROM, SKIP_TO = "> bonjour", "~ ⏳ ", "* payment link"
LATER = "* une minute plus tard"
TIME_PASSES = "* +1 min"
SECOND = ("person", ["Wave"])


def scenes(text: str) -> list[tuple[str, list[str]]]:
    """The transcript's messages as (who, lines): `person`, `bot`, or `time`."""
    body = text[text.index(FIRST) :]
    body = body[: body.index(SKIP_FROM)] + body[body.index(SKIP_TO) :].replace(TIME_PASSES, LATER)
    found: list[tuple[str, list[str]]] = []
    for block in body.strip().split("\n\n"):
        lines = block.split("\n")
        if lines[0].startswith("> "):
            found.append(("person", [lines[0][2:].strip("[]")]))
        elif lines[0].startswith("* "):
            if lines[0] == LATER:
                found.append(("time", [lines[0][2:]]))
        else:
            found.append(("bot", [line[2:] for line in lines]))
    return found


def wrapped(line: str) -> list[str]:
    """A line cut between words where a bubble ends."""
    rows = [""]
    for word in line.split(" "):
        if rows[-1] and len(rows[-1]) + 1 + len(word) > LETTERS:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


def column(shown: list[tuple[str, list[str]]]) -> tuple[list[str], int]:
    """Messages below each other, and how far down they reach."""
    parts: list[str] = []
    y = MARGIN
    for who, lines in shown:
        if who == "time":
            parts.append(f'<text x="{WIDTH / 2}" y="{y + 13}" class="time">{escape(lines[0])}</text>')
            y += LINE + MARGIN
            continue
        words = [row for line in lines if not line.startswith("[") for row in wrapped(line)]
        height = len(words) * LINE + 16
        wide = BUBBLE if who == "bot" else max(len(word) for word in words) * 8 + 28
        x = MARGIN if who == "bot" else WIDTH - MARGIN - wide
        parts.append(f'<rect x="{x}" y="{y}" width="{wide}" height="{height}" rx="12" class="{who}"/>')
        for row, word in enumerate(words):
            style = ' class="code"' if CODE.fullmatch(word) else ' class="first"' if who == "bot" and row == 0 else ""
            parts.append(f'<text x="{x + 14}" y="{y + 22 + row * LINE}"{style}>{escape(word)}</text>')
        y += height + 6
        for line in (line for line in lines if line.startswith("[")):
            labels = [re.split(" ⧉ | → ", label)[0] for label in re.findall(r"\[([^\]]+)\]", line)]
            each = (BUBBLE - 6 * (len(labels) - 1)) / len(labels)
            for column, label in enumerate(labels):
                left = MARGIN + column * (each + 6)
                parts.append(
                    f'<rect x="{left:g}" y="{y}" width="{each:g}" height="{BUTTON - 4}" rx="8" class="button"/>'
                )
                parts.append(f'<text x="{left + each / 2:g}" y="{y + 18}" class="label">{escape(label)}</text>')
            y += BUTTON
        y += 8
    return parts, y


def draw(text: str) -> str:
    """The picture of a transcript: two telephones, the second from the choice of the way to pay on."""
    shown = scenes(text)
    turn = shown.index(SECOND)
    (left, left_height), (right, right_height) = column(shown[:turn]), column(shown[turn:])
    height = max(left_height, right_height)
    parts = [*left, f'<g transform="translate({WIDTH} 0)">', *right, "</g>"]
    style = (
        f"text {{ font: 14px {FONT}; fill: #111 }} .first {{ font-weight: 600 }} "
        ".code { font: 600 15px ui-monospace, 'DejaVu Sans Mono', monospace } "
        ".label { font-size: 13px; fill: #fff; text-anchor: middle } "
        ".time { font-size: 12px; fill: #fff; text-anchor: middle } "
        ".bot { fill: #fff } .person { fill: #e3f7cf } .button { fill: #000; fill-opacity: .32 }"
    )
    wide = 2 * WIDTH
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{height}" viewBox="0 0 {wide} {height}">\n'
        f'<style>{style}</style>\n<rect width="{wide}" height="{height}" fill="#6f9a8d"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(TRANSCRIPT.read_text("utf-8")), "utf-8")
