"""Draws the README's picture of the house from the code: its rooms, their floors, and who imports whom.

`pytest tests/test_docs.py --regenerate` writes `docs/house.svg` and the README's table; a test fails when one is stale,
when a room is missing, or when an arrow runs up. Only the standard library.
"""

import ast
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PICTURE = HERE / "house.svg"
BEGIN = "<!-- house: `pytest tests/test_docs.py --regenerate` writes this part -->\n"
END = "<!-- end of house -->\n"

WIDTH = 900
FLOOR = 58
BOX = 30
MARGIN = 16
LETTER = 7.4
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"

Floors = list[list[str]]
Arrows = set[tuple[str, str]]


def floors() -> Floors:
    """The rooms, a floor each row, from the top; as the import linter checks them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers" and each["containers"] == ["bot"])
    return [layer.split(" | ") for layer in layers]


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the program by the room that it is in."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        room = path.relative_to(ROOT / "bot").parts[0].removesuffix(".py")
        if room != "__init__":
            yield room, ast.parse(path.read_text("utf-8"))


def arrows() -> Arrows:
    """Who imports whom, room by room."""
    found: Arrows = set()
    for room, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                targets = [node.module] if node.module != "bot" else [f"bot.{each.name}" for each in node.names]
                for target in targets:
                    head, _, rest = target.partition(".")
                    if head == "bot" and (other := rest.partition(".")[0]) != room:
                        found.add((room, other))
    return found


def upward(rows: Floors, found: Arrows) -> list[str]:
    """The arrows that do not lead down."""
    floor = {room: at for at, row in enumerate(rows) for room in row}
    return [f"{one} -> {other}" for one, other in sorted(found) if floor[one] >= floor[other]]


def asks(room: str) -> str:
    """What a room is for: the first paragraph of its docstring."""
    path = ROOT / "bot" / f"{room}.py"
    text = (path if path.exists() else ROOT / "bot" / room / "__init__.py").read_text("utf-8")
    return " ".join((ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0].split())


def table(rows: Floors) -> str:
    """The README's part: the picture, every room from the top, and the floors."""
    parts = [BEGIN, "![The rooms of the program, floor by floor](docs/house.svg)\n\n", "| room | |\n|---|---|\n"]
    for room in (room for row in rows for room in row):
        name = f"{room}/" if (ROOT / "bot" / room).is_dir() else f"{room}.py"
        parts.append(f"| `{name}` | {asks(room).replace('|', chr(92) + '|')} |\n")
    parts.append("\nFloors, each importing only from below, checked by `make check`:\n\n```\n")
    parts += (f"{' | '.join(row)}\n" for row in rows)
    parts += ("```\n", END)
    return "".join(parts)


def draw(rows: Floors, found: Arrows) -> str:
    """The picture: a row of boxes a floor, and an arrow for every pair of rooms."""
    places: dict[str, tuple[float, float, float]] = {}
    for at, row in enumerate(rows):
        widths = [len(room) * LETTER + 24 for room in row]
        gap = min(40.0, (WIDTH - 2 * MARGIN - sum(widths)) / max(1, len(row) - 1)) if len(row) > 1 else 0.0
        left = (WIDTH - sum(widths) - gap * (len(row) - 1)) / 2
        for room, width in zip(row, widths, strict=True):
            places[room] = (left, MARGIN + at * FLOOR, width)
            left += width + gap
    height = MARGIN * 2 + len(rows) * FLOOR - (FLOOR - BOX)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="{FONT}" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="#f6f4ee"/>',
    ]
    # Everybody logs, counts and raises: those arrows would hide the others.
    for one, other in sorted(each for each in found if each[1] not in ("errors", "logs", "metrics")):
        (left, top, width), (other_left, other_top, other_width) = places[one], places[other]
        x, y, to_x, to_y = left + width / 2, top + BOX, other_left + other_width / 2, other_top
        bend = (to_y - y) / 2
        way = f"M{x:.0f} {y:.0f} C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} {to_x:.0f} {to_y:.0f}"
        parts.append(f'<path d="{way}" fill="none" stroke="#8a6d3b" stroke-opacity="0.25"/>')
    for room, (left, top, width) in places.items():
        parts.append(
            f'<rect x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{BOX}" rx="6" fill="#fff" '
            f'stroke="#8a6d3b"/>'
            f'<text x="{left + width / 2:.0f}" y="{top + 20:.0f}" text-anchor="middle" fill="#333">'
            f"{escape(room)}</text>"
        )
    return "\n".join((*parts, "</svg>\n"))
