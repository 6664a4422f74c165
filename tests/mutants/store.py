"""Bugs in the stores: what goes to the database together, what is undone alone, and who is answered."""

from typing import Final

from tests.mutants.mutant import Mutant

_JOINING: Final = "bot/store/postgres/joining.py"
_CONTRACT: Final = "tests/test_store_contract.py"

STORE: Final = (
    Mutant(
        "joined-although-changed",
        "a statement does not see what another in front of it has just written",
        _JOINING,
        "if not (joins and is_joinable) or changed & tables_of(name):",
        "if not (joins and is_joinable):",
        (f"{_CONTRACT}::test_what_is_asked_together_is_answered_as_one_after_another",),
    ),
    Mutant(
        "trigger-forgotten",
        "what a trigger writes is read from before it was written",
        _JOINING,
        '{"orders": ("order_day",)}',
        "{}",
        ("tests/test_joining.py::test_what_a_trigger_writes_counts_as_written",),
    ),
    Mutant(
        "values-swapped",
        "of several rows in one statement each has the values of the first",
        _JOINING,
        "return [given[at][row][name] for at, row, name in self.values]",
        "return [given[at][0][name] for at, _, name in self.values]",
        (f"{_CONTRACT}::test_what_is_asked_together_is_answered_as_one_after_another",),
    ),
    Mutant(
        "nothing-undone",
        "a script goes back to a savepoint that was never set, and what it undoes stays",
        "bot/store/postgres/transactions.py",
        "            raise SavepointMissing(name)\n",
        "            return (), False\n",
        (f"{_CONTRACT}::test_what_is_behind_a_savepoint_is_undone_alone",),
    ),
    Mutant(
        "answer-of-another",
        "of many that ride in one run of a script, each is told what became of the first",
        "bot/store/gathering.py",
        "future.set_result(done.result()[at])",
        "future.set_result(done.result()[0])",
        (f"{_CONTRACT}::test_items_that_ride_are_given_to_one_script_and_each_is_answered",),
    ),
)
