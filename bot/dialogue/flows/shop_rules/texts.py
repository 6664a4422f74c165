"""What the shop says of paying, of itself and of whom to write to. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.acts.audit_log import audit, with_reason
from bot.dialogue.acts.kinds import ActKind, Two, Undoing, ask, begin, done, nobody
from bot.dialogue.acts.second import tell_owners
from bot.dialogue.acts.terms import DEFAULT
from bot.dialogue.context import Context, Deciding, Reply
from bot.domain.acts import Act, SetText, TextName
from bot.domain.people import Language
from bot.i18n import LANGUAGES, Voice
from bot.languages import LISTS
from bot.notices.layout import paragraphs
from bot.repositories.rules import rules_now, set_rule
from bot.store import Script

_TEXTS: Final[dict[str, TextName]] = {
    "payin": "pay_in",
    "pay_in": "pay_in",
    "pay-in": "pay_in",
    "help": "help",
    "contact": "contact",
    "closed": "closed",
}
_WHAT: Final[dict[TextName, str]] = {
    "pay_in": "text.pay_in",
    "help": "text.help",
    "contact": "text.contact",
    "closed": "text.closed",
}
_LANGUAGE: Final[dict[Language, str]] = {"fr": "text.fr", "en": "text.en"}


def text(ctx: Context, rest: str) -> Deciding:
    """`/text payin|help|contact|closed fr|en TEXT`; `default` for ours."""
    what, typed_language, words = (*rest.split(None, 2), "", "", "")[:3]
    name, words = _TEXTS.get(what.lower()), words.strip()
    language = next((each for each in LANGUAGES if each == typed_language.lower()), None)
    if name is None or language is None or not words:
        return Reply(ctx.t("admin.text.usage"))
    return (yield from begin(ctx, SetText(name, language, None if words.lower() == DEFAULT else words)))


def ask_text(ctx: Context, act: SetText, why: str) -> Deciding:
    """How it will look, and how it looks."""
    yield from ()
    t = ctx.t
    named = {"what": t(_WHAT[act.name]), "language": _language(t, act.language)}
    before = t("admin.text.before", words=_text_now(ctx, act) or t("admin.text.original"))
    if act.text is None:
        return ask(ctx, paragraphs(t("admin.text.ask_default", **named), before), act, why)
    text = paragraphs(t("admin.text.ask", **named), t.escaped(act.text), before, t("admin.text.at_once"))
    return ask(ctx, text, act, why)


def _text_now(ctx: Context, act: SetText) -> str:
    """The text as it is; empty for the catalogs' own."""
    shop = ctx.shop
    texts = {"pay_in": shop.pay_in, "help": shop.help_text, "contact": shop.contact, "closed": shop.closed}
    return texts[act.name].get(act.language, "")


def do_text(ctx: Context, act: SetText, why: str) -> Deciding:
    """Say it so from now on."""
    t = ctx.t
    yield from audit(ctx, "text", f"{act.name}:{act.language}", with_reason(act.text or DEFAULT, why))
    yield from ctx.write(set_rule(f"text:{act.name}:{act.language}", act.text))
    # A person who says where to pay can divert the money: all owners see the old text and the new one.
    before, by = _text_now(ctx, act), ctx.by
    yield from tell_owners(
        ctx,
        lambda voice: paragraphs(
            voice("admin.text.notice", by=by, what=voice(_WHAT[act.name]), language=_language(voice, act.language)),
            voice("admin.text.before", words=before or voice("admin.text.original")),
            voice("admin.text.after", words=act.text or voice("admin.text.original")),
        ),
    )
    return done(ctx, t("admin.text.done", what=t(_WHAT[act.name]), language=_language(t, act.language)))


def _language(t: Voice, language: Language) -> str:
    """`in French`; a language that the catalogs have no words for by its own name."""
    return t(_LANGUAGE[language]) if language in _LANGUAGE else LISTS[language].name


def _where_to_pay(ctx: Context, _: Act) -> Script[Two | None]:
    """What customers read of whom to pay and whom to write to."""
    yield from ()
    return Two("admin.two.text", "now")


def _rule_now(act: SetText) -> Script[str | None]:
    return dict((yield from rules_now())).get(f"text:{act.name}:{act.language}")


def _before(_: Context, act: SetText) -> Script[tuple[SetText, ...]]:
    return (replace(act, text=(yield from _rule_now(act))),)


def _now(_: Context, act: SetText) -> Script[str]:
    return str((yield from _rule_now(act)))


TEXT = ActKind(
    ask=ask_text,
    do=do_text,
    who="owner",
    touches=nobody,
    counts="two",
    because="who says where to pay can have the money: by two where there is another owner, and all owners read both "
    "texts",
    two=_where_to_pay,
    undoing=Undoing(inverse=_before, value=_now, sets=lambda act: frozenset({f"text:{act.name}:{act.language}"})),
)
