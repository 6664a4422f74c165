"""What the program counts, for Prometheus, under one registry that `/metrics` renders.

Each metric is a function from its labels to a child that is looked up once and then kept: counting costs a dict look-up
and an addition. That is also why a label may only take values from a short list that the code knows (a channel, a
state, a service), never something a person typed, an id or an amount.
"""

from functools import cache
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)

_NAMESPACE = "taal"
_REPLY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ORDER_BUCKETS = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 21_600, 86_400)
_PROVIDER_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(name, meaning, labels, namespace=_NAMESPACE, registry=registry)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, labels, namespace=_NAMESPACE, registry=registry)


def _histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(name, meaning, labels, namespace=_NAMESPACE, registry=registry, buckets=buckets)


_updates = _counter("updates", "Things that people did, as heard by a channel", "channel", "kind")
_orders = _counter("orders", "Moves of orders into a state", "state", "service")
_outcomes = _counter("outcomes", "What the provider said of a payment, by how we learned it", "source", "outcome")
_provider_calls = _counter("provider_calls", "Requests to the provider", "call", "result")
_provider_seconds = _histogram("provider_seconds", "Duration of a request to the provider", _PROVIDER_BUCKETS, "call")
_open_orders = _gauge("open_orders", "Orders that are not final, by state", "state")
_payments = _counter("payments", "Moves of collections and pay-backs into a state", "what", "state")
_alerts = _counter("alerts", "Alerts to the admins", "kind")
_worker_alive = _gauge("worker_alive", "1 while a worker runs, 0 once it has stopped", "worker")
_bodies_refused = _counter("bodies_refused", "Requests whose body was not read to its end", "why")

outbox_rows = _gauge("outbox_rows", "Messages that wait to be sent")
outbox_set_aside = _counter("outbox_set_aside", "Messages whose sending raised, set aside after the last try")
outbox_age_seconds = _gauge("outbox_age_seconds", "Age of the oldest message that waits to be sent")
body_bytes = _gauge("body_bytes", "Bytes of request bodies that are being read or handled")
provider_budget_waits = _counter("provider_budget_wait", "Requests that waited for the provider's budget")
_forged_webhook_claims = _counter("forged_webhook_claims", "Webhooks that claim more than the provider's own look-up")
_forged_hints = _counter("forged_hints", "The former name of forged_webhook_claims")
update_to_reply_seconds = _histogram("update_to_reply_seconds", "From hearing an update to its reply", _REPLY_BUCKETS)
order_seconds = _histogram("order_seconds", "From a confirmation to the code or the paid bill", _ORDER_BUCKETS)

# Workers that bore another name one release ago: their gauge is kept under both.
_FORMER_WORKERS: Final = {"monitoring": "watch"}


@cache
def updates(channel: str, kind: str) -> Counter:
    """Updates heard: `kind` is text, tap, unreadable, duplicate or refused."""
    return _updates.labels(channel, kind)


@cache
def orders(state: str, service: str) -> Counter:
    """Orders that moved into `state`."""
    return _orders.labels(state, service)


@cache
def open_orders(state: str) -> Gauge:
    """Orders that are in `state` now and not final."""
    return _open_orders.labels(state)


@cache
def outcomes(source: str, outcome: str) -> Counter:
    """Outcomes learned: `source` is pay, webhook, poll, customer or admin."""
    return _outcomes.labels(source, outcome)


@cache
def provider_calls(call: str, result: str) -> Counter:
    """Requests to the provider: `call` is inquire, pay, look_up or balance."""
    return _provider_calls.labels(call, result)


@cache
def provider_seconds(call: str) -> Histogram:
    """How long requests to the provider took."""
    return _provider_seconds.labels(call)


@cache
def payments(what: str, state: str) -> Counter:
    """Collections or pay-backs (`what`) that moved into `state`."""
    return _payments.labels(what, state)


@cache
def alerts(kind: str) -> Counter:
    """Alerts that went to the admins."""
    return _alerts.labels(kind)


@cache
def bodies_refused(why: str) -> Counter:
    """Bodies that were not read to their end: `why` is too_large, too_slow, no_room or broken_off."""
    return _bodies_refused.labels(why)


def set_worker_alive(worker: str, alive: bool) -> None:
    """A worker starts, or has ended."""
    for name in (worker, _FORMER_WORKERS.get(worker, worker)):
        _worker_alive.labels(name).set(alive)


def count_forged_webhook_claim() -> None:
    """A webhook claimed more than the provider's own look-up says."""
    _forged_webhook_claims.inc()
    _forged_hints.inc()


def render() -> bytes:
    """Everything counted, in Prometheus's text format (`CONTENT_TYPE`)."""
    return generate_latest(registry)


def value(name: str, **labels: str) -> float:
    """What a sample stands at (`taal_updates_total`), 0 when it was never counted: for checks and tests."""
    return registry.get_sample_value(name, labels) or 0.0
