"""The arithmetic of the comparison: what is printed of the pairs."""

from pathlib import Path

import pytest

from bench import document
from bench.compare import MEASURES, ratios, value
from bench.load.__main__ import missed, stores_missed
from bench.load.stores import ONE, beside


def run(seconds: float) -> dict[str, object]:
    return {"latency": {"webhook_to_code": {"p99_ms": seconds}}}


def test_a_ratio_is_of_its_pair_and_the_middle_one_is_told() -> None:
    place = MEASURES["quiet: webhook to code, p99, ms"]
    pairs = [(run(10.0), run(5.0)), (run(20.0), run(20.0)), (run(8.0), run(6.0))]
    base, here, middle, lowest, highest = ratios(pairs, place)
    assert (base, here) == (10.0, 6.0)
    assert (middle, lowest, highest) == (0.75, 0.5, 1.0)
    assert value(run(3.0), place) == 3.0


def test_the_goals_of_the_load_run_are_held_to() -> None:
    well = {"finished": True, "where": "", "stuck": 0, "paid_twice": 0, "paid_without_code": 0, "foreign_codes": 0}
    well |= {"ledger": 0, "p99_ms": 700.0, "memory_growth": 0.04}
    assert missed(well) == []
    assert missed(well | {"paid_twice": 1}) == ["paid twice"]
    assert missed(well | {"p99_ms": float("nan")}) == ["webhook to code outside the kills, p99, ms"]
    assert missed(well | {"finished": False, "where": "at Confirm"}) == [
        "somebody never got what they came for: at Confirm"
    ]


def test_a_store_is_compared_with_sqlite_turn_by_turn() -> None:
    """A machine that was slow in one turn was slow for both."""
    sqlite = [{"dialogues_per_second": pace, "bot_cpu_seconds_per_1000": 4.0} for pace in (200.0, 100.0, 150.0)]
    here = [{"dialogues_per_second": pace, "bot_cpu_seconds_per_1000": 7.2} for pace in (100.0, 60.0, 60.0)]
    assert beside(here, sqlite) == {
        "of_sqlite": {"median": 0.5, "lowest": 0.4, "highest": 0.6},
        "of_sqlites_cpu": 1.8,
    }
    assert stores_missed({ONE: beside(here, sqlite)}) == []
    slower = [each | {"dialogues_per_second": 59.0, "bot_cpu_seconds_per_1000": 7.3} for each in here]
    assert len(stores_missed({ONE: beside(slower, sqlite)})) == 2


def test_a_section_of_the_document_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("above\n<!-- a -->\nold\n<!-- /a -->\nbelow\n<!-- b -->\nkept\n<!-- /b -->\n", "utf-8")
    document.write("a", "python -m bench", document.markdown(("measure", "ms"), [("reply", "1.2")]), path)
    text = path.read_text("utf-8")
    assert text.startswith("above\n<!-- a -->\n`python -m bench`, ")
    assert text.endswith(
        "\n\n| measure | ms |\n| --- | ---: |\n| reply | 1.2 |\n<!-- /a -->\nbelow\n<!-- b -->\nkept\n<!-- /b -->\n"
    )
    with pytest.raises(ValueError, match="no section c"):
        document.write("c", "", "", path)
