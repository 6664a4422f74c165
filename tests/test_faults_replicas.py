"""Faults 19, 20 and 28 by real processes: two of them are told the same at the same moment, and one is frozen.

What becomes of what a frozen or killed process held while others go on is in `test_postgres_replicas`.
"""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.databases import DatabaseSettings
from tests.postgres_server import PostgresServer
from tests.running import Town, eventually, text_update, town

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
NO_ANSWER = "14123456706"
PAY_TIMEOUT_SECONDS = 1


async def test_19_20_one_update_and_one_tap_on_two_replicas_at_once(tmp_path: Path, postgres: PostgresServer) -> None:
    """Each is brought to both, several times side by side: it acts once, and nobody is told to come again for ever."""
    url = postgres.new_database()
    async with Town(tmp_path) as place:
        one, other = bots = [place.bot(database_url=url) for _ in range(2)]
        await asyncio.gather(*(bot.start() for bot in bots))
        awa = place.customer(1001)
        start = text_update(19, awa.user, "/start")
        answers = await asyncio.gather(*(bot.update(start) for bot in bots * 4))
        assert {answer.status for answer in answers} == {200}
        await awa.expect("welcome")
        await awa.quote(PAID_AT_ONCE)
        message_id, data = awa.confirms[-1]
        taps = [
            {
                "update_id": 20 + number,
                "callback_query": {
                    "id": f"20{number}",
                    "from": awa.user.profile,
                    "chat_instance": "1",
                    "data": data,
                    "message": {
                        "message_id": message_id,
                        "chat": {"id": 1001, "type": "private"},
                        "date": 1,
                        "text": "x",
                    },
                },
            }
            for number in range(4)
        ]
        answers = await asyncio.gather(*(bot.update(tap) for tap in taps for bot in bots))
        assert {answer.status for answer in answers} == {200}
        await awa.code()
        await awa.settled()
        await one.outbox_is_empty()
        assert (len(awa.codes), awa.saw("welcome"), awa.saw("sent.title")) == (1, 1, 1)
        # Three of the four taps were too many, and each was told so once.
        assert awa.saw("sent.before") == 3
        assert place.provider.simulator.received == {awa.order_id: 1}
        assert len(other.rows("SELECT id FROM orders")) == 1
        place.check()


async def test_28_frozen_with_a_payment_and_a_message_in_its_hands(tmp_path: Path, database: DatabaseSettings) -> None:
    """A process stands still for longer than a payment may take, and wakes: what it held is unknown and is found out;
    nothing is paid twice, and one message comes twice at most.
    """
    async with town(tmp_path, pace=0.05, pay_timeout_seconds=PAY_TIMEOUT_SECONDS, **database) as (place, bot):
        awa, moussa = place.customer(1001), place.customer(1002)
        await awa.quote(NO_ANSWER)
        await moussa.settled()
        place.fake.hold("sendMessage")
        awa.confirm()
        moussa.user.text("/id")
        await place.provider.paid()
        await place.fake.held()
        os.kill(bot.pid, signal.SIGSTOP)
        frozen_at = time.monotonic()
        # The provider has no patience left, and its webhook meets nobody.
        await place.provider.close()
        await place.provider.open()
        await place.telegram_away()
        place.fake.release("sendMessage")
        await place.telegram_back()
        await eventually(lambda: time.monotonic() - frozen_at > 1.5 * PAY_TIMEOUT_SECONDS, "it stands still")
        os.kill(bot.pid, signal.SIGCONT)
        await bot.hasten_until(lambda: awa.codes, "the code")
        await bot.order_is(awa.order_id, "delivered")
        await bot.outbox_is_empty()
        assert place.provider.simulator.accepted == {awa.order_id: 1}
        assert set(place.provider.simulator.received) == {awa.order_id}
        assert len(set(awa.codes)) == 1
        assert len(awa.codes) <= 2
        assert 2 <= moussa.user.count(moussa.address) <= 3
