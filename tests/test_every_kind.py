"""Nothing that the dialogue may want or hear is left without somebody who answers it."""

import inspect
from typing import get_args

from bot.dialogue.flows import REGISTRY
from bot.dialogue.tasks import Answered, Inquire, Task
from bot.engine.task_runner import TaskRunner


def test_every_task_is_run():
    run = inspect.getsource(TaskRunner.run)
    for kind in set(get_args(Task)) - {Inquire}:
        assert f"case {kind.__name__}(" in run, kind


def test_every_answer_leads_somewhere():
    assert set(get_args(Answered)) == set(REGISTRY.answers)
