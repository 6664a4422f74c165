"""The rules for Prometheus: each can be read, and asks of what the program counts."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import promql_parser
import pytest
import yaml

from bot import metrics
from bot.bodies import Trouble
from bot.domain.concerns import KINDS
from bot.domain.inquiry import FloatAnswer, InquiryAnswer
from bot.domain.order import AlertKind, State
from bot.domain.outcome import Outcome
from tests.deployment import ROOT

RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
rules = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])

# What Prometheus itself says of whom it asks.
OF_PROMETHEUS = {"up"}
# What each label may be where the program says it.
VALUES: dict[str, set[str]] = {
    "kind": {*KINDS, *get_args(AlertKind)},
    "result": {
        str(of.__struct_config__.tag) for union in (Outcome, InquiryAnswer, FloatAnswer) for of in get_args(union)
    },
    "state": set(get_args(State)),
    "why": {trouble.replace(" ", "_") for trouble in get_args(Trouble)},
    "worker": set(metrics._FORMER_WORKERS.values()),
    "job": {"taal"},
}


def counted() -> dict[str, set[str]]:
    """The name of every sample that the program may render, and its labels."""
    samples = {name: {"job"} for name in re.findall(r"(?m)^# TYPE (process_\w+)", metrics.render().decode())}
    # The registry tells nobody which labels there will be.
    for metric, names in metrics.registry._collector_to_names.items():
        for name in names:
            le = {"le"} if name.endswith("_bucket") else set()
            samples[name] = {"job", *le, *getattr(metric, "_labelnames", ())}
    return samples


def selectors(node: Any) -> Iterator[Any]:
    """What an expression reads: every selector in it."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for part in ("expr", "lhs", "rhs", "vector_selector", "args"):
        under = getattr(node, part, None)
        for each in under if isinstance(under, list) else [under]:
            if each is not None:
                yield from selectors(each)


@rules
def test_a_rule_says_what_is_wrong_since_when_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert re.fullmatch(r"Taal[A-Z][A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[mh]", rule.get("for", "0m"))
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"].keys() == {"summary", "description"}
    assert "\n" not in rule["annotations"]["summary"] + rule["annotations"]["description"]


@rules
def test_a_rule_asks_of_what_the_program_counts(rule: dict[str, Any]) -> None:
    known = counted()
    read = list(selectors(promql_parser.parse(rule["expr"])))
    assert read
    for selector in read:
        if selector.name in OF_PROMETHEUS:
            continue
        assert selector.name in known
        for matcher in selector.matchers.matchers:
            assert matcher.name in known[selector.name]
            assert set(matcher.value.split("|")) <= VALUES[matcher.name]


def test_no_two_rules_bear_one_name() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))


def test_what_the_program_does_not_count_and_what_cannot_be_read_is_found() -> None:
    assert "taal_outbox_age" not in counted()
    assert {"taal_outbox_age_seconds", "taal_orders_total", "taal_order_seconds_bucket"} <= counted().keys()
    with pytest.raises(ValueError, match="parenthesis"):
        promql_parser.parse("sum(taal_outbox_rows")
