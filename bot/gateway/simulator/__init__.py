"""A provider with moods, for the demo, for tests and for benches: nothing it does costs anything.

`brain` is the provider, without I/O; `inprocess` puts it behind the gateway's contract in this process, `http` behind
the real provider's HTTP interface (`python -m bot simulator`, then `DEXCHANGE_API_URL=http://127.0.0.1:PORT`). The last
two digits of the meter or reference choose what happens; `moods.MOODS` is the table, the README shows it:

00 no bill is owed · 01 code by webhook · 02 code by look-up alone · 03 three codes · 04 unknown meter · 05 500, not
accepted · 06 accepted, no answer · 07 lost before it is accepted · 08 paid, code later · 09 409 · 10 maintenance,
twice · 11 five webhooks · 12 float too low · 13 FAILED · 14 FAILED, then SUCCESS · 15 slow · 16 capitals · 17 webhook
before the answer · 18 another fee · 19 429 · 20 401 · 21 accepted, 500 · 22 three bills · 23 FAILED by webhook · 24 a
lying webhook · 25 a new status word · 26 no inquiry · 27 code by webhook alone · 28 PROCESSING for ever · 29 a web page
as an answer · 30 a webhook without a word · 31 a second code after the first · 32 a telephone for a number. Every other
number: paid at once. A number of another length than the service usually has does not exist.
"""

from bot.gateway.simulator.brain import Simulator
from bot.gateway.simulator.inprocess import SimulatorGateway
from bot.gateway.simulator.moods import DEFAULT, MOODS, Mood, mood_of

__all__ = ["DEFAULT", "MOODS", "Mood", "Simulator", "SimulatorGateway", "mood_of"]
