"""What every test stands on: one event loop kind, examples that are the same on every run, no host but this machine."""

import asyncio
import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from bot.store.postgres import PostgresStore
from tests import sync_store
from tests.databases import DatabaseSettings
from tests.postgres_server import PostgresServer
from tests.twin_store import Twin

# The same examples on every run, so that a red test is red for everybody.
# `--hypothesis-profile=thorough` looks further.
settings.register_profile("taal", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "thorough", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("taal")


# To look for garbage took a fifth of the suite's time: most of what was looked at, again and again, are the tests
# themselves and what they import, which stay to the end.
GARBAGE_THRESHOLDS = (10_000, 20, 10)
gc.disable()


def pytest_collection(session: pytest.Session) -> None:
    """Of a clean checkout each worker compiles another part of the tests, instead of every worker all of them."""
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER"), os.environ.get("PYTEST_XDIST_WORKER_COUNT")
    if worker is None or workers is None or session.config.args_source != pytest.Config.ArgsSource.TESTPATHS:
        return
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    for name in names[int(worker.removeprefix("gw")) :: int(workers)]:
        # What cannot be imported is told when its tests are collected.
        with contextlib.suppress(Exception):
            importlib.import_module(f"tests.{name}")


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--twins", action="store_true", help="ask PostgreSQL whatever SQLite is asked, and compare")
    parser.addoption(
        "--thorough", action="store_true", help="play every fault on PostgreSQL too, not only the kept ones"
    )
    parser.addoption("--regenerate", action="store_true", help="write transcripts and tables anew instead of comparing")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this process of tests; databases in it are made for the asking."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated(postgres: PostgresServer) -> str:
    """The name of a database with every migration and nothing in it: to copy it is quicker than to migrate another."""

    async def migrate(url: str) -> None:
        store = await PostgresStore.open(url)
        try:
            await store.migrate()
        finally:
            await store.aclose()

    url = postgres.new_database()
    asyncio.run(migrate(url))
    return url.partition("?")[0].rpartition("/")[2]


def _of_an_empty_database(request: pytest.FixtureRequest) -> DatabaseSettings:
    """What is to be set so that a bot (`town`, `Town.bot`, `in_process.room`) serves from a database with nothing in
    it but its schema; nothing for SQLite, where each bot has a file of its own.
    """
    if request.param == "sqlite":
        return {}
    server: PostgresServer = request.getfixturevalue("postgres")
    return {"database_url": server.new_database(request.getfixturevalue("migrated"))}


# What stands or falls with a commit, a lease or the way to the database is always played on PostgreSQL too; the other
# faults behave there as on SQLite, take a minute, and are played with `--thorough`.
OF_THE_DATABASE = (
    "test_2_killed_after",
    "test_4_killed_between",
    "test_6_",
    "test_7_killed_after",
    "test_8_killed_while_processing_then_the_webhook",
    "test_11_webhooks_together",
    "test_15_a_pay_call_that_is_cut",
    "test_17_",
    "test_19_",
    "test_26_",
    "test_27_",
    "test_28_",
    "test_38_39_killed_where",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("thorough"):
        return
    later = [item for item in items if _can_wait(item)]
    config.hook.pytest_deselected(items=later)
    items[:] = [item for item in items if item not in set(later)]


def _can_wait(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    if callspec is None or not item.path.name.startswith("test_faults_") or "postgres" not in callspec.id:
        return False
    return not item.name.startswith(OF_THE_DATABASE)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> DatabaseSettings:
    """Settings with an empty database of each store in turn, for one test."""
    return _of_an_empty_database(request)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def lasting_database(request: pytest.FixtureRequest) -> DatabaseSettings:
    """Settings with an empty database of each store in turn, for all tests of a module."""
    return _of_an_empty_database(request)


@pytest.fixture(scope="session")
def postgres_twin(postgres: PostgresServer) -> Twin:
    """A PostgreSQL that is asked what SQLite is asked."""
    return Twin(postgres)


@pytest.fixture(autouse=True)
def _answers_alike(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that is marked `twins`, or any with `--twins`, fails where PostgreSQL answers otherwise than SQLite."""
    if not request.config.getoption("twins") and request.node.get_closest_marker("twins") is None:
        yield
        return
    follower: Twin = request.getfixturevalue("postgres_twin")
    follower.come_back()
    sync_store.twin = follower
    yield
    sync_store.twin = None
    found, follower.differences = follower.differences, []
    assert found == []


def _loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: a test that reaches for another host fails, whichever library it goes through."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        if ip_address(name).is_loopback or ip_address(name).is_unspecified:
            return
    except ValueError:
        pass
    raise RuntimeError(f"a test may only talk to this machine, not to {name}")


sys.addaudithook(_loopback_only)
