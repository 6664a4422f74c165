"""Charts: what a picture shows is looked for in its pixels; whether it is good to look at, a person has to say."""

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot import i18n
from bot.documents.charts import _COLOURS, HEIGHT, WIDTH, Bar, BarChart, Series, draw, gathered, scale

WORDS = i18n.load()
T = WORDS["fr"]
SOLD = (Series("sold"),)
OUTCOMES = (Series("delivered", "réussies"), Series("open", "en cours"), Series("failed", "refusées"))


def chart(*values: int, title: str = "Ventes par jour") -> BarChart:
    bars = tuple(Bar(f"{at % 28 + 1:02}/11", (value,)) for at, value in enumerate(values))
    return BarChart(title, "01/11/2026 – 24/11/2026", SOLD, bars, "Aucune vente sur cette période")


def picture(of: BarChart) -> Image.Image:
    content = draw(of, T.short_money, T.figure)
    assert content.startswith(b"\x89PNG")
    assert len(content) < 100_000, "it is sent over a telephone's network"
    image = Image.open(io.BytesIO(content)).convert("RGB")
    assert image.size == (WIDTH, HEIGHT)
    return image


def near(of: int) -> list[int]:
    """For each value of a channel, whether it is about that one: 255, or 0."""
    return [255 * (abs(value - of) < 12) for value in range(256)]


def ink(image: Image.Image, colour: str) -> dict[int, int]:
    """How many pixels of a colour each column has."""
    wanted = (int(_COLOURS[colour][at : at + 2], 16) for at in (1, 3, 5))  # type: ignore[index]
    red, green, blue = (channel.point(near(of)) for channel, of in zip(image.split(), wanted, strict=True))
    # Pixels are compared one by one in C: in Python that took most of the time of these tests.
    found = ImageChops.darker(ImageChops.darker(red, green), blue).crop((0, 172, WIDTH, HEIGHT))
    columns = found.transpose(Image.Transpose.TRANSPOSE).tobytes()
    high = HEIGHT - 172
    counted = {x: columns[x * high : (x + 1) * high].count(255) for x in range(WIDTH)}
    return {x: many for x, many in counted.items() if many}


def bars_in(image: Image.Image, colour: str) -> list[int]:
    """The heights of the bars of a colour, from left to right."""
    columns, heights, last = ink(image, colour), [], -2
    for x in sorted(columns):
        if x > last + 1:
            heights.append(0)
        heights[-1] = max(heights[-1], columns[x])
        last = x
    return heights


def test_bars_are_as_high_as_their_days() -> None:
    one, two, four = bars_in(picture(chart(10_000, 0, 20_000, 40_000)), "sold")
    assert two == pytest.approx(2 * one, abs=3)
    assert four == pytest.approx(4 * one, abs=6)


@pytest.mark.parametrize("days", [1, 7, 31, 90])
def test_every_day_has_its_place(days: int) -> None:
    """Days on which nothing was sold leave a gap that can be seen."""
    image = picture(chart(*(5_000 * (at % 2 == 0) for at in range(days))))
    assert len(bars_in(image, "sold")) == (days + 1) // 2


def test_one_order_among_thousands_is_seen() -> None:
    assert len(bars_in(picture(chart(1, 0, 1_000_000_000)), "sold")) == 2


def test_what_became_of_orders_is_stacked() -> None:
    bars = (Bar("23/11", (6, 2, 2)), Bar("24/11", (10, 0, 0)))
    image = picture(BarChart("Commandes", "", OUTCOMES, bars, ""))
    assert len(bars_in(image, "delivered")) == 2
    (pending,), (failed,) = bars_in(image, "open"), bars_in(image, "failed")
    assert pending == pytest.approx(failed, abs=8)
    assert bars_in(image, "delivered")[0] == pytest.approx(3 * pending, abs=8)


def test_an_empty_period_says_so() -> None:
    silent = chart(0, 0, 0)
    image = picture(silent)
    assert not ink(image, "sold")
    other = picture(BarChart(silent.title, silent.subtitle, silent.series, silent.bars, " "))
    box = ImageChops.difference(image, other).getbbox()
    assert box is not None, "the sentence is there"
    assert box[2] - box[0] > 300
    assert picture(BarChart("", "", SOLD, (), "Rien")).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("values", [(1_000_000_000,) * 31, (3,), (0, 0), (999,) * 90, (10**13, 1)])
def test_nothing_is_written_over_the_edge(language: str, values: tuple[int, ...]) -> None:
    t = WORDS[language]
    bars = tuple(Bar(t.short_day(f"2026-11-{at % 30 + 1:02}"), (value,)) for at, value in enumerate(values))
    of = BarChart(
        "Un titre beaucoup trop long pour une seule ligne de cette image, et même pour deux", "x" * 200, SOLD, bars, ""
    )
    image = Image.open(io.BytesIO(draw(of, t.short_money, t.figure))).convert("L")
    for edge in ((0, 0, 8, HEIGHT), (WIDTH - 8, 0, WIDTH, HEIGHT), (0, 0, WIDTH, 8), (0, HEIGHT - 8, WIDTH, HEIGHT)):
        assert image.crop(edge).getextrema() == (255, 255), edge


@given(st.integers(1, 10**15))
def test_a_scale_has_few_round_steps(most: int) -> None:
    ticks = scale(most)
    steps = {after - before for before, after in pairwise(ticks)}
    assert ticks[0] == 0
    assert ticks[-1] >= most > ticks[-2]
    assert 2 <= len(ticks) <= 6
    (step,) = steps
    assert str(step).rstrip("0") in {"1", "2", "25", "5"}


def test_a_scale_of_nothing_is_zero() -> None:
    assert scale(0) == (0,)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=400))
def test_weeks_hold_their_days(days: list[tuple[int, int]]) -> None:
    weeks = gathered([Bar(str(at), values) for at, values in enumerate(days)])
    assert len(weeks) == -(-len(days) // 7)
    assert [week.label for week in weeks] == [str(at) for at in range(0, len(days), 7)]
    for part in range(2):
        assert sum(week.values[part] for week in weeks) == sum(values[part] for values in days)


def test_days_and_figures_are_written_short() -> None:
    assert WORDS["fr"].short_day("2026-11-05") == "05/11"
    assert WORDS["en"].short_day("2026-11-05").replace(i18n.NBSP, " ") == "5 Nov"
    assert WORDS["fr"].figure(1_234_567).replace(i18n.NBSP, " ") == "1 234 567"
    assert WORDS["en"].figure(1_234_567) == "1,234,567"
