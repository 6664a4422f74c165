"""The audit: every order, hold, entry and provider's answer agrees, or each unexplained franc is named. Pure.

Theory of operation. What happened is recorded twice: an order says what became of it, and the ledger says what moved.
The auditor writes an order's transfers anew with the ledger's own functions, from the order alone, and compares them
with the entries, account by account: whatever was altered, forgotten or added differs. Around that stand the sums that
must hold for all orders together: the ledger and each transfer sum to zero, the hold account is what open orders hold,
no balance is below its limit, and each customer's running balance is the sum of their entries. The provider is the
second witness. Each of its answers tells the float before and after a debit, so the answers of a day form a chain
(`chain`): where one does not begin at the balance with which the last one ended, something moved that no answer
mentions. Our own payments whose answer gave no balance explain a fall, a top-up explains a rise; a fall that nothing
explains is a finding.

The auditor is given the books in pages and keeps only what it needs for the whole. It changes nothing.
"""

from bot.domain.audit.auditor import Auditor
from bot.domain.audit.chain import Debit, Witness, chain
from bot.domain.audit.findings import (
    BookEntry,
    Dossier,
    Finding,
    FindingKind,
    Findings,
    OrderLine,
    Rise,
    RunningBalance,
    Sums,
)
from bot.domain.audit.transfers import LONG_OPEN_MS

__all__ = [
    "LONG_OPEN_MS",
    "Auditor",
    "BookEntry",
    "Debit",
    "Dossier",
    "Finding",
    "FindingKind",
    "Findings",
    "OrderLine",
    "Rise",
    "RunningBalance",
    "Sums",
    "Witness",
    "chain",
]
