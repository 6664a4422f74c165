"""Several processes of the bot over one database, dealt with as one: `bench.runs` measures them together."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from bench.process import Bot, Cores


class Replicas:
    """Replicas of one bot. Clocks and memory are those of all of them, over all their lives."""

    def __init__(
        self,
        folder: Path,
        count: int,
        database_url: str,
        cores: Cores | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.all = [
            Bot(
                _made(folder / f"replica{number}"),
                cores,
                log_level="WARNING",
                database_url=database_url,
                settings=settings,
            )
            for number in range(count)
        ]
        self.ports = tuple(bot.port for bot in self.all)
        self._settings: tuple[Mapping[str, str], int] = ({}, 0)
        self._ended_cpu_seconds = 0.0
        self._ended_waited_seconds = 0.0

    def start(self, channel: Mapping[str, str], provider_port: int) -> None:
        """Start them all at once."""
        self._settings = channel, provider_port
        for bot in self.all:
            bot.start(channel, provider_port)

    async def ready(self) -> None:
        """Wait until each says that it is ready. Raises RuntimeError when one does not."""
        await asyncio.gather(*(bot.ready() for bot in self.all))

    async def kill(self, number: int) -> None:
        """SIGKILL one, start it again at once, as a supervisor does, and wait until it is ready."""
        bot = self.all[number]
        self._ended_cpu_seconds += bot.cpu_seconds()
        self._ended_waited_seconds += bot.waited_seconds()
        bot.kill()
        bot.start(*self._settings)
        await bot.ready()

    async def stop(self) -> None:
        """SIGTERM for all."""
        await asyncio.gather(*(bot.stop() for bot in self.all))

    def cpu_seconds(self) -> float:
        return self._ended_cpu_seconds + sum(bot.cpu_seconds() for bot in self.all)

    def waited_seconds(self) -> float:
        return self._ended_waited_seconds + sum(bot.waited_seconds() for bot in self.all)

    def memory_mib(self) -> tuple[float, float]:
        """Of the one that has most."""
        now, highest = zip(*(bot.memory_mib() for bot in self.all), strict=True)
        return max(now), max(highest)

    def last_words(self) -> str:
        return "\n".join(bot.last_words() for bot in self.all)

    def problems(self) -> int:
        return sum(bot.problems() for bot in self.all)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
