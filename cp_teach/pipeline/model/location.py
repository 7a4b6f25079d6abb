"""A place in a pipeline, told twice: as a reader says it and as AWS's member path says it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cp_teach.pipeline.violation import Breach


@dataclass(frozen=True)
class Place:
    """Where something stands: ``stage Build, action Compile`` and
    ``pipeline.stages.2.member.actions.1.member``.

    AWS counts the members of a list from one.

    >>> place = Place().member("stages").item(1).called("stage", "Build")
    >>> place.where
    'stage Build'
    >>> place.member("name").path
    'pipeline.stages.2.member.name'
    """

    path: str = "pipeline"
    words: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The place as a reader says it."""
        return ", ".join(self.words) or "pipeline"

    def member(self, name: str) -> Place:
        """The member of that name in AWS's structure; a reader stays where she is."""
        return replace(self, path=f"{self.path}.{name}")

    def item(self, index: int) -> Place:
        """The index-th member of a list (from zero, as in Python)."""
        return replace(self, path=f"{self.path}.{index + 1}.member")

    def called(self, noun: str, name: object = "") -> Place:
        """The same place with one more word for the reader."""
        return replace(self, words=(*self.words, f"{noun} {name}".strip()))

    def stage(self, index: int, name: str) -> Place:
        """The index-th stage of the pipeline."""
        return self.member("stages").item(index).called("stage", name or index + 1)

    def action(self, index: int, name: str) -> Place:
        """The index-th action of the stage that this is."""
        return self.member("actions").item(index).called("action", name or index + 1)

    # -- breaches told from here ---------------------------------------------------------------------------
    def error(self, exception: str, message: str, todo: str) -> Breach:
        """A breach for which AWS refuses the pipeline."""
        return Breach("error", exception, message, self.where, self.path, todo)

    def warning(self, exception: str, message: str, todo: str) -> Breach:
        """Something to look at again, which AWS lets pass."""
        return Breach("warning", exception, message, self.where, self.path, todo)

    def structure(self, message: str, todo: str) -> Breach:
        """The pipeline as a whole is not right."""
        return self.error("InvalidStructureException", message, todo)

    def in_stage(self, message: str, todo: str) -> Breach:
        """A stage is not right."""
        return self.error("InvalidStageDeclarationException", message, todo)

    def in_action(self, message: str, todo: str) -> Breach:
        """An action is not right."""
        return self.error("InvalidActionDeclarationException", message, todo)

    def constraint(self, value: object, must: str, todo: str) -> Breach:
        """AWS's front-end check of a single value. A missing one has no value to quote."""
        shown = "Value" if value is None else f"Value '{value}'"
        message = (
            f"1 validation error detected: {shown} at '{self.path}' "
            f"failed to satisfy constraint: Member must {must}"
        )
        return self.error("ValidationException", message, todo)
