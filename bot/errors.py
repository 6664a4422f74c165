"""The errors of the house.

An error that is expected is a value (an `Outcome`, a `Sent`, an `InquiryAnswer`); what is raised is one of these:

    TaalError
    ├── SettingsError      the environment is wrong: nothing starts, nothing moved; the operator mends it
    ├── ModelError         a value that may not exist (an amount below one franc, an address without a channel)
    ├── StoreError         the database did not do what was asked; nothing of the script was kept
    │   ├── StoreBusy      busy, full or read-only: answer 503, try again, no money moved
    │   └── StoreConflict  a row moved under us: run the script again
    └── LedgerError        entries that do not sum to zero or overdraw an account: a bug, tell the admins

| error         | try again | tell someone     | did money move     |
|---------------|-----------|------------------|--------------------|
| SettingsError | no        | the operator     | no                 |
| ModelError    | no        | the log          | no                 |
| StoreBusy     | yes       | after a while    | no (rolled back)   |
| StoreConflict | yes       | no               | no (rolled back)   |
| LedgerError   | no        | the admins       | no (rolled back)   |
"""


class TaalError(Exception):
    """Root of all errors raised on purpose."""


class SettingsError(TaalError):
    """The settings cannot be used; `problems` names every one of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
