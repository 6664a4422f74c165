"""The arithmetic of the comparison: what is printed of the pairs."""

from bench.compare import MEASURES, ratios, value


def run(seconds: float) -> dict[str, object]:
    return {"latency": {"webhook_to_code": {"p99_ms": seconds}}}


def test_a_ratio_is_of_its_pair_and_the_middle_one_is_told() -> None:
    place = MEASURES["quiet: webhook to code, p99, ms"]
    pairs = [(run(10.0), run(5.0)), (run(20.0), run(20.0)), (run(8.0), run(6.0))]
    base, here, middle, lowest, highest = ratios(pairs, place)
    assert (base, here) == (10.0, 6.0)
    assert (middle, lowest, highest) == (0.75, 0.5, 1.0)
    assert value(run(3.0), place) == 3.0
