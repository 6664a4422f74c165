"""How the process is told to stop, and how it is made sure that it does.

Theory of operation. The first SIGTERM or SIGINT asks: `asked` is set, and whoever serves ends in order. It also winds
up the kernel's alarm clock, so that the process ends after `seconds` whatever a network, a library or a thread does
with the request. A second signal ends it at once. Both ways out are safe, for nothing is acknowledged before it is in
the database; they have an exit status of their own because what was in flight is left to the next start.

The handlers run in the main thread between two steps of the program, wherever that is: they take no lock and write no
log line, which may be what they interrupted.
"""

import asyncio
import atexit
import os
import signal
from types import FrameType

from bot.errors import Exit

# Enough for the interpreter to tidy up once everything is closed. What is left then is a thread that waits for the
# network (for the address of a host, say), and nobody waits for that.
LAST_SECONDS = 1.0

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """The signals that end the process. `seconds` is the longest that an orderly stop may take."""

    def __init__(self, seconds: float) -> None:
        self.asked = asyncio.Event()
        self._seconds = seconds
        self._was_asked = False
        self._status = Exit.CUT_SHORT
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self) -> None:
        """Take the signals over from here on, in the main thread and with a loop running."""
        self._loop = asyncio.get_running_loop()
        signal.signal(signal.SIGALRM, self._late)
        for number in _SIGNALS:
            signal.signal(number, self._signalled)

    def ended(self) -> None:
        """Everything came home: whatever still lingers is given a moment, and the exit status is 0."""
        self._status = Exit.WELL
        if self._was_asked:
            signal.setitimer(signal.ITIMER_REAL, LAST_SECONDS)
            # Once no thread is waited for any more the interpreter forgets who hears the alarm, which would kill it.
            atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self._was_asked:
            _end(self._status, "a second signal: ended at once, the next start takes up what was in flight")
        self._was_asked = True
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.asked.set)

    def _late(self, number: int, frame: FrameType | None) -> None:
        _end(
            self._status, f"not stopped after {self._seconds:.0f} s: ended, the next start takes up what was in flight"
        )


def _end(status: Exit, words: str) -> None:
    if status is not Exit.WELL:
        os.write(2, f"taal: {words}\n".encode())
    os._exit(status)
