"""Bugs in leases, in the outbox, and among several processes."""

from typing import Final

from tests.mutants.mutant import Mutant

_CORE: Final = "bot/repositories/core.sql"

SENDING: Final = (
    Mutant(
        "marked-before-the-send",
        "a message counts as sent before it is",
        "bot/outbox/worker.py",
        "            goes_on = await self._mark(held, await self._delivery.deliver(task, message))\n",
        """            self._ride(held, messages.sent, None, None)
            await self._marks.written()
            goes_on = await self._mark(held, await self._delivery.deliver(task, message))
""",
    ),
    Mutant(
        "message-lease-not-fenced",
        "a message is marked by a process that holds its lease no more",
        _CORE,
        "DELETE FROM outbox WHERE id = :id AND lease = :lease\nRETURNING id",
        "DELETE FROM outbox WHERE id = :id\nRETURNING id",
        ("tests/test_leases.py::test_no_mark_of_a_lost_lease_changes_anything",),
    ),
    Mutant(
        "message-lease-renewed-by-anybody",
        "a process renews the lease of a message that somebody else holds by now",
        _CORE,
        "SET lease_until = :until WHERE id = :id AND lease = :lease AND lease_owner = :owner\nRETURNING id",
        "SET lease_until = :until WHERE id = :id\nRETURNING id",
        ("tests/test_leases.py::test_whoever_has_lost_a_lease_sends_no_more_and_marks_nothing",),
    ),
    Mutant(
        "message-taken-from-its-holder",
        "a message is taken up while another process holds it",
        _CORE,
        """OR (o.lease_owner <> :owner AND (o.lease_until <= :expired OR o.lease_until > :never)))
      AND NOT EXISTS""",
        """OR o.lease_owner <> :owner)
      AND NOT EXISTS""",
        ("tests/test_leases.py::test_a_jump_frees_no_live_lease_of_another_process_and_keeps_no_dead_one_for_ever",),
    ),
    Mutant(
        "order-lease-not-fenced",
        "a process ends the lease of an order that somebody else holds",
        _CORE,
        "lease_owner = CASE\n        WHEN lease_owner = :lease_ends_of THEN",
        "lease_owner = CASE\n        WHEN :lease_ends_of IS NOT NULL THEN",
        ("tests/test_scripts.py::test_another_process_ends_no_lease_of_ours",),
    ),
    Mutant(
        "order-let-go-by-another",
        "a process lets go of an order that somebody else holds",
        _CORE,
        "SET lease_owner = NULL, lease_until = NULL WHERE id = :id AND lease_owner = :owner\n\n-- name: order_renew",
        "SET lease_owner = NULL, lease_until = NULL WHERE id = :id\n\n-- name: order_renew",
        ("tests/test_scripts.py::test_another_process_ends_no_lease_of_ours",),
    ),
    Mutant(
        "lease-taken-by-a-webhook",
        "a webhook takes the lease of an order for which a pay call is in flight",
        "bot/settlement/claims.py",
        "may_lease = asks and applied.order.due_at is not None and not is_leased(rows[0])",
        "may_lease = asks and applied.order.due_at is not None",
        ("tests/test_scripts.py::test_a_webhook_before_the_answer_to_the_pay_call",),
    ),
    Mutant(
        "lease-taken-with-a-write",
        "an order that is written gets a new lease, whoever has one",
        _CORE,
        "WHEN lease_owner IS NULL THEN :leased_to",
        "WHEN :leased_to IS NOT NULL THEN :leased_to",
        ("tests/test_scripts.py::test_a_lease_begins_with_a_write_only_where_nobody_has_one",),
    ),
    Mutant(
        "order-taken-from-its-holder",
        "an order is taken up while another process pays for it",
        _CORE,
        """SELECT * FROM orders
WHERE id = :id AND due_at IS NOT NULL
  AND (lease_owner IS NULL OR (lease_owner <> :owner AND (lease_until <= :expired OR lease_until > :never)))""",
        "SELECT * FROM orders WHERE id = :id AND due_at IS NOT NULL",
        ("tests/test_scripts.py::test_a_lease_is_honoured_until_it_ends",),
    ),
    Mutant(
        "chat-out-of-order",
        "a message overtakes an earlier one of its chat that waits",
        _CORE,
        "WHERE address = :address AND coalesce(given_up_at, 0) = 0 AND (lease_owner",
        "WHERE address = '' AND coalesce(given_up_at, 0) = 0 AND (lease_owner",
        ("tests/test_scripts.py::test_a_message_waits_behind_what_waits_in_its_chat",),
    ),
    Mutant(
        "news-dropped",
        "news for somebody who cannot be reached is not kept until they write",
        _CORE,
        "WHERE id = :id AND lease = :lease AND keep = 1\nRETURNING id\n\n-- name: outbox_rest",
        "WHERE id = :id AND lease = :lease AND keep = 2\nRETURNING id\n\n-- name: outbox_rest",
    ),
    Mutant(
        "lost-report-believed",
        "a message of which its channel says that it was lost counts as arrived",
        "bot/outbox/messages.py",
        'status = "arrived" if report.arrived else "again" if report.again else "lost"',
        'status = "arrived"',
        ("tests/test_confirmations.py::test_news_that_did_not_arrive_comes_with_the_next_message",),
    ),
    Mutant(
        "mark-written-by-nobody",
        "a mark that met a busy database counts as written",
        "bot/outbox/marks.py",
        "            done(await surely(ride))\n",
        "            done(True)\n",
        ("tests/test_unsent.py::test_a_mark_that_the_database_does_not_take_is_written_later_and_its_chat_goes_on",),
    ),
    Mutant(
        "dead-without-a-look",
        "a process is taken for dead although its number rises",
        "bot/replicas.py",
        "seconds + passed if before == number else 0.0)",
        "seconds + passed if before <= number else 0.0)",
        ("tests/test_replicas.py::test_whoever_stands_still_for_long_enough_is_taken_for_dead_and_nobody_else",),
    ),
    Mutant(
        "dead-though-it-beat",
        "a process is taken for dead although it has beaten since it was looked at",
        "bot/repositories/replicas.sql",
        "DELETE FROM replica WHERE owner = :owner AND beat = :beat",
        "DELETE FROM replica WHERE owner = :owner",
        ("tests/test_replicas.py",),
    ),
    Mutant(
        "dead-keeps-its-orders",
        "what a dead process had leased is not free",
        "bot/repositories/replicas.py",
        '    yield "orders_release_of", {"owner": owner, "now": now}\n',
        "",
        ("tests/test_replicas.py::test_everything_that_a_dead_process_held_is_due",),
    ),
    Mutant(
        "unsure-and-pays",
        "a process that may have been taken for dead makes a payment all the same",
        "bot/leases.py",
        "        return is_sure and self._ticks() - since <= self._leave_seconds",
        "        return is_sure or self._ticks() >= since",
        ("tests/test_replicas.py::test_a_call_of_which_it_is_not_sure_does_not_leave",),
    ),
    Mutant(
        "unsure-and-polls",
        "a process that may have been taken for dead goes on polling a channel",
        "bot/replicas.py",
        "(task in self._leads and self.is_sure())",
        "task in self._leads",
        ("tests/test_replicas.py::test_what_a_dead_process_held_is_free_at_once_and_somebody_else_leads",),
    ),
)
