"""A newer version's migrations while a replica of the version before still serves: they only add."""

import re
from pathlib import Path

import pytest

from bot.store.sql import migrations
from bot.store.sqlite.schema import statements_of
from tests.databases import ServerDatabase
from tests.in_process import AWA, room
from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio

# The last one that no second process can have served beside.
ALONE = 22
# What the version before neither reads nor has to fill; an index is of no meaning to it.
ADDS = (
    r"CREATE TABLE \w+ .*",
    r"CREATE INDEX \w+ ON .*",
    r"DROP INDEX \w+",
    r"ALTER TABLE \w+ ADD COLUMN \w+ (TEXT|INTEGER)( NOT NULL DEFAULT \S+| DEFAULT \S+)?",
    r"ALTER TABLE \w+ SET \([\w., =]+\)",
    r"INSERT INTO .* ON CONFLICT .* DO NOTHING",
)
# A rule for new tables alone: of an old one it could refuse what the version before writes.
UNIQUE = r"CREATE UNIQUE INDEX \w+ ON (\w+) .*"


def refused(text: str) -> list[str]:
    """What of a migration would be in the way of the version before."""
    found = []
    made = set(re.findall(r"CREATE TABLE (\w+)", text))
    for statement in statements_of(text):
        plain = " ".join(line for line in statement.splitlines() if not line.lstrip().startswith("--"))
        plain = " ".join(plain.split()).removesuffix(";").strip()
        unique = re.fullmatch(UNIQUE, plain)
        if unique is not None and unique[1] in made:
            continue
        if plain and not any(re.fullmatch(pattern, plain) for pattern in ADDS):
            found.append(plain)
    return found


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for number, name, text in migrations("postgres") if number > ALONE]
)
def test_a_migration_only_adds(name: str, text: str) -> None:
    assert refused(text) == [], f"{name}: first add and serve from both, take away in a later version"


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE orders RENAME COLUMN facts TO details;",
        "ALTER TABLE orders DROP COLUMN facts;",
        "DROP TABLE orders;",
        "ALTER TABLE orders ADD COLUMN due TEXT NOT NULL;",
        "CREATE UNIQUE INDEX one ON orders (customer);",
        "UPDATE orders SET state = 'gone';",
    ],
)
def test_what_the_version_before_would_stumble_over_is_seen(text: str) -> None:
    assert len(refused(text)) == 1


async def test_a_replica_goes_on_while_a_newer_version_adds(tmp_path: Path, postgres: PostgresServer) -> None:
    """Prepared statements and rows know nothing of the new columns and tables."""
    url = postgres.new_database()
    behind = ServerDatabase(url)
    try:
        async with room(tmp_path, database_url=url) as here:
            before = await here.buys(AWA, "14123456799")
            tables = behind.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (table,) in tables:
                behind.rows(f"ALTER TABLE {table} ADD COLUMN of_a_newer_version TEXT")
            behind.rows("CREATE TABLE of_a_newer_version (id BIGINT)")
            behind.rows("UPDATE schema_version SET number = number + 1")
            after = await here.buys(AWA, "14123456799", 7000)
            assert [row["state"] for row in await here.rows("SELECT state FROM orders")] == ["delivered"] * 2
            assert before != after
            assert len(here.codes(AWA)) == 2
            assert await here.taal.ready() == {}
    finally:
        behind.close()
