"""Charts as pictures: bars for the days of a period, to be read on a telephone.

Theory of operation. The picture is drawn at twice its size and made smaller, which smooths what Pillow draws in steps.
Sizes below are those of the finished picture; `_Canvas` alone knows of the doubling. A bar stands for one day, or for
seven where there are too many days to tell apart; a day on which nothing happened has its place too, so that a gap is
seen as one. Colours differ in lightness as well as in hue.

Drawing takes some tenths of a second and holds no lock: it belongs in a thread. Pillow is imported when it is first
needed; the fonts are shipped with the package, for its own has no accents.
"""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

WIDTH = 1080
HEIGHT = 720
# More bars than this cannot be told apart: then one stands for a week.
MAX_BARS = 100

Colour: TypeAlias = Literal["sold", "delivered", "failed", "open"]

_SCALE = 2
_FONTS: Final = Path(__file__).parent / "fonts"
_COLOURS: Final[dict[Colour, str]] = {
    "sold": "#2e7d9a",
    "delivered": "#4aa085",
    "open": "#e3b23c",
    "failed": "#a33c35",
}
_BACKGROUND = "#ffffff"
_INK = "#1f2a33"
_SOFT_INK = "#5b6770"
_GRID = "#e3e8ec"
_BASE = "#9aa6ae"

_MARGIN = 44
_TITLE_SIZE = 44
_SUB_SIZE = 27
_LABEL_SIZE = 25
_MOST_STEPS = 5
# Of the width that a bar has, how much stays free; the widest that a bar may be.
_GAP = 0.28
_WIDEST_BAR = 120
_LABEL_GAP = 18


class Series(Struct, frozen=True):
    """What a part of every bar means; one without a label is not explained."""

    colour: Colour
    label: str = ""


class Bar(Struct, frozen=True):
    """One day: its short name, and a value for each series, none below zero."""

    label: str
    values: tuple[int, ...]


class BarChart(Struct, frozen=True):
    """Bars beside each other. `empty` is said in the middle when every value is zero."""

    title: str
    subtitle: str
    series: tuple[Series, ...]
    bars: tuple[Bar, ...]
    empty: str


def draw(chart: BarChart, figure: Callable[[int], str], bare: Callable[[int], str]) -> bytes:
    """The chart as a PNG. `figure` writes a value as people read it on the scale, `bare` over a bar, where its unit has
    no room.
    """
    canvas = _Canvas()
    _write_head(canvas, chart)
    legend = [series for series in chart.series if series.label]
    top = 218 if legend else 176
    if legend:
        _write_legend(canvas, legend)
    most = max((sum(bar.values) for bar in chart.bars), default=0)
    ticks = scale(most)
    bottom = HEIGHT - 82
    left = _MARGIN + max(canvas.width(figure(tick), _LABEL_SIZE) for tick in ticks) + 18
    plot = _Plot(left, top, WIDTH - _MARGIN, bottom, ticks[-1])
    for tick in ticks:
        y = plot.y(tick)
        canvas.line(plot.left, y, plot.right, y, _GRID, 1.5)
        canvas.text(plot.left - 14, y, figure(tick), _LABEL_SIZE, _SOFT_INK, "rm")
    if chart.bars:
        _draw_bars(canvas, chart, plot, bare)
    if not most:
        canvas.text((plot.left + plot.right) / 2, (top + bottom) / 2, chart.empty, 32, _SOFT_INK, "mm")
    return canvas.png()


