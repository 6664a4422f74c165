"""Paying for oneself in the dialogue: how few inputs it takes, and what the transcripts do not tell."""

import pytest

from tests.test_transcripts import FOLDER


def inputs(name: str, language: str, *, after: str = "", before: str = "* payment link") -> int:
    """How often a person types or presses in a transcript, between two lines."""
    script = (FOLDER / language / f"{name}.txt").read_text("utf-8")
    part = script.partition(after)[2].partition(before)[0] if after else script.partition(before)[0]
    return sum(line.startswith("> ") for line in part.splitlines())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_stranger_buys_with_wave_in_at_most_seven_inputs_and_again_in_three(language: str):
    # The link that they open and the payment there are one more each.
    assert inputs("40-wave-first-purchase", language) + 2 <= 7
    assert inputs("41-wave-repeat", language, after="* +2 days") + 1 <= 3
