"""The watch: what nobody asked for and somebody should know. Alerts, the nightly audit, the morning report.

`work` is the worker, `books` reads the books for an audit, `vitals` feels whether the provider is there,
`retention` forgets what need not be kept.
"""

from bot.watch.books import audit, audit_steps
from bot.watch.retention import Retention
from bot.watch.vitals import Felt, Health, Vitals
from bot.watch.work import Watch

__all__ = ["Felt", "Health", "Retention", "Vitals", "Watch", "audit", "audit_steps"]
