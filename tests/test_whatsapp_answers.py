"""What the Cloud API's errors mean, whatever they look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.whatsapp.answers import KEPT, PASSING, Again, Failure, reason, trouble, verdict
from bot.domain.outbound import SendLater, SendRefused

NUMBER = "221770001122"


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(131047, 400), Again("briefly")),
        (Failure(131026, 400), SendRefused("unreachable (131026)", unreachable=True)),
        (Failure(131030, 400), SendRefused("unreachable (131030)", unreachable=True)),
        (Failure(131021, 400), SendRefused("unreachable (131021)", unreachable=True)),
        (Failure(131056, 400), SendLater(6.0, "pair (131056)")),
        (Failure(130429, 429), SendLater(2.0, "busy (130429)")),
        (Failure(80007, 400), SendLater(2.0, "busy (80007)")),
        (Failure(4, 429), SendLater(2.0, "busy (4)")),
        (Failure(131048, 400), SendLater(60.0, "spam (131048)")),
        (Failure(190, 401), SendLater(30.0, "credentials (190)")),
        (Failure(0, 401), SendLater(30.0, "credentials (0)")),
        (Failure(10, 403), SendLater(30.0, "credentials (10)")),
        (Failure(299, 403), SendLater(30.0, "credentials (299)")),
        (Failure(None, 401), SendLater(30.0, "credentials (401)")),
        (Failure(131031, 403), SendLater(60.0, "account (131031)")),
        (Failure(131042, 400), SendLater(60.0, "account (131042)")),
        (Failure(100, 400, 33), SendLater(60.0, "account (100)")),
        (Failure(404, 404), SendLater(60.0, "account (404)")),
        (Failure(132001, 404), SendRefused("template (132001)", unreachable=True)),
        (Failure(132015, 400), SendRefused("template (132015)", unreachable=True)),
        (Failure(100, 400), Again("plain")),
        (Failure(131009, 400), Again("plain")),
        (Failure(131051, 400), Again("plain")),
        (Failure(131000, 500), SendLater(2.0, "server (131000)")),
        (Failure(131016, 503), SendLater(2.0, "server (131016)")),
        (Failure(2, 503), SendLater(2.0, "server (2)")),
        (Failure(502, 502), SendLater(2.0, "server (502)")),
        (Failure(None, 408), SendLater(2.0, "server (408)")),
        (Failure(None, 302), SendLater(2.0, "server (302)")),
        (Failure(None, 429), SendLater(2.0, "busy (429)")),
        (Failure(error="ConnectError"), SendLater(2.0, "network (ConnectError)")),
        (Failure(139999, 400), SendRefused("rejected (139999)", unreachable=False)),
        (Failure(130429, 429, retry_after_seconds=7.0), SendLater(7.0, "busy (130429)")),
        (Failure(131048, 429, retry_after_seconds=7.0), SendLater(60.0, "spam (131048)")),
        (Failure(130429, 429, retry_after_seconds=1e9), SendLater(3600.0, "busy (130429)")),
    ],
)
def test_a_verdict(failure: Failure, expected: object):
    assert verdict(failure, retry_seconds=2.0) == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(100, 400), Again("bare")),
        (Failure(131053, 400), Again("bare")),
        (Failure(None, 413), Again("bare")),
        (Failure(131047, 400), Again("briefly")),
        (Failure(131026, 400), SendRefused("unreachable (131026)", unreachable=True)),
        (Failure(error="ReadTimeout"), SendLater(2.0, "network (ReadTimeout)")),
        (Failure(190, 401), SendLater(30.0, "credentials (190)")),
    ],
)
def test_a_verdict_on_a_file(failure: Failure, expected: object):
    assert verdict(failure, retry_seconds=2.0, file=True) == expected


@given(
    st.builds(
        Failure,
        st.none() | st.integers(-10, 200_000),
        st.integers(0, 599),
        st.none() | st.integers(0, 100),
        st.sampled_from(["", "ConnectError"]),
        st.none() | st.floats(0, 1e6),
    )
)
def test_every_failure_has_a_verdict_that_agrees_with_its_word(failure: Failure):
    result, what = verdict(failure, retry_seconds=2.0), trouble(failure)
    assert isinstance(result, SendLater) == (what in PASSING)
    if isinstance(result, SendLater):
        assert 2.0 <= result.retry_seconds <= 3600.0
    if isinstance(result, SendRefused):
        assert result.unreachable == (what in KEPT)
    assert reason(failure).startswith(what)
