"""Every table has a written retention, a sweep where it grows, small steps, and an index for each of them."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import repositories
from bot.repositories import retention
from bot.repositories.retention import DAY_MS, RULES, STEP_ROWS, Rule
from bot.store.sql import statements
from tests.in_process import AWA, room
from tests.sync_store import SyncStore

PAGE = Path(__file__).parent.parent / "docs" / "retention.md"
NOW = 1_800_000_000_000
OLD = NOW - 900 * DAY_MS
# What a step may cost: instructions of SQLite's machine, of which it does several in a microsecond.
MOST_INSTRUCTIONS_A_STEP = 60_000


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def tables(store: SyncStore) -> set[str]:
    return {
        row["name"] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    } - {"sqlite_sequence"}  # fmt: skip


def written() -> dict[str, str]:
    """What the page says of each table: how long it is kept."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len({name for name, _, _ in rows}) == len(rows), "a table stands twice"
    return {name: kept for name, kept, _ in rows}


# The page.


def test_every_table_has_its_line(store: SyncStore) -> None:
    assert sorted(written()) == sorted(tables(store)), "docs/retention.md: a line for each table, and no other"


def test_the_page_and_the_rules_agree(store: SyncStore) -> None:
    lines = written()
    for rule in RULES:
        days = f"{rule.days} day" + ("s" if rule.days != 1 else "")
        assert re.search(rf"\b{days}\b", lines[rule.table]), f"{rule.table}: the page does not say {days}"
    swept = {rule.table for rule in RULES} | {"batch_line", "conversation_line", "person_name_word"}
    assert {name for name, kept in lines.items() if kept != "for ever"} == swept


# The sweeps.


def columns(store: SyncStore, table: str) -> list[sqlite3.Row]:
    return store.rows(f"SELECT * FROM pragma_table_info('{table}')")


def fill(store: SyncStore, table: str, number: int, at: int, **values: object) -> None:
    """A row in which every time is `at` and every text is its own."""
    row: dict[str, object] = {}
    for column in columns(store, table):
        name = column["name"]
        if name in values:
            row[name] = values[name]
        elif name == "id" and column["type"] == "INTEGER":
            continue
        elif column["notnull"]:
            is_time = name == "at" or name.endswith("_at")
            row[name] = (at if is_time else 1) if column["type"] == "INTEGER" else f"{name}:{number:06}"
    marks = ", ".join(f":{name}" for name in row)
    store.connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)


# What a row must be like to be swept when it is old.
SWEPT: dict[str, dict[str, object]] = {
    "approval": {"state": "approved"},
    "batch": {"state": "dropped"},
    "broadcast": {"state": "done"},
    "outbox": {"keep": 0},
    "person_name": {"kind": "given"},
}


def fill_session(store: SyncStore, number: int, at: int) -> None:
    address = f"telegram:{number:06}"
    fill(store, "session", number, at, address=address, customer=address)


def fill_swept(store: SyncStore, rule: Rule, number: int, at: int) -> None:
    if rule.table == "session":
        fill_session(store, number, at)
    elif rule.sweep is retention._batch_done:
        fill(store, "batch", number, at, id=f"done:{number:06}", state="done", ended_at=at)
    elif rule.table == "link_undo":
        fill(store, "link_undo", number, at, link_id=number)
    elif rule.table == "provider_fact":
        fill(store, "provider_fact", number, at, decided_at=at)
    else:
        fill(store, rule.table, number, at, **SWEPT.get(rule.table, {}))


def sweep(store: SyncStore, rule: Rule, count: int = STEP_ROWS) -> tuple[int, int]:
    """A whole sweep: how many rows went, in how many steps."""
    gone, steps, after = 0, 0, None
    while True:
        step = store.run(retention.step, rule, NOW, after, count)
        gone, steps, after = gone + step.gone, steps + 1, step.after
        if after is None:
            return gone, steps
        assert steps < 1_000, "a sweep does not end"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.table} {rule.days}")
def test_the_old_goes_and_the_new_stays(store: SyncStore, rule: Rule) -> None:
    edge = NOW - min(rule.days, retention.UNSENT_DAYS if rule.table == "outbox" else rule.days) * DAY_MS
    for number in range(25):
        fill_swept(store, rule, number, OLD)
    for number in range(25, 30):
        fill_swept(store, rule, number, edge)
    gone, _ = sweep(store, rule, count=10)
    assert gone == 25
    assert store.one(f"SELECT count(*) FROM {rule.table}") == 5
    assert sweep(store, rule, count=10)[0] == 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.table} {rule.days}")
