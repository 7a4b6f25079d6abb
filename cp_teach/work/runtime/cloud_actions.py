"""Find the actions that need AWS services beside the pipeline: CloudFormation stacks, and Lambda functions with code.

This starts none of these services, so a pipeline that needs none does not load them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from cp_teach.pipeline import Pipeline
from cp_teach.work.workers.lambda_function import HANDLER

CLOUDFORMATION, LAMBDA = "CloudFormation", "Lambda"


class FunctionCode(NamedTuple):
    """The code of a Lambda function: a Python file or a folder, and its handler "module.function"."""

    path: Path
    handler: str


def parse_function_code(location: str | Path, folders: Iterable[Path] = ()) -> FunctionCode:
    """The code at ``PATH`` or ``PATH:module.function``; a relative path is also searched in ``folders``.

    The default handler is ``lambda_handler`` in that file, or in the module ``lambda_function`` of a folder. Raises
    ``ValueError`` if there is no such code.
    """
    text, colon, handler = str(location).rpartition(":")
    if not (colon and HANDLER.fullmatch(handler)):
        text, handler = str(location), ""
    bases = [base for base in (Path(), *folders) if (base / text).exists()]
    if not (text and bases):
        raise ValueError(
            f"There is no code at {text}. Give a Python file or a folder, here or in the repository's folder, "
            "as in functions/smoke.py:smoke.handler."
        )
    path = _resolve(text, bases[0])
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
    return FunctionCode(path, handler)


def _resolve(text: str, base: Path) -> Path:
    """The real path of code. A path that was given relative to ``base`` must stay below it, because an untrusted
    repository can contain a link to any of your folders."""
    path = (base / text).resolve()
    below = not Path(text).is_absolute() and ".." not in Path(text).parts
    if below and not path.is_relative_to(base.resolve()):
        raise ValueError(f"{text} is a link that leads to {path}. Give that path, if that is intended.")
    return path


def cloud_actions(pipeline: Pipeline, functions: Mapping[str, FunctionCode]) -> dict[str, str]:
    """The actions that these services carry out: "Stage/Action" -> CloudFormation or Lambda.

    Actions of a function without code are not included. Raises ``ValueError`` for the code of a function that no
    action invokes.
    """
    actions = [
        (f"{stage.name}/{action.name}", action) for stage in pipeline.stages for action in stage.actions
    ]
    invoked = [action.settings.get("FunctionName", "") for _, action in actions if action.provider == LAMBDA]
    unknown = [name for name in functions if name not in invoked]
    if unknown and not any(
        "#{" in name for name in invoked
    ):  # a variable's value is known when the action runs
        names = ", ".join(dict.fromkeys(invoked)) or "none"
        raise ValueError(f"No action invokes a function {unknown[0]}. The pipeline invokes: {names}.")
    bases = {}
    for place, action in actions:
        name = action.settings.get("FunctionName", "")
        if action.category == "Deploy" and action.provider == CLOUDFORMATION:
            bases[place] = CLOUDFORMATION
        elif (action.category, action.provider) == ("Invoke", LAMBDA) and (
            name in functions or (functions and "#{" in name)
        ):
            bases[place] = LAMBDA
    return bases
