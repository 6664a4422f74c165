"""Nothing that the dialogue may want or hear is left without somebody who answers it."""

import inspect

from bot.dialogue.effects import Effect
from bot.dialogue.registry import REGISTRY
from bot.dialogue.tasks import Answered, Errand, Inquire
from bot.engine import Engine
from bot.remembering.deeds import DEEDS


def kinds_of(root: type) -> set[type]:
    """Every kind of a thing that is no mere group of kinds."""
    below: list[type] = root.__subclasses__()
    return {kind for group in below for kind in kinds_of(group)} if below else {root}


def test_every_effect_is_carried_out_and_every_errand_is_run():
    errands = kinds_of(Errand)
    assert kinds_of(Effect) - errands == set(DEEDS)
    run = inspect.getsource(Engine._run)
    for kind in errands - {Inquire}:
        assert f"case {kind.__name__}(" in run, kind


def test_every_answer_leads_somewhere():
    assert kinds_of(Answered) == set(REGISTRY.answers)
