"""Acts as they are kept until they are confirmed, and how they are named to people."""

from typing import get_args

import pytest

from bot.domain.acts import Act, read_act
from bot.domain.encoding import encode
from tests.units import NAMED_ACTS


@pytest.mark.parametrize(("act", "command"), NAMED_ACTS)
def test_an_act_is_kept_whole_and_named_by_its_command(act: Act, command: str) -> None:
    assert read_act(encode(act).decode()) == act
    assert act.command == command


def test_there_is_a_sample_of_every_act() -> None:
    assert {type(act) for act, _ in NAMED_ACTS} == set(get_args(Act))


@pytest.mark.parametrize(
    "kept", ["", "freeze telegram:9", '{"type":"xyzzy"}', '{"type":"freeze","address":"telegram:9"}']
)
def test_what_another_version_kept_is_no_act(kept: str) -> None:
    assert read_act(kept) is None