def test_no_step_costs_more_than_a_moment(store: SyncStore, rule: Rule) -> None:
    """Counted in what SQLite's machine does, with many old rows in the table and in those that it is compared with."""
    for number in range(1_000):
        fill_swept(store, rule, number, OLD if number % 3 else NOW)
    for number in range(1_000 if rule.table in ("session", "journal", "batch") else 0):
        fill(store, "orders", number, OLD, state="delivered", batch_id=f"done:{number:06}")
        fill(store, "entry", number, OLD)
    if rule.table == "batch":
        for number in range(500):
            fill(store, "batch_line", number, OLD, batch_id="done:000001", line=number, state="good")
    store.connection.execute("ANALYZE" if rule.days % 2 else "SELECT 1")
    spent = 0

    def count() -> None:
        nonlocal spent
        spent += 100

    store.connection.set_progress_handler(count, 100)
    after = None
    for _ in range(30):
        spent = 0
        after = store.run(retention.step, rule, NOW, after).after
        assert spent <= MOST_INSTRUCTIONS_A_STEP
        if after is None:
            break


def test_after_years_every_swept_table_is_as_long_as_its_days_make_it(store: SyncStore) -> None:
    """Eight years of rows, swept every tenth day: once the longest time is over nothing grows, and neither does the
    file, since what goes leaves its pages to what comes.
    """
    step_days, a_step = 10, 4
    longest = max(rule.days for rule in RULES)
    sizes: dict[str, list[int]] = {rule.table: [] for rule in RULES}
    pages: list[int] = []
    number = 0
    for day in range(0, 3 * longest + 500, step_days):
        now = NOW + day * DAY_MS
        for rule in RULES:
            for _ in range(a_step):
                number += 1
                fill_swept(store, rule, number, now)
        for rule in RULES:
            after = None
            while True:
                after = store.run(retention.step, rule, now, after).after
                if after is None:
                    break
        if day > longest:
            for table, counted in sizes.items():
                counted.append(store.one(f"SELECT count(*) FROM {table}"))
            pages.append(store.one("PRAGMA page_count"))
    rows_a_step = {rule.table: a_step * sum(other.table == rule.table for other in RULES) for rule in RULES}
    for table, counted in sizes.items():
        kept_days = max(rule.days for rule in RULES if rule.table == table)
        assert max(counted) <= rows_a_step[table] * (kept_days // step_days + 2), table
        assert max(counted[len(counted) // 2 :]) <= max(counted[: len(counted) // 2]), table
    # A page more or less is how rows happen to lie.
    assert max(pages[len(pages) // 2 :]) <= max(pages[: len(pages) // 2]) + 5


def swept_statements() -> Iterator[str]:
    """Every statement of the sweeps: those of their file."""
    text = (Path(repositories.__file__).parent / "retention.sql").read_text("utf-8")
    yield from re.findall(r"^-- name: (\w+)", text, re.MULTILINE)


def test_every_sweep_has_its_index(store: SyncStore) -> None:
    for name in swept_statements():
        sql = statements()[name]
        values = dict.fromkeys(re.findall(r"(?<!:):([a-z_]+)", sql), 1)
        for row in store.rows(f"EXPLAIN QUERY PLAN {sql}", **values):
            plan = row["detail"]
            # The index of open orders holds no others, and they are few.
            reads_all = plan.startswith("SCAN") and "orders_open" not in plan
            assert not reads_all, f"{name}: {plan}"
            assert "TEMP B-TREE" not in plan, f"{name}: {plan}"


# What stays, however old it is.


def rule_of(table: str, days: int | None = None) -> Rule:
    (rule,) = (rule for rule in RULES if rule.table == table and days in (None, rule.days))
    return rule


HANGING: dict[str, tuple[str, dict[str, object]]] = {
    "money": ("entry", {"account": "customer:telegram:000001"}),
    "an order": ("orders", {"customer": "telegram:000001", "state": "delivered"}),
    "an open order of another account": ("orders", {"address": "telegram:000001", "state": "processing"}),
    "news that waits": ("outbox", {"address": "telegram:000001"}),
    "a meter": ("meter", {"customer": "telegram:000001"}),
    "a limit": ("credit_limit", {"customer": "telegram:000001"}),
    "a pause": ("frozen", {"customer": "telegram:000001"}),
    "a shop": ("reseller", {"customer": "telegram:000001"}),
    "a client book": ("client", {"customer": "telegram:000001"}),
    "a list of sales": ("batch", {"customer": "telegram:000001", "state": "done"}),
    "an office": ("admin", {"address": "telegram:000001", "role": "support"}),
    "an agreement": ("consent", {"address": "telegram:000001"}),
    "another address": ("session", {"address": "whatsapp:1", "customer": "telegram:000001"}),
}


@pytest.mark.parametrize("what", HANGING)
def test_a_session_on_which_something_hangs_stays(store: SyncStore, what: str) -> None:
    for number in range(3):
        fill_session(store, number, OLD)
    table, values = HANGING[what]
    fill(store, table, 9, OLD, **values)
    sweep(store, rule_of("session"))
    assert "telegram:000001" in {row["address"] for row in store.rows("SELECT address FROM session")}
    assert store.one("SELECT count(*) FROM session WHERE address IN ('telegram:000000', 'telegram:000002')") == 0


def test_an_address_of_a_joined_account_stays(store: SyncStore) -> None:
    """Without its row it would have an account of its own, and the money would be elsewhere."""
    fill(store, "session", 1, OLD, address="whatsapp:1", customer="telegram:1")
    sweep(store, rule_of("session"))
    assert store.one("SELECT count(*) FROM session") == 1


def test_a_walk_past_young_sessions_only_reads(store: SyncStore) -> None:
    for number in range(STEP_ROWS + 5):
        fill_session(store, number, NOW)
    rule = rule_of("session")
    assert rule.passes is not None
    first = store.run(rule.passes, retention.stretch(rule, NOW))
    assert first == retention.Step(0, f"telegram:{STEP_ROWS - 1:06}")
    assert store.run(rule.passes, retention.stretch(rule, NOW, first.after)) == retention.Step(0)
    assert store.run(rule.passes, retention.stretch(rule, NOW, "telegram:999999")) == retention.Step(0)
    address = f"telegram:{STEP_ROWS + 2:06}"
    store.connection.execute("UPDATE session SET updated_at = ? WHERE address = ?", (OLD, address))
    assert store.run(rule.passes, retention.stretch(rule, NOW, first.after)) is None


def test_the_journal_of_an_order_that_is_open_or_just_ended_stays(store: SyncStore) -> None:
    for order_id, state, moved_at in (("OPEN", "unknown", OLD), ("LATE", "delivered", NOW), ("DONE", "delivered", OLD)):
        fill(store, "orders", 1, OLD, id=order_id, state=state, updated_at=moved_at)
        for _ in range(3):
            fill(store, "journal", 1, OLD, order_id=order_id, state=state)
    assert sweep(store, rule_of("journal"), count=2)[0] == 3
    assert {row["order_id"] for row in store.rows("SELECT order_id FROM journal")} == {"OPEN", "LATE"}


def test_the_newest_balance_of_the_float_stays(store: SyncStore) -> None:
    for number in range(3):
        fill(store, "witness", number, OLD + number)
    assert sweep(store, rule_of("witness"))[0] == 2
    assert store.one("SELECT at FROM witness") == OLD + 2


@pytest.mark.parametrize(
    ("row", "goes_after_days"),
    [
        ({"keep": 0}, retention.UNSENT_DAYS),
        ({"keep": 0, "lease_owner": "somebody"}, None),
        ({"keep": 1}, None),
        ({"keep": 1, "given_up_at": NOW, "message_ref": "m"}, retention.UNCONFIRMED_DAYS),
        ({"keep": 0, "given_up_at": NOW, "problem": "ValueError"}, retention.SET_ASIDE_DAYS),
        ({"keep": 1, "given_up_at": NOW}, 400),
    ],
)
def test_a_message_waits_as_long_as_its_kind(store: SyncStore, row: dict[str, object], goes_after_days: int) -> None:
    fill(store, "outbox", 1, NOW, **row)

    def left_after(days: int) -> int:
        after = None
        store.run(retention.step, rule_of("outbox"), NOW + days * DAY_MS + 1, after)
        return int(store.one("SELECT count(*) FROM outbox"))

    assert left_after((goes_after_days or 5_000) - 1) == 1
    assert left_after(goes_after_days or 5_000) == (1 if goes_after_days is None else 0)


def test_a_list_of_sales_goes_with_its_lines_and_stays_with_an_open_order(store: SyncStore) -> None:
    for batch_id in ("GONE", "OPEN"):
        fill(store, "batch", 1, OLD, id=batch_id, state="done", ended_at=OLD)
        for line in range(7):
            fill(
                store, "batch_line", line, OLD, batch_id=batch_id, line=line, order_id=f"{batch_id}{line}", state="good"
            )
    fill(store, "orders", 1, OLD, batch_id="OPEN", state="unknown")
    fill(store, "orders", 2, OLD, batch_id="GONE", state="delivered")
    assert sweep(store, rule_of("batch", 180), count=3)[0] == 8
    assert [row["id"] for row in store.rows("SELECT id FROM batch")] == ["OPEN"]
    assert store.one("SELECT count(*) FROM batch_line") == 7
    assert store.one("SELECT count(*) FROM orders") == 2


# The job.


def test_a_long_conversation_goes_in_steps_with_what_was_said_in_it(store: SyncStore) -> None:
    [rule] = [each for each in RULES if each.table == "conversation"]
    for number in (1, 2):
        fill(store, "conversation", number, OLD if number == 1 else NOW, id=number)
    for number in range(25):
        fill(store, "conversation_line", number, OLD, conversation_id=1)
    fill(store, "conversation_line", 25, NOW, conversation_id=2)
    assert sweep(store, rule, count=10)[0] == 26
    assert [row["id"] for row in store.rows("SELECT id FROM conversation")] == [2]
    assert [row["conversation_id"] for row in store.rows("SELECT conversation_id FROM conversation_line")] == [2]


@pytest.mark.anyio
async def test_a_pass_goes_through_every_table_and_past_one_that_cannot_be_swept(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        here.clock.move(401 * 86_400)
        job = here.taal.retention
        await here.rows("ALTER TABLE alerted RENAME COLUMN at TO gone")
        assert await job.keep() == {"inbox": 1, "session": 1}
        assert await job.keep() == {}
        await here.says(AWA, "/start")
        assert here.saw(AWA, "welcome") == 2
