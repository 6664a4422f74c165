"""Draws where a number is written: on the meter, and on the bill. Without words, so that they serve every language.

`python docs/drawings.py` writes `bot/documents/drawings/{meter,bill}.png`, which go with the package; a test fails when
one is stale. Drawn at three times its size and made smaller, which smooths what Pillow draws in steps.
"""

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

DOCUMENTS = Path(__file__).parent.parent / "bot" / "documents"
FOLDER = DOCUMENTS / "drawings"
FONT = DOCUMENTS / "fonts" / "DejaVuSans-Bold.ttf"

WIDTH, HEIGHT, SCALE = 640, 480, 3
COLOURS = 32
BACKGROUND, BOX, EDGE, INK, SOFT, MARK = "#eef3f5", "#fbfbf8", "#7d8a92", "#1f2a33", "#b9c4ca", "#e0701b"
SCREEN, KEY, PAPER = "#b9cdb0", "#dfe5e8", "#ffffff"
KEYS = ("123\u2190", "4560", "789\u21b5")

Box = tuple[float, float, float, float]


class Canvas:
    """A picture whose sizes are those of the finished one."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), BACKGROUND)
        self.draw = ImageDraw.Draw(self.image)

    def box(self, at: Box, fill: str, edge: str = EDGE, line: int = 3, radius: int = 8) -> None:
        self.draw.rounded_rectangle(
            [each * SCALE for each in at], radius * SCALE, fill=fill, outline=edge, width=line * SCALE
        )

    def bar(self, at: Box, fill: str) -> None:
        self.draw.rectangle([each * SCALE for each in at], fill=fill)

    def text(self, x: float, y: float, words: str, size: int, fill: str = INK) -> None:
        font = ImageFont.truetype(str(FONT), size * SCALE)
        self.draw.text((x * SCALE, y * SCALE), words, font=font, fill=fill, anchor="mm")

    def ring(self, at: Box) -> None:
        """What is looked for."""
        self.box(at, BACKGROUND, MARK, 0, 18)
        self.draw.rounded_rectangle([each * SCALE for each in at], 18 * SCALE, outline=MARK, width=7 * SCALE)

    def arrow(self, x: float, y: float) -> None:
        """It points at (x, y) from the right."""
        self.bar((x + 32, y - 7, x + 104, y + 7), MARK)
        corners = [(x, y), (x + 36, y - 26), (x + 36, y + 26)]
        self.draw.polygon([(a * SCALE, b * SCALE) for a, b in corners], fill=MARK)

    def png(self) -> bytes:
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        return out.getvalue()


def meter() -> bytes:
    """The box of a prepaid meter: its screen, its keys, and the number below the bar code."""
    canvas = Canvas()
    canvas.box((130, 24, 510, 456), BOX, radius=26, line=4)
    canvas.box((170, 52, 470, 122), SCREEN)
    canvas.text(320, 88, "18.4", 44, "#4d5f47")
    for row in range(3):
        for column in range(4):
            x, y = 178 + column * 74, 138 + row * 44
            canvas.box((x, y, x + 62, y + 34), KEY, line=2, radius=6)
            canvas.text(x + 31, y + 17, KEYS[row][column], 18)
    canvas.ring((154, 300, 486, 434))
    canvas.box((164, 310, 476, 424), PAPER, PAPER, 0, 10)
    x = 196.0
    for width in (3, 6, 2, 4, 3, 7, 2, 3, 5, 2, 6, 3, 2, 4, 7, 2, 3, 5, 3, 2, 6, 4, 2, 3, 5, 7, 2, 3):
        canvas.bar((x, 324, x + width, 366), INK)
        x += width + 5.1
    canvas.text(320, 395, "14 1234 567 89", 33)
    canvas.arrow(496, 367)
    return canvas.png()


def bill() -> bytes:
    """A bill: the number stands at its top, above the lines and the sum."""
    canvas = Canvas()
    canvas.box((120, 20, 520, 460), PAPER, radius=4)
    canvas.box((146, 44, 206, 96), SOFT, SOFT, 0, 6)
    canvas.bar((228, 52, 380, 62), SOFT)
    canvas.bar((228, 76, 340, 86), SOFT)
    canvas.ring((142, 112, 498, 188))
    canvas.box((152, 122, 488, 178), PAPER, PAPER, 0, 10)
    canvas.text(320, 151, "N\u00b0 2102 788 16", 34)
    for row in range(5):
        y = 214 + row * 30
        canvas.bar((150, y, 150 + (210, 170, 230, 190, 150)[row], y + 10), SOFT)
        canvas.bar((420, y, 490, y + 10), SOFT)
    canvas.bar((150, 372, 490, 375), EDGE)
    canvas.bar((150, 396, 250, 410), EDGE)
    canvas.text(430, 404, "18 450 F", 26)
    canvas.arrow(508, 150)
    return canvas.png()


DRAWN = {"meter": meter, "bill": bill}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, drawn in DRAWN.items():
        (FOLDER / f"{name}.png").write_bytes(drawn())