def scale(most: int) -> tuple[int, ...]:
    """Round values from zero to at least `most`, in at most five steps. Of zero, nothing but zero is known."""
    if most <= 0:
        return (0,)
    power = 1
    while True:
        for tenths in (10, 20, 25, 50):
            step = tenths * power // 10
            # Nobody counts by two and a half.
            if -(-most // step) <= _MOST_STEPS and step * 10 == tenths * power:
                return tuple(range(0, -(-most // step) * step + 1, step))
        power *= 10


def gathered(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """Bars of seven days each, named after their first."""
    weeks = [bars[at : at + 7] for at in range(0, len(bars), 7)]
    return tuple(
        Bar(week[0].label, tuple(sum(values) for values in zip(*(bar.values for bar in week), strict=True)))
        for week in weeks
    )


class _Plot(Struct, frozen=True):
    """Where the bars stand."""

    left: float
    top: float
    right: float
    bottom: float
    most: int

    def y(self, value: int) -> float:
        return self.bottom - (self.bottom - self.top) * value / max(1, self.most)


def _write_head(canvas: "_Canvas", chart: BarChart) -> None:
    room = WIDTH - 2 * _MARGIN
    canvas.text(_MARGIN, 34, chart.title, canvas.fitting(chart.title, _TITLE_SIZE, room, True), _INK, "la", bold=True)
    canvas.text(_MARGIN, 92, chart.subtitle, canvas.fitting(chart.subtitle, _SUB_SIZE, room), _SOFT_INK, "la")


def _write_legend(canvas: "_Canvas", legend: Sequence[Series]) -> None:
    x: float = _MARGIN
    for series in legend:
        canvas.box(x, 148, x + 22, 170, _COLOURS[series.colour])
        canvas.text(x + 32, 159, series.label, _LABEL_SIZE, _INK, "lm")
        x += 32 + canvas.width(series.label, _LABEL_SIZE) + 34


def _draw_bars(canvas: "_Canvas", chart: BarChart, plot: _Plot, bare: Callable[[int], str]) -> None:
    room = (plot.right - plot.left) / len(chart.bars)
    wide = min(room * (1 - _GAP), _WIDEST_BAR)
    figures = [bare(sum(bar.values)) if sum(bar.values) else "" for bar in chart.bars]
    # Figures stand over the bars only where every one of them has room.
    over = max(canvas.width(each, _LABEL_SIZE) for each in figures) + 8 <= room
    every = _thinned(len(chart.bars), room, max(canvas.width(bar.label, _LABEL_SIZE) for bar in chart.bars))
    for at, bar in enumerate(chart.bars):
        middle = plot.left + room * (at + 0.5)
        base = plot.bottom
        height = 0
        for series, value in zip(chart.series, bar.values, strict=True):
            height += value
            # A day with one order among thousands is still no empty day.
            roof = min(plot.y(height), base - 2) if value else base
            if value:
                last = height == sum(bar.values)
                canvas.box(
                    middle - wide / 2, roof, middle + wide / 2, base, _COLOURS[series.colour], 5 if last else 0.0
                )
            base = roof
        if over and figures[at]:
            canvas.text(middle, base - 8, figures[at], _LABEL_SIZE, _INK, "mb", halo=True)
        if at % every == 0:
            canvas.line(middle, plot.bottom, middle, plot.bottom + 7, _BASE, 2)
            # The last name may be wider than its bar: it stays inside the picture.
            inside = WIDTH - _MARGIN / 2 - canvas.width(bar.label, _LABEL_SIZE) / 2
            canvas.text(min(middle, inside), plot.bottom + 16, bar.label, _LABEL_SIZE, _SOFT_INK, "ma")
    canvas.line(plot.left, plot.bottom, plot.right, plot.bottom, _BASE, 2)


def _thinned(count: int, room: float, width: float) -> int:
    """Each how manyth bar is named, so that no two names touch."""
    for every in (1, 2, 3, 5, 7, 10, 14, 21, 28):
        if every * room >= width + _LABEL_GAP:
            return every
    return count


class _Canvas:
    """A picture to draw on, in the sizes of the finished one."""

    def __init__(self) -> None:
        from PIL import Image, ImageDraw, ImageFont

        self._images, self._fonts = Image, ImageFont
        self._image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _BACKGROUND)
        self._pen = ImageDraw.Draw(self._image)
        self._cut: dict[tuple[float, bool], FreeTypeFont] = {}

    def font(self, size: float, bold: bool = False) -> "FreeTypeFont":
        font = self._cut.get((size, bold))
        if font is None:
            name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
            # The same letters stand at the same places on every machine, whatever libraries Pillow was built with.
            engine = self._fonts.Layout.BASIC
            font = self._fonts.truetype(str(_FONTS / name), round(size * _SCALE), layout_engine=engine)
            self._cut[size, bold] = font
        return font

    def width(self, text: str, size: float, bold: bool = False) -> float:
        return self.font(size, bold).getlength(text) / _SCALE

    def fitting(self, text: str, size: float, room: float, bold: bool = False) -> float:
        """The size at which a text fits into a line, not above `size`."""
        return size * min(1.0, room / max(1.0, self.width(text, size, bold)))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        anchor: str,
        *,
        bold: bool = False,
        halo: bool = False,
    ) -> None:
        """Write; `anchor` says what of the text stands at (x, y), as Pillow names it. A `halo` keeps lines behind the
        text away from it.
        """
        self._pen.text(
            (x * _SCALE, y * _SCALE),
            text,
            fill=colour,
            font=self.font(size, bold),
            anchor=anchor,
            stroke_width=5 * _SCALE if halo else 0,
            stroke_fill=_BACKGROUND,
        )
        if halo:
            # Pillow makes letters fatter with their halo: they are written once more over it.
            self.text(x, y, text, size, colour, anchor, bold=bold)

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float) -> None:
        self._pen.line([each * _SCALE for each in (x0, y0, x1, y1)], fill=colour, width=round(width * _SCALE))

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: str, round_top: float = 0.0) -> None:
        """A filled box, its upper corners rounded as far as it has room for them."""
        radius = min(round_top, (x1 - x0) / 4, y1 - y0) * _SCALE
        corners: Any = (True, True, False, False)
        self._pen.rounded_rectangle(
            [each * _SCALE for each in (x0, y0, x1, y1)], radius=radius, fill=colour, corners=corners
        )

    def png(self) -> bytes:
        small = self._image.resize((WIDTH, HEIGHT), self._images.Resampling.LANCZOS)
        file = io.BytesIO()
        # Few colours are in it: so it is half as large, and nobody sees a difference.
        small.quantize(128, dither=self._images.Dither.NONE).save(file, "PNG", optimize=True)
        return file.getvalue()
