"""Acts that an admin asked for and has not confirmed yet. Pure.

Every act asks for a Confirm that says what it will do. What was asked is kept as a value (`bot.domain.acts`); it is
decided again, from what is then in the books, when the Confirm comes. The key of a move of money is made when it is
asked for, so that two Confirms of one question are one move.

Beside the act stands the reason. It is what follows the arguments of the command, or what is typed at the Confirm; an
act that moves money has no Confirm until there is one. What was done, by whom and why goes to the audit log: a `do`
that does something writes exactly one line there (`audit`), and one that finds nothing to do writes none. It writes
through `ctx.write` and tells people through `ctx.tell`, so that it can be tried out where nothing may happen
(`ctx.staged`), and leaves nothing to be done after the commit.

Nobody decides what is their own affair: `put` and `undoing.carry_out`, through which every act is asked for and done,
look at that first, in the transaction of the asking and again in that of the doing.

An act on somebody else is confirmed by its button or by a word of its own, never by a bare "ok": that may be meant for
whatever else was on the screen. Any other command abandons the act, and says so.
"""

import re
from collections.abc import Callable
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from msgspec import Struct

from bot.dialogue.context import IDLE, Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.vocabulary import VOCABULARY
from bot.dialogue.pending import AwaitingConfirm
from bot.dialogue.session import Transition
from bot.domain.acts import Act
from bot.domain.people import Address, Role
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.layout import Rows, paragraphs
from bot.notices.person_names import about
from bot.repositories.acts import Interest, Touched
from bot.repositories.orders import find_order
from bot.repositories.person_names import called_as
from bot.store import Script
from bot.transactions.acts import interest_of

A = TypeVar("A")

MAX_WHY_CHARACTERS = 200
# A recharge code, or anything as long: the audit log is read by people who may not see one.
_CODE: Final = re.compile(r"\d(?:[ \-.]?\d){15,}")

_INTEREST: Final[dict[Interest, str]] = {
    "own": "admin.interest.own",
    "client": "admin.interest.client",
    "meter": "admin.interest.meter",
    "rule": "admin.interest.rule",
}
NOBODY: Final = Touched()


class Two(Struct, frozen=True):
    """Why an act takes a second person whatever it moves: the catalogs' key of that. `words` are the provider's own,
    kept with the reason. `self_approval` says what holds where nobody else may approve: it is done at once ("now"), its
    asker may confirm it alone after a day ("wait"), or it is not done at all ("never"). `who` is the role that the
    second person needs where it is more than the act's own.
    """

    key: str
    self_approval: Literal["now", "wait", "never"] = "wait"
    words: str = ""
    who: Role | None = None


class Undoing(Struct, Generic[A], frozen=True, kw_only=True):
    """How an act of a kind is undone. `inverse` are the acts that put back what there is before it is done; none where
    nothing could. `value` is what it sets, as it is now: an act is undone only while that is as it was left. `sets` are
    names of that: whoever set one of them later is named.
    """

    inverse: Callable[[Context, A], Script[tuple[Act, ...]]]
    value: Callable[[Context, A], Script[str]]
    sets: Callable[[A], frozenset[str]]


