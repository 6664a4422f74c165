"""The errors of the house.

An error that is expected is a value (an `Outcome`, a `Sent`, an `InquiryAnswer`); what is raised is one of these:

    TaalError
    ├── SettingsError      the environment is wrong: nothing starts, nothing moved; the operator mends it
    ├── CannotStart        the machine or the database is not as it must be: likewise, with the exit status that says so
    ├── ModelError         a value that may not exist (an amount below one franc, an address without a channel)
    ├── StoreError         the database did not do what was asked; nothing of the script was kept
    │   ├── StoreBusy      busy, full or read-only: answer 503, try again, no money moved
    │   └── StoreConflict  a row moved under us: run the script again
    └── LedgerError        entries that do not sum to zero or overdraw an account: a bug, tell the admins

| error         | try again | tell someone     | did money move     |
|---------------|-----------|------------------|--------------------|
| SettingsError | no        | the operator     | no                 |
| CannotStart   | no        | the operator     | no                 |
| ModelError    | no        | the log          | no                 |
| StoreBusy     | yes       | after a while    | no (rolled back)   |
| StoreConflict | yes       | no               | no (rolled back)   |
| LedgerError   | no        | the admins       | no (rolled back)   |

A process that ends says why by its exit status, `Exit`.
"""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended, for supervisors and scripts. From 64 on the numbers are those of sysexits.h where it has
    one; docs/operations.md says of each what to do.
    """

    WELL = 0
    """Done; of serving: stopped as asked, and what was in flight came home."""
    FAILED = 1
    """Something that was looked at is not well: a finding of the doctor, a backup that does not pass its checks, a move
    whose two sides differ.
    """
    USAGE = 2
    """The command line is wrong."""
    DATABASE = 65
    """The database file is damaged, or newer than the program: no restart mends that."""
    MACHINE = 71
    """The machine does not give what is needed: a folder, a port, room on the disk."""
    EXISTS = 73
    """The file that was to be made is there already; nothing is overwritten."""
    BUSY = 75
    """Another process serves from the database, or holds it locked: try again later."""
    SETTINGS = 78
    """A setting is missing, wrong or misspelt."""
    CUT_SHORT = 79
    """Stopped before everything in flight had come home: a second signal, the stop took too long, or a command was
    stopped before it was done.
    """


class TaalError(Exception):
    """Root of all errors raised on purpose."""


class SettingsError(TaalError):
    """The settings cannot be used; `problems` names every one of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class CannotStart(TaalError):
    """Nothing can start like this; the text says in one line what is in the way and what to change."""

    def __init__(self, words: str, status: Exit = Exit.MACHINE) -> None:
        super().__init__(words)
        self.status = status


class ModelError(TaalError, ValueError):
    """A value that may not exist was about to be made."""


class StoreError(TaalError):
    """The database did not do what was asked; the whole script was rolled back."""


class StoreBusy(StoreError):
    """The database is locked, full, read-only or away; the same script may be run again later."""


class StoreConflict(StoreError):
    """A guarded write met a row that had moved; the same script may be run again at once."""


class LedgerError(TaalError):
    """Entries that do not sum to zero, or that would overdraw an account."""
