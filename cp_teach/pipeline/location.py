"""The location of a value in a pipeline: as words for a reader, and as AWS's member path."""

from __future__ import annotations

from dataclasses import dataclass, replace

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

    def member(self, name: str) -> Location:
        """Return the member of that name in AWS's structure; the words do not change."""
        return replace(self, path=f"{self.path}.{name}")

    def item(self, index: int) -> Location:
        """Return the list member with this index, which starts at 0 as in Python."""
        return replace(self, path=f"{self.path}.{index + 1}.member")

    def called(self, noun: str, name: object = "") -> Location:
        """Return the same location with one more noun in words."""
        return replace(self, nouns=(*self.nouns, f"{noun} {name}".strip()))

    def stage(self, index: int, name: str) -> Location:
        """Return the stage with this index."""
        return self.member("stages").item(index).called("stage", name or index + 1)

    def action(self, index: int, name: str) -> Location:
        """Return the action with this index in the stage at this location."""
        return self.member("actions").item(index).called("action", name or index + 1)

    # -- violations at this location -----------------------------------------------------------------------
    def error(self, exception: str, message: str, todo: str) -> Violation:
        """Return a violation for which AWS refuses the pipeline."""
        return Violation("error", exception, message, self.where, self.path, todo)

    def warning(self, exception: str, message: str, todo: str) -> Violation:
        """Return a problem that AWS accepts."""
        return Violation("warning", exception, message, self.where, self.path, todo)

    def structure(self, message: str, todo: str) -> Violation:
        """Return a violation of the pipeline as a whole."""
        return self.error("InvalidStructureException", message, todo)

    def in_stage(self, message: str, todo: str) -> Violation:
        """Return a violation in a stage."""
        return self.error("InvalidStageDeclarationException", message, todo)

    def in_action(self, message: str, todo: str) -> Violation:
        """Return a violation in an action."""
        return self.error("InvalidActionDeclarationException", message, todo)

    def constraint(self, value: object, must: str, todo: str) -> Violation:
        """Return the violation of a constraint on a single value; ``value`` is None for a missing one."""
        quoted = "Value" if value is None else f"Value '{value}'"
        message = (
            f"1 validation error detected: {quoted} at '{self.path}' "
            f"failed to satisfy constraint: Member must {must}"
        )
        return self.error("ValidationException", message, todo)
