"""The location of a value in a pipeline: as words for a reader, and as AWS's member path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from cp_teach.pipeline.model.action import Action
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.model.stage import Stage
from cp_teach.pipeline.violation import Violation


@dataclass(frozen=True)
class Location:
    """A location: ``stage Build, action Compile`` and ``pipeline.stages.2.member.actions.1.member``.

    AWS counts the members of a list from 1.

    >>> location = Location().member("stages").item(1).called("stage", "Build")
    >>> location.where
    'stage Build'
    >>> location.member("name").path
    'pipeline.stages.2.member.name'
    """

    path: str = "pipeline"
    nouns: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The location in words, such as ``stage Build, action Compile``."""
        return ", ".join(self.nouns) or "pipeline"

    def member(self, *names: str) -> Location:
        """Return the member of that name in AWS's structure, or of these names in turn; the words do not change."""
        return replace(self, path=".".join((self.path, *names)))

    def item(self, index: int) -> Location:
        """Return the list member with this index, which starts at 0 as in Python."""
        return replace(self, path=f"{self.path}.{index + 1}.member")

    def called(self, noun: str, name: object = "") -> Location:
        """Return the same location with one more noun in words; an empty noun adds none."""
        return replace(self, nouns=(*self.nouns, f"{noun} {name}".strip())) if noun else self

    # -- violations at this location: AWS accepts the pipeline in spite of a ``warning`` --------------------
    def structure(self, message: str, todo: str, *, warning: bool = False) -> Violation:
        """Return a violation of the pipeline as a whole."""
        return self._violation("InvalidStructureException", message, todo, warning)

    def in_stage(self, message: str, todo: str, *, warning: bool = False) -> Violation:
        """Return a violation in a stage."""
        return self._violation("InvalidStageDeclarationException", message, todo, warning)

    def in_action(self, message: str, todo: str, *, warning: bool = False) -> Violation:
        """Return a violation in an action."""
        return self._violation("InvalidActionDeclarationException", message, todo, warning)

    def constraint(self, value: object, must: str, todo: str, *, warning: bool = False) -> Violation:
        """Return the violation of a constraint on a single value; ``value`` is None for a missing one.

        AWS's message does not quote the value (recorded on AWS, 2026), so the advice does.
        """
        return self._constraint(f"Member must {must}", _quoting(value, todo), warning)

    def _constraint(self, must: str, todo: str, warning: bool = False) -> Violation:
        message = f"1 validation error detected: Value at '{self.path}' failed to satisfy constraint: {must}"
        return self._violation("ValidationException", message, todo, warning)

    def map_constraint(self, must: str, todo: str) -> Violation:
        """Return the violation of a constraint on the keys or the values of a map."""
        return self._constraint(must, todo)

    def _violation(self, exception: str, message: str, todo: str, warning: bool) -> Violation:
        return Violation("warning" if warning else "error", exception, message, self.where, self.path, todo)


def _quoting(value: object, todo: str) -> str:
    return todo if value is None or value == "" else f"The value is '{value}'. {todo}"


class PlacedAction(NamedTuple):
    """An action, the stage that it is in, and its location."""

    action: Action
    stage: Stage
    location: Location
    stage_index: int
    position: int
    """The index of the action in the stage."""


def placed_stages(pipeline: PipelineDeclaration) -> Iterator[tuple[Stage, Location]]:
    """Yield each stage with its location."""
    for index, stage in enumerate(pipeline.stages):
        yield stage, Location().member("stages").item(index).called("stage", stage.name or index + 1)


def placed_actions(pipeline: PipelineDeclaration) -> Iterator[PlacedAction]:
    """Yield each action with its location, stage after stage."""
    for index, (stage, location) in enumerate(placed_stages(pipeline)):
        for position, action in enumerate(stage.actions):
            place = location.member("actions").item(position).called("action", action.name or position + 1)
            yield PlacedAction(action, stage, place, index, position)
