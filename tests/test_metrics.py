"""The metrics: their names and labels, which dashboards stand on."""

from bot import metrics


def test_metrics_count_under_their_names() -> None:
    before = metrics.value("taal_updates_total", channel="terminal", kind="text")
    metrics.updates("terminal", "text").inc()
    metrics.updates("terminal", "text").inc()
    assert metrics.value("taal_updates_total", channel="terminal", kind="text") == before + 2
    metrics.worker_alive("outbox").set(1)
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
        "forged_hints_total",
        "alerts_total",
        "worker_alive",
    ):
        assert f"# HELP taal_{name} " in page, name
    assert 'taal_worker_alive{worker="outbox"} 1.0' in page
    assert 'taal_provider_seconds_bucket{call="pay",le="0.5"} 1.0' in page
    assert "process_resident_memory_bytes" in page


def test_a_label_is_looked_up_once() -> None:
    assert metrics.orders("delivered", "woyofal") is metrics.orders("delivered", "woyofal")
