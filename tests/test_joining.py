"""Which statements go to PostgreSQL in one message, and which do not."""

import re

import pytest

from bot.store.postgres.joining import MOST_ROWS, Shape, messages, read_json
from bot.store.sql import migrations


def groups(*shapes: Shape | str) -> list[tuple[int, ...]]:
    return [
        message.at for message in messages(tuple((each, None) if isinstance(each, str) else each for each in shapes))
    ]


def test_what_has_nothing_to_do_with_each_other_is_one_message() -> None:
    assert groups("inbox_add", "caller") == [(0, 1)]
    assert groups("balance_of", "order_twin_open", "order_twin_delivered") == [(0, 1, 2)]


def test_what_looks_at_a_table_sees_what_was_changed_before_and_not_what_comes_after() -> None:
    assert groups("session_save", "session_load") == [(0,), (1,)]
    assert groups("session_load", "session_save") == [(0, 1)]


def test_one_table_is_changed_once_in_a_message() -> None:
    assert groups("order_save", "journal_add", "order_unlease") == [(0, 1), (2,)]


def test_what_a_trigger_writes_counts_as_written() -> None:
    assert groups("order_save", "orders_counted") == [(0,), (1,)]
    assert groups("orders_counted", "order_save") == [(0, 1)]


def test_every_trigger_that_writes_another_table_is_known() -> None:
    """One that is added has to be told of in `joining`: what it writes is changed with its table."""
    texts = "\n".join(text for _, _, text in migrations("postgres"))
    found = re.findall(r"CREATE TRIGGER \w+\s+[^;]*? ON (\w+)\s[^;]*?EXECUTE FUNCTION (\w+)", texts)
    assert set(found) == {
        ("entry", "entry_is_append_only"),
        ("audit", "audit_is_append_only"),
        ("orders", "order_day_counts"),
    }


@pytest.mark.parametrize("count", range(2, MOST_ROWS + 1))
def test_a_few_rows_are_one_statement(count: int) -> None:
    [message] = messages((("order_save", None), ("entry_add", count), ("balance_move", None)))
    assert message.at == (0, 1, 2)
    assert message.answering == (0, 2)


def test_many_rows_and_what_is_no_plain_insert_go_alone() -> None:
    assert groups(("entry_add", MOST_ROWS + 1), "journal_add") == [(0,), (1,)]
    assert groups("journal_add", ("outbox_sent", 2), "caller") == [(0,), (1,), (2,)]
    assert not messages((("outbox_sent", 2),))[0].text


def test_no_row_is_nothing_to_ask() -> None:
    assert groups("inbox_add", ("journal_add", 0), "caller") == [(0, 2)]
    assert groups(("journal_add", 0)) == []


def test_one_that_answers_answers_with_its_own_rows() -> None:
    [message] = messages((("journal_add", None), ("balance_of", None)))
    assert message.answering == (1,)
    assert "json" not in message.text


def test_values_come_from_the_ask_and_the_row_that_they_are_of() -> None:
    asks = [("caller", {"address": "telegram:1"}), ("balance_of", {"customer": "telegram:2"})]
    [message] = messages((("caller", None), ("balance_of", None)))
    assert set(message.arguments(asks)) == {"telegram:1", "telegram:2"}
    with pytest.raises(KeyError):
        message.arguments([asks[0], ("balance_of", {})])


def test_a_number_with_a_fraction_is_no_amount() -> None:
    [row] = read_json('[{"amount_xof": 12345678901234567, "note": "é"}]')
    assert dict(zip(row.keys(), row, strict=True)) == {"amount_xof": 12_345_678_901_234_567, "note": "é"}
    assert read_json(None) == []
    with pytest.raises(ValueError, match="int"):
        read_json('[{"amount_xof": 1.5}]')
