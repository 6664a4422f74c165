"""Every call to a provider is counted and logged."""

from bot import logs, metrics

log = logs.get_logger("app")


def observe_call(call: str, seconds: float, result: str) -> None:
    """Count and log one call to the provider."""
    metrics.provider_calls(call, result).inc()
    metrics.provider_seconds(call).observe(seconds)
    log.info("provider", call=call, result=result, ms=round(seconds * 1000))
