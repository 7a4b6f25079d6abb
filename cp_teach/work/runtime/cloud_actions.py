"""What of a pipeline needs AWS's own services beside it: CloudFormation's stacks, and functions whose code we have.

It is found out here without any of those services, so that a pipeline that needs none does not load them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from cp_teach.pipeline import Action, Pipeline
from cp_teach.work.workers.lambda_function import HANDLER

CLOUDFORMATION, LAMBDA = "CloudFormation", "Lambda"


class Code(NamedTuple):
    """The code of a Lambda function: a Python file or a folder of them, and "module.function" in it."""

    path: Path
    handler: str


def code(said: str | Path, folders: Iterable[Path] = ()) -> Code:
    """The code that ``PATH`` or ``PATH:module.function`` means; a path that is not here is looked for in ``folders``.

    Without a handler it is ``lambda_handler``, in that file, or in the ``lambda_function`` of a folder. Raises
    ``ValueError`` where there is no such code.
    """
    text, colon, handler = str(said).rpartition(":")
    if not (colon and HANDLER.fullmatch(handler)):
        text, handler = str(said), ""
    found = [base for base in (Path(), *folders) if (base / text).exists()]
    if not (text and found):
        raise ValueError(
            f"There is no code at {text}. Give a Python file or a folder, here or in the repository's folder, "
            "as in functions/smoke.py:smoke.handler."
        )
    path = _inside(text, found[0])
    single = path.is_file()
    handler = handler or f"{path.stem if single else 'lambda_function'}.lambda_handler"
    module, _, _ = handler.rpartition(".")
    if single and module != path.stem:
        raise ValueError(
            f"{text} is the module {path.stem}: write {text}:{path.stem}.function, not {handler}."
        )
    inside = path / module.replace(".", "/")
    if not (single or inside.with_suffix(".py").is_file() or inside.is_dir()):
        raise ValueError(f"The folder {text} has no module {module}. Write {text}:module.function.")
    return Code(path, handler)


def _inside(text: str, base: Path) -> Path:
    """The real path of code. One that was given as a path below the folder ``base`` must be there: a stranger's
    repository can hold a link to any folder of yours."""
    path = (base / text).resolve()
    below = not Path(text).is_absolute() and ".." not in Path(text).parts
    if below and not path.is_relative_to(base.resolve()):
        raise ValueError(f"{text} is a link that leads to {path}. Give that path, if you mean it.")
    return path


def functions_of(pipeline: Pipeline) -> list[str]:
    """The names of the Lambda functions that a pipeline invokes, as its actions write them."""
    names = [
        each.settings.get("FunctionName", "") for _, each in _actions(pipeline) if each.provider == LAMBDA
    ]
    return list(dict.fromkeys(names))


def cloud(pipeline: Pipeline, functions: Mapping[str, Code]) -> dict[str, str]:
    """The actions that these services work on: "Stage/Action" -> CloudFormation or Lambda.

    Of a function whose code nobody has given, the action is not among them. Raises ``ValueError`` for code of a
    function that no action invokes.
    """
    invoked = functions_of(pipeline)
    # A name with a variable in it is known only when the action runs.
    if strange := [
        name for name in functions if name not in invoked and not any("#{" in one for one in invoked)
    ]:
        raise ValueError(
            f"No action invokes a function {strange[0]}. The pipeline invokes: {', '.join(invoked) or 'none'}."
        )
    found = {}
    for place, action in _actions(pipeline):
        name = action.settings.get("FunctionName", "")
        if action.category == "Deploy" and action.provider == CLOUDFORMATION:
            found[place] = CLOUDFORMATION
        elif (action.category, action.provider) == ("Invoke", LAMBDA) and (
            name in functions or (functions and "#{" in name)
        ):
            found[place] = LAMBDA
    return found


def _actions(pipeline: Pipeline) -> list[tuple[str, Action]]:
    return [(f"{stage.name}/{each.name}", each) for stage in pipeline.stages for each in stage.actions]
