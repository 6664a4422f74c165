"""The balancer in front of several replicas: what it lets in, and to whom it hands it on."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.balancing import CADDY, DIES, Balancer, balancer, balancing
from tests.deployment import OPERATIONS
from tests.postgres_server import PostgresServer
from tests.running import Town, free_port

pytestmark = pytest.mark.skipif(not CADDY.exists(), reason="there is no wheel of the balancer for this machine")

WHATSAPP = "/webhooks/whatsapp"


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Balancer]:
    with balancer(tmp_path, free_port()) as running:
        yield running


def test_both_replicas_are_given_webhooks_whole(front: Balancer) -> None:
    # As large as Meta's batches are.
    body = bytes(3_000_000)
    assert {front.ask("POST", WHATSAPP, body) for _ in range(20)} == {(200, None)}
    assert all(replica.body_bytes for replica in front.replicas)
    assert {size for replica in front.replicas for size in replica.body_bytes} == {len(body)}


def test_nothing_but_webhooks_and_the_payers_pages_is_let_in(front: Balancer) -> None:
    paths = ["/metrics", "/readyz", "/healthz", "/", "/webhooks", "/pay", "/pay/other", "//metrics"]
    ways_out = [
        "/webhooks/../metrics",
        "/webhooks/%2e%2e/metrics",
        "/webhooks/%2e%2e%2fmetrics",
        "/webhooks//../../metrics",
    ]
    statuses = {path: front.ask("GET", path)[0] for path in (*paths, *ways_out)}
    assert statuses == dict.fromkeys(statuses, 404)
    assert front.paths == []
    for path in ("/pay/done", "/pay/failed"):
        front.ask("GET", path)
    # Either replica may have been asked first.
    assert sorted(front.paths) == ["/pay/done", "/pay/failed"]


def test_a_balancer_as_operators_are_told_to_write_it_lets_in_the_same(tmp_path: Path) -> None:
    """One bot, and several."""
    written = re.findall(r"```\nbot\.example\.org (\{.*?)```", OPERATIONS.read_text(), re.DOTALL)
    assert len(written) == 2
    for number, text in enumerate(written):
        port, folder = free_port(), tmp_path / str(number)
        folder.mkdir()
        file = folder / "written"
        file.write_text("{\n    admin off\n}\n" + f"http://127.0.0.1:{port} {text}")
        with balancer(folder, port, file) as front:
            assert {front.ask("POST", WHATSAPP, b"{}")[0], front.ask("GET", "/pay/done")[0]} == {200}
            outside = ("/metrics", "/readyz", "/healthz", "/", "/pay", "/webhooks/../metrics")
            assert {front.ask("GET", path)[0] for path in outside} == {404}
            assert sorted(front.paths) == ["/pay/done", WHATSAPP]


def test_a_replica_that_is_gone_costs_nobody_more_than_what_was_on_its_way_to_it(front: Balancer) -> None:
    gone, there = front.replicas
    gone.stop()
    answers = [front.ask("POST", WHATSAPP, b"{}") for _ in range(10)]
    # Over the one connection that was open, a request may have been read.
    assert answers.count((200, None)) >= 9
    assert set(answers) <= {(200, None), (502, "2")}
    assert len(there.paths) == answers.count((200, None))


def test_what_a_replica_has_begun_to_read_is_sent_to_nobody_else(front: Balancer) -> None:
    assert front.ask("POST", DIES, b"{}") == (502, "2")
    assert front.paths == [DIES]


def test_without_any_replica_whoever_posts_is_told_to_come_again(tmp_path: Path) -> None:
    with balancer(tmp_path, free_port(), lb_try_duration=0.2) as front:
        for replica in front.replicas:
            replica.stop()
        assert front.ask("POST", WHATSAPP, b"{}") in {(502, "2"), (503, "2")}


def test_a_replica_that_is_not_ready_is_left_alone(tmp_path: Path) -> None:
    with balancer(tmp_path, free_port(), health_interval=0.02) as front:
        ill, well = front.replicas
        ill.ready = False
        ill.unready_told.wait(5)
        ill.unready_told.clear()
        # The second time it is asked, what it said the first time is known.
        ill.unready_told.wait(5)
        assert {front.ask("POST", WHATSAPP, b"{}") for _ in range(10)} == {(200, None)}
        assert (len(ill.paths), len(well.paths)) == (0, 10)


@pytest.mark.anyio
async def test_people_buy_through_it_when_a_replica_is_killed(tmp_path: Path, postgres: PostgresServer) -> None:
    port, database = free_port(), postgres.new_database()
    async with Town(tmp_path) as place:
        bots = [place.bot(database_url=database, public_url=f"http://127.0.0.1:{port}") for _ in range(2)]
        await asyncio.gather(*(bot.start() for bot in bots))
        awa = place.customer(1001)
        with balancing(tmp_path, port, [bot.port for bot in bots]):
            await awa.buy("14123456799")
            await awa.code()
            await awa.settled()
            await bots[0].outbox_is_empty()
            await bots[0].kill()
            for more in range(2, 5):
                await awa.buy("14123456799", 5000 + more)
                await awa.code(more)
        place.check()
