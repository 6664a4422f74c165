"""The watch: what nobody asked for and somebody should know. Alerts, the nightly audit, the morning report.

`work` is the worker, `books` reads the books for an audit, `vitals` feels whether the provider is there,
`retention` forgets what need not be kept.
"""

from bot.monitoring.audits import audit, audit_steps
from bot.monitoring.gateway_health import GatewayHealth, Health, MeasuredGateway
from bot.monitoring.retention import Retention
from bot.monitoring.work import Watch

__all__ = ["GatewayHealth", "Health", "MeasuredGateway", "Retention", "Watch", "audit", "audit_steps"]
