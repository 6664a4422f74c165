"""Bugs in what people say and read: twice, late, to whom, by whom."""

from typing import Final

from tests.mutants.mutant import Mutant

_CORE: Final = "bot/repositories/core.sql"

PEOPLE: Final = (
    Mutant(
        "update-acts-twice",
        "an update that is delivered twice acts twice",
        _CORE,
        "DO UPDATE SET handled_at = :now WHERE inbox.handled_at IS NULL\nRETURNING tries",
        "DO UPDATE SET handled_at = :now\nRETURNING tries",
    ),
    Mutant(
        "session-written-over",
        "a session is written back although somebody else wrote it meanwhile",
        _CORE,
        "WHERE address = :address AND version = :version\nRETURNING version",
        "WHERE address = :address\nRETURNING version",
        ("tests/test_scripts.py::test_a_session_that_moved_is_a_conflict",),
    ),
    Mutant(
        "stale-message-confirms",
        "a message that was under way for longer than a quote lives is acted upon",
        "bot/dialogue/late.py",
        "return person.sent_at is not None and person.now - person.sent_at > life_seconds * 1000",
        "return person.sent_at is not None and person.now - person.sent_at > life_seconds * 1_000_000",
        ("tests/test_late_messages.py::test_a_message_is_stale_when_a_quote_would_be",),
    ),
    Mutant(
        "early-yes-confirms",
        "a yes that was sent before the question was shown answers it",
        "bot/dialogue/late.py",
        "    return (sent_at if sent_at % 1000 else sent_at + 999) < moment",
        "    return sent_at < 0",
        ("tests/test_late_messages.py::test_what_was_sent_before_the_quote_confirms_nothing_and_is_told_once",),
    ),
    Mutant(
        "code-to-the-previous-owner",
        "after a number has changed hands, messages still go to it",
        "bot/outbox/delivery.py",
        "        if message.reach is not None:\n",
        "        if message.reach is None:\n",
        ("tests/test_addresses.py::test_messages_go_where_the_person_is_now_and_nowhere_while_somebody_else_is",),
    ),
    Mutant(
        "code-to-the-account",
        "an order's news goes to the account's first chat and not to the one that bought",
        "bot/transactions/notifications.py",
        "    address = str(order.address)\n",
        "    address = order.customer\n",
        ("tests/test_link.py", "tests/test_scripts.py"),
    ),
    Mutant(
        "code-in-an-alert",
        "the admins' alert carries the recharge codes",
        "bot/transactions/orders.py",
        "        result.posted += yield from tell_admins(installation, item, after, now)\n",
        """        item = replace(item, detail=" ".join(after.tokens) or item.detail)
        result.posted += yield from tell_admins(installation, item, after, now)
""",
    ),
    Mutant(
        "text-not-escaped",
        "what people type goes into messages as HTML",
        "bot/i18n/html.py",
        "return value if isinstance(value, Safe) else escape(plain(value), quote=False)",
        "return plain(value)",
        ("tests/test_i18n.py::test_arguments_are_escaped_unless_they_are_ours",),
    ),
    Mutant(
        "secret-compared-by-and-by",
        "a secret is compared letter by letter, so that the time tells how much of it is right",
        "bot/channels/telegram/secret.py",
        'return hmac.compare_digest((header or "").encode("utf-8", "replace"), secret_token(secret_key).encode())',
        'return (header or "") == secret_token(secret_key)',
        ("tests/test_faults_webhook.py::test_13_secrets_are_compared_in_constant_time",),
    ),
    Mutant(
        "unsigned-webhook-taken",
        "a webhook of an order is taken without its proof",
        "bot/web/proved.py",
        "if hmac.compare_digest(proof_of(self.purpose, id_, self._secret_key).encode(), given.encode()):",
        "if given or hmac.compare_digest(proof_of(self.purpose, id_, self._secret_key).encode(), given.encode()):",
    ),
    Mutant(
        "batch-started-again",
        "a list that runs or has ended can be started again",
        "bot/repositories/batches.sql",
        "WHERE id = :id AND customer = :customer AND state || '' = 'ready'",
        "WHERE id = :id AND customer = :customer",
        ("tests/test_batches.py",),
    ),
)
