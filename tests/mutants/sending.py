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
        "news-dropped",
        "news for somebody who cannot be reached is not kept until they write",
        _CORE,
        "WHERE id = :id AND lease = :lease AND keep = 1\nRETURNING id\n\n-- name: outbox_rest",
        "WHERE id = :id AND lease = :lease AND keep = 2\nRETURNING id\n\n-- name: outbox_rest",
    ),
)
