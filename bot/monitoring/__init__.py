"""Monitoring: what nobody asked for and somebody should know. Alerts, the nightly audit, the morning report.

`work` is the worker, `audits` reads the books for an audit, `gateway_health` says whether the provider is there,
`retention` forgets what need not be kept.
"""

from bot.monitoring.audits import Audits, audit, audit_steps
from bot.monitoring.gateway_health import GatewayHealth, Health, MeasuredGateway
from bot.monitoring.retention import Retention
from bot.monitoring.work import Monitoring

__all__ = ["Audits", "GatewayHealth", "Health", "MeasuredGateway", "Monitoring", "Retention", "audit", "audit_steps"]
