"""What a backup and a restore are held to over either database: with payments in flight, and while others write."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.errors import Exit
from tests.running import Bot, Town, eventually

PAID_AT_ONCE = "14123456799"
LOOK_UP_ALONE = "14123456702"


async def nothing(_: Bot) -> None:
    """Over this database nothing more is to be looked at."""


async def restored_with_payments_in_flight(
    place: Town,
    bot: Bot,
    *,
    while_it_serves: Callable[[Bot], Awaitable[None]] = nothing,
    before_restoring: Callable[[Bot], Awaitable[None]] = nothing,
    kept_as: str = "the database of before is kept as",
) -> None:
    """At the moment of the backup one purchase is delivered, one is PROCESSING, and one only quoted; the last two are
    delivered after it, and the restored database knows nothing of that.
    """
    awa, moussa, fatou = (place.customer(number) for number in (1001, 1002, 1003))
    await awa.buy(PAID_AT_ONCE)
    await awa.code()
    place.provider.simulator.pace = 1000
    await moussa.buy(LOOK_UP_ALONE)
    await bot.order_is(moussa.order_id, "processing")
    await fatou.quote(PAID_AT_ONCE)

    status, output = await bot.run("backup", "copy.db")
    assert status == Exit.WELL, output
    assert "2 orders" in output
    assert (bot.folder / "copy.db").stat().st_mode & 0o777 == 0o600
    await while_it_serves(bot)

    place.provider.simulator.pace = 0
    fatou.confirm()
    await fatou.code()
    await bot.hasten_until(lambda: moussa.codes, "the code")
    await bot.kill()
    await before_restoring(bot)

    status, output = await bot.run("restore", "copy.db")
    assert status == Exit.WELL, output
    assert kept_as in output
    await bot.start()
    assert {row["id"] for row in bot.rows("SELECT id FROM orders")} == {awa.order_id, moussa.order_id}
    # What was in flight is asked about, and its code comes once more rather than never.
    await bot.hasten_until(lambda: len(moussa.codes) == 2, "the code again")
    # The button that was paid by then asks under the same id: the provider knows it and takes nothing, the money is
    # held, the admins are told, and the code comes as soon as the provider's own id of the payment is known.
    fatou.confirm()
    await bot.order_is(fatou.order_id, "unknown")
    payment = place.provider.simulator.audit(0)["payments"][fatou.order_id]
    assert (await bot.webhook(fatou.order_id, {"id": payment["transaction_id"], "STATUS": "SUCCESS"})).status == 200
    await fatou.code(2)
    assert place.provider.simulator.accepted == {one.order_id: 1 for one in (awa, moussa, fatou)}
    awa.user.text("/code")
    await eventually(lambda: len(awa.codes) == 2, "the old code")


class Contents(Protocol):
    """What was found in a backup."""

    @property
    def problems(self) -> tuple[str, ...]: ...
    @property
    def entries(self) -> int: ...


@dataclass
class Writing:
    """Somebody who writes one transfer of two entries after another until told to stop."""

    written: int = 0
    done: bool = False


async def taken_while_others_write(
    write: Callable[[Writing], Awaitable[None]], take: Callable[[], Awaitable[Contents]], *, before: int = 0
) -> tuple[Contents, int]:
    """A backup is of one moment; `before` entries are there already. Answers what is in it, and how many transfers were
    written in the end.
    """
    by = Writing()
    writing = asyncio.ensure_future(write(by))
    await eventually(lambda: by.written > 10, "somebody writes")
    at_first = by.written
    contents = await take()
    at_last, by.done = by.written, True
    await writing
    assert contents.problems == ()
    assert before + 2 * at_first <= contents.entries <= before + 2 * (at_last + 1)
    return contents, by.written