class ActKind(Struct, Generic[A], frozen=True, kw_only=True):
    """A kind of act: `ask` shows what an act would do and asks for the Confirm, `do` does it, `who` may. Both are given
    the reason.

    `touches` says whose affair an act is. `counts` says whether what it `moves` is added to what the person moved alone
    in a day ("sum"), whether it takes a second person as `two` says ("two"), both, or neither, and `because` why, for
    `docs/roles.md`. `moves` is how much an act moves, or puts at stake, from what is in the books now, in XOF; one that
    moves money needs a reason. `own_words` are the catalogs' keys of the words that confirm it, and `own_word` says
    which one, where it is not the first. Without any a plain yes will do.
    """

    ask: Callable[[Context, A, str], Deciding]
    do: Callable[[Context, A, str], Deciding]
    who: Role
    touches: Callable[[A], Touched]
    counts: Literal["sum", "two", "sum and two", "no"]
    because: str
    moves: Callable[[Context, A], Script[int]] | None = None
    two: Callable[[Context, A], Script[Two | None]] | None = None
    # Whether people may ask for it for themselves. Whoever it touches never approves it.
    of_oneself: bool = False
    own_words: tuple[str, ...] = ()
    own_word: Callable[[A], str] | None = None
    # None: it cannot be undone.
    undoing: Undoing[A] | None = None

    def put(self, ctx: Context, act: A, why: str) -> Deciding:
        """Ask for an act, unless it is the speaker's own affair."""
        own = yield from self.own_affair(ctx, act)
        return own if own is not None else (yield from self.question(ctx, act, why))

    def question(self, ctx: Context, act: A, why: str) -> Deciding:
        """Show what an act would do, and what whoever it touches is called."""
        ctx.about = yield from self._about(ctx, act)
        return (yield from self.ask(ctx, act, why))

    def _about(self, ctx: Context, act: A) -> Script[Safe | None]:
        touched = self.touches(act)
        address = touched.address
        if address is None and touched.order and (order := (yield from find_order(touched.order))) is not None:
            address = order.address
        return None if address is None else about(ctx.t, (yield from called_as(address)))

    def own_affair(self, ctx: Context, act: A) -> Script[Reply | None]:
        """Why the speaker may not ask for an act or do it; None when they may."""
        if self.of_oneself:
            return None
        return (yield from self.not_theirs(ctx, act))

    def not_theirs(self, ctx: Context, act: A) -> Script[Reply | None]:
        """Why an act is not for the speaker to approve or to refuse; None when it is."""
        interest = yield from self.interest_of(ctx.unit.address, act)
        return None if interest is None else Reply(ctx.t(_INTEREST[interest]))

    def interest_of(self, whose: Address, act: A) -> Script[Interest | None]:
        """Why an act is somebody's own affair; None when it is not."""
        touched = self.touches(act)
        if touched == NOBODY:
            return None
        return (yield from interest_of(whose, touched))

    def word(self, act: A) -> str | None:
        """The catalogs' key of the word that confirms an act; None where a plain yes will do."""
        if self.own_word is not None:
            return self.own_word(act)
        return self.own_words[0] if self.own_words else None


# The kind of an act whose type is not known here; its `ask` and `do` take no other.
AnyKind: TypeAlias = ActKind[Any]


def kind_of(ctx: Context, act: Act) -> AnyKind:
    """The kind of an act."""
    return ctx.flows.acts[type(act)]


def nobody(_: Act) -> Touched:
    """For acts that concern everybody alike."""
    return NOBODY


def reason(text: str) -> str:
    """A reason as it is kept: one line, of some length, without recharge codes."""
    line = _CODE.sub(lambda code: f"…{code[0][-4:]}", " ".join(text.split()))
    return line if len(line) <= MAX_WHY_CHARACTERS else line[: MAX_WHY_CHARACTERS - 1] + "…"


def begin(ctx: Context, act: Act, why: str = "") -> Deciding:
    """Ask for the act that a command made, with the reason that came along."""
    return (yield from kind_of(ctx, act).put(ctx, act, reason(why)))


def is_own_word(ctx: Context, act: Act, typed: str) -> bool:
    """Whether a folded text is the own word of an act, in either language, alone or after a yes."""
    key = kind_of(ctx, act).word(act)
    return key is not None and _says(ctx, key, typed)


def is_anothers_word(ctx: Context, typed: str) -> bool:
    """Whether a folded text is the own word of some act."""
    return any(_says(ctx, key, typed) for kind in ctx.flows.acts.values() for key in kind.own_words)


def _says(ctx: Context, key: str, typed: str) -> bool:
    first, _, rest = typed.partition(" ")
    yes = VOCABULARY.get(first)
    said = rest if rest and yes is not None and yes.name == "confirm" else typed
    return any(said == fold(voice.label(key)) for voice in ctx.shop.words.values())


def ask(
    ctx: Context,
    text: Safe,
    act: Act,
    why: str,
    *,
    must: bool = False,
    label: str = "button.do",
    leave: str = "button.cancel",
) -> Transition:
    """Ask for the Confirm of an act, by the button of that `label`; that of `leave` leaves all as it is.

    One that `must` have a reason is asked for it first.
    """
    reason_line = None
    if not ctx.undoes:
        reason_line = ctx.t("admin.why", why=why) if why else ctx.t("admin.why_must" if must else "admin.why_may")
    cancel, key = ctx.button(leave, "cancel"), kind_of(ctx, act).word(act)
    rows: Rows = ((cancel,),) if must and not why else ((ctx.button(label, "do"), cancel),)
    how = None
    if key is not None and not ctx.staged and (why or not must):
        how = ctx.t("admin.own_word", button=ctx.t.label(label).partition(" ")[2], word=ctx.t(key))
    awaiting = AwaitingConfirm(act, why)
    return ctx.ask(
        "admin_confirm", paragraphs(text, ctx.about, reason_line, how), rows, base=ctx.afresh(), pending=awaiting
    )


def done(ctx: Context, text: Safe, rows: Rows = ()) -> Transition:
    """Say that an act was done: nothing waits for a Confirm any more."""
    return ctx.ask(IDLE, text, (*rows, home_row(ctx)), base=ctx.afresh())
