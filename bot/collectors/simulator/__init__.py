"""Collectors with moods, for the demonstration, for tests and for benches: nothing they do costs anything.

`brain` is the billing simulator with those who collect added, without I/O; `inprocess` puts the real adapters before
it, `python -m bot simulator` the provider's HTTP interface. `moods` is the table of what happens: refused, expired,
paid late, twice, in another sum, by another telephone, lost answers, forged webhooks, pay-backs that nobody knows of.
"""

from bot.collectors.simulator.brain import CollectingSimulator
from bot.collectors.simulator.inprocess import CollectingTransport, SimulatedCollector, collectors
from bot.collectors.simulator.moods import DEFAULT, MOODS, Mood, mood_of

__all__ = [
    "DEFAULT",
    "MOODS",
    "CollectingSimulator",
    "CollectingTransport",
    "Mood",
    "SimulatedCollector",
    "collectors",
    "mood_of",
]
