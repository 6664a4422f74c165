"""The audit: every order, hold, entry and provider's answer agrees, or each unexplained franc is named. Pure.

Theory of operation. What happened is recorded twice: an order says what became of it, and the ledger says what moved.
The auditor writes an order's transfers anew with the ledger's own functions, from the order alone, and compares them
with the entries, account by account: whatever was altered, forgotten or added differs. Around that stand the sums that
must hold for all orders together: the ledger and each transfer sum to zero, the hold account is what open orders hold,
no balance is below its limit, and each customer's running balance is the sum of their entries. The provider is the
second witness. Each of its answers tells the float before and after a debit, so the answers of a day form a chain
(`chain`): where one does not begin at the balance with which the last one ended, something moved that no answer
mentions. Our own payments whose answer gave no balance explain a fall, as pay-backs do; what customers paid explains a
rise, at once or when it is settled, and so does a top-up. A fall that nothing explains is a finding.

Of what customers paid, every franc has bought something, went back, is on its way back, or may stay (`homeless`).

The auditor is given the books in pages and keeps only what it needs for the whole. It changes nothing.
"""

from bot.domain.audit.auditor import Auditor
from bot.domain.audit.chain import Credit, Debit, Witness, chain, settled
from bot.domain.audit.findings import (
    BookEntry,
    Collected,
    Dossier,
    Finding,
    FindingKind,
    Findings,
    OrderLine,
    Rise,
    RunningBalance,
    Sums,
)
from bot.domain.audit.homeless import Left, homeless
from bot.domain.audit.transfers import LONG_OPEN_MS

__all__ = [
    "LONG_OPEN_MS",
    "Auditor",
    "BookEntry",
    "Collected",
    "Credit",
    "Debit",
    "Dossier",
    "Finding",
    "FindingKind",
    "Findings",
    "Left",
    "OrderLine",
    "Rise",
    "RunningBalance",
    "Sums",
    "Witness",
    "chain",
    "homeless",
    "settled",
]
