"""The metrics: their names and labels, which dashboards stand on."""

from bot import metrics


def test_metrics_count_under_their_names() -> None:
    before = metrics.value("taal_updates_total", channel="terminal", kind="text")
    metrics.updates("terminal", "text").inc()
    metrics.updates("terminal", "text").inc()
    assert metrics.value("taal_updates_total", channel="terminal", kind="text") == before + 2
    metrics.set_worker_alive("outbox", True)
    pay_calls = metrics.value("taal_provider_seconds_bucket", call="pay", le="0.5")
    metrics.provider_seconds("pay").observe(0.3)
    page = metrics.render().decode()
    for name in (
        "updates_total",
        "orders_total",
        "outcomes_total",
        "outbox_age_seconds",
        "outbox_rows",
        "provider_calls_total",
        "provider_seconds",
        "provider_budget_wait_total",
        "update_to_reply_seconds",
        "order_seconds",
        "forged_webhook_claims_total",
        "forged_hints_total",
        "alerts_total",
        "worker_alive",
    ):
        assert f"# HELP taal_{name} " in page, name
    assert 'taal_worker_alive{worker="outbox"} 1.0' in page
    assert f'taal_provider_seconds_bucket{{call="pay",le="0.5"}} {pay_calls + 1}' in page
    assert "process_resident_memory_bytes" in page


def test_a_label_is_looked_up_once() -> None:
    assert metrics.orders("delivered", "woyofal") is metrics.orders("delivered", "woyofal")


def test_what_was_renamed_is_counted_under_both_names_for_one_release() -> None:
    metrics.set_worker_alive("monitoring", True)
    assert (
        metrics.value("taal_worker_alive", worker="monitoring")
        == metrics.value("taal_worker_alive", worker="watch")
        == 1
    )
    metrics.set_worker_alive("monitoring", False)
    assert (
        metrics.value("taal_worker_alive", worker="monitoring")
        == metrics.value("taal_worker_alive", worker="watch")
        == 0
    )
    now, before = "taal_forged_webhook_claims_total", "taal_forged_hints_total"
    counted = metrics.value(now), metrics.value(before)
    metrics.count_forged_webhook_claim()
    assert (metrics.value(now), metrics.value(before)) == (counted[0] + 1, counted[1] + 1)
