"""What is typed while a person is talked to is for that person, not for the dialogue. Pure.

Theory of operation. A session in a conversation (`Session.talking`) hands what is typed to the queue of those who
answer. Commands and buttons do what they always do. Where one of them asks something (a meter, an amount, a Confirm),
what is typed answers that question; so no PIN and no amount goes astray, and no “yes” for a person pays.
"""

from bot.dialogue.context import State
from bot.dialogue.session import Session


def is_for_person(session: Session, text: str, state: State) -> bool:
    """Whether a text is for the person that is talked to; `state` is where the session stands."""
    return session.talking > 0 and state.read_only and not text.startswith("/")
