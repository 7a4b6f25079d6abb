"""The blueprint: what a pipeline *is*, in AWS's own words, and never what happens to it.

Every class here is one shape of AWS's pipeline structure (the ``pipeline`` part of ``get-pipeline``). All are
immutable and hashable, so a blueprint can be shared by every state that ever points to it. A field that the
declaration left out is ``None`` (or empty), so that ``to_aws`` can return exactly what was given to
``from_aws``; what AWS would fill in stands in a property with a plain name (``Action.order``,
``Pipeline.mode``).

Source of the shapes: botocore's service model, ``codepipeline/2015-07-09``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cp_teach.former_names import accept_former_keyword
from cp_teach.pipeline.interpretations import SUGGESTED, Readings
from cp_teach.pipeline.model.artifact_store import ArtifactStore as ArtifactStore
from cp_teach.pipeline.model.artifact_store import EncryptionKey as EncryptionKey
from cp_teach.pipeline.model.condition import Condition as Condition
from cp_teach.pipeline.model.condition import Conditions as Conditions
from cp_teach.pipeline.model.condition import Pairs as Pairs
from cp_teach.pipeline.model.condition import Rule as Rule
from cp_teach.pipeline.model.condition import RuleType as RuleType
from cp_teach.pipeline.model.trigger import GitFilter as GitFilter
from cp_teach.pipeline.model.trigger import Patterns as Patterns
from cp_teach.pipeline.model.trigger import Trigger as Trigger

if TYPE_CHECKING:  # networkx is heavy; only the type is wanted here
    import networkx

    from cp_teach.pipeline.violation import Breach

REFERENCE = re.compile(r"#\{([^.{}#\s]+)\.([^{}#\s]+)\}")
"""A reference to a variable in a value: ``#{namespace.key}``."""


@dataclass(frozen=True)
class ActionType:
    """Which kind of task an action is: category, owner, provider and version (AWS's ``actionTypeId``)."""

    category: str
    owner: str
    provider: str
    version: str = "1"

    def __str__(self) -> str:
        return f"{self.category}/{self.owner}/{self.provider}"


@dataclass(frozen=True)
class OutputArtifact:
    """An artifact that an action makes. ``files`` is for the Commands action only."""

    name: str
    files: tuple[str, ...] | None = None


@dataclass(frozen=True)
class EnvironmentVariable:
    """One environment variable of a Commands action."""

    name: str
    value: str
    type: str | None = None


@dataclass(frozen=True)
class Action:
    """A task performed on artifacts: one card in the picture.

    ``configuration`` is a tuple of (key, value) pairs; ``settings`` gives it as a dict.
    """

    name: str
    type: ActionType
    run_order: int | None = None
    configuration: Pairs | None = None
    inputs: tuple[str, ...] | None = None
    outputs: tuple[OutputArtifact, ...] | None = None
    role_arn: str | None = None
    region: str | None = None
    namespace: str | None = None
    timeout_in_minutes: int | None = None
    commands: tuple[str, ...] | None = None
    output_variables: tuple[str, ...] | None = None
    environment_variables: tuple[EnvironmentVariable, ...] | None = None

    @property
    def order(self) -> int:
        """The run order; AWS takes 1 where none is written."""
        return 1 if self.run_order is None else self.run_order

    @property
    def category(self) -> str:
        """Source, Build, Test, Deploy, Invoke, Approval or Compute."""
        return self.type.category

    @property
    def provider(self) -> str:
        """Who does the work: S3, CodeBuild, CodeDeploy, Manual, ..."""
        return self.type.provider

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the artifacts that it needs."""
        return self.inputs or ()

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the artifacts that it makes."""
        return tuple(artifact.name for artifact in self.outputs or ())

    @property
    def settings(self) -> dict[str, str]:
        """The configuration as a dict."""
        return dict(self.configuration or ())

    @cached_property
    def references(self) -> tuple[tuple[str, str], ...]:
        """The variables that it refers to as ``#{namespace.key}``: (namespace, key) pairs."""
        texts = [value for _, value in self.configuration or ()]
        texts += [*(self.commands or ()), *(v.value for v in self.environment_variables or ())]
        return tuple(pair for text in texts for pair in REFERENCE.findall(text))

    @cached_property
    def is_approval(self) -> bool:
        """True for AWS's manual approval, which a person answers rather than a worker."""
        return self.type.category == "Approval"


@dataclass(frozen=True)
class Blocker:
    """Reserved by AWS; kept so that nothing is lost on the way through."""

    name: str
    type: str


@dataclass(frozen=True)
class Stage:
    """A broad section of the pipeline: it holds one execution at a time and runs its actions in run order."""

    name: str
    actions: tuple[Action, ...]
    blockers: tuple[Blocker, ...] | None = None
    before_entry: Conditions | None = None
    on_success: Conditions | None = None
    on_failure: Conditions | None = None

    def __getitem__(self, name: str) -> Action:
        """The action of that name: ``stage["Compile"]``."""
        return self.actions[self.position[name]]

    @cached_property
    def _conditions(self) -> dict[str, tuple[tuple[Rule, ...], str]]:
        found = {}
        for kind, block in (
            ("BEFORE_ENTRY", self.before_entry),
            ("ON_SUCCESS", self.on_success),
            ("ON_FAILURE", self.on_failure),
        ):
            conditions = (block.conditions if block is not None else None) or ()
            rules = tuple(rule for condition in conditions for rule in condition.rules or ())
            if rules:
                found[kind] = (rules, next((c.result for c in conditions if c.result), "FAIL"))
        return found

    def rules(self, condition: str) -> tuple[Rule, ...]:
        """The rules of its BEFORE_ENTRY, ON_SUCCESS or ON_FAILURE condition; AWS takes one condition of each
        kind."""
        return self._conditions[condition][0] if condition in self._conditions else ()

    def result(self, condition: str) -> str:
        """What that condition leads to: FAIL, SKIP or ROLLBACK."""
        return self._conditions[condition][1] if condition in self._conditions else ""

    @cached_property
    def judges(self) -> bool:
        """True where it has a condition with rules."""
        return bool(self._conditions)

    @cached_property
    def rolls_back(self) -> bool:
        """True where a failure or a condition rolls the stage back by itself."""
        failing = self.on_failure.result if self.on_failure is not None else None
        return "ROLLBACK" in (failing, self.result("ON_SUCCESS"), self.result("ON_FAILURE"))

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each action stands in the declaration: name -> index."""
        return {action.name: index for index, action in enumerate(self.actions)}

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the actions that run in parallel, group after group by run order (gaps are harmless)."""
        orders = sorted({action.order for action in self.actions})
        return tuple(tuple(i for i, a in enumerate(self.actions) if a.order == order) for order in orders)


@dataclass(frozen=True)
class Variable:
    """A variable of the pipeline (V2): given at the start of an execution, or the default."""

    name: str
    default_value: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Pipeline:
    """The blueprint of a release process: stages in order, the transitions between them, and where
    artifacts lie.

    Make one from AWS's JSON with ``Pipeline.from_aws(d)``, or by hand::

        Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy")

    A pipeline that AWS would refuse can be held here but not made by ``from_aws``, which raises
    ``InvalidPipeline`` with every breach; ``check()`` lists them for one that was made by hand.
    """

    name: str
    stages: tuple[Stage, ...]
    role_arn: str = "arn:aws:iam::123456789012:role/AWS-CodePipeline-Service"
    artifact_store: ArtifactStore | None = None
    artifact_stores: tuple[tuple[str, ArtifactStore], ...] | None = None
    version: int | None = None
    execution_mode: str | None = None
    pipeline_type: str | None = None
    variables: tuple[Variable, ...] | None = None
    triggers: tuple[Trigger, ...] | None = None
    _hash: int = field(default=0, init=False, repr=False, compare=False)
    admitted: bool = field(default=False, init=False, repr=False, compare=False)
    """True for one that ``from_aws`` made: AWS would take it. A copy that was changed has to be checked again."""

    def __post_init__(self) -> None:
        values = tuple(getattr(self, f.name) for f in fields(self) if f.compare)
        object.__setattr__(self, "_hash", hash(values))

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Another process salts its hashes with another seed: a pickled hash would be a lie there.
        self.__dict__.update(state)
        self.__post_init__()

    def __hash__(self) -> int:
        # Every State points to its pipeline and is hashed when states are explored: the answer is kept.
        return self._hash

    # -- what AWS fills in ---------------------------------------------------------------------------------
    @property
    def mode(self) -> str:
        """SUPERSEDED (AWS's default), QUEUED or PARALLEL."""
        return self.execution_mode or "SUPERSEDED"

    @cached_property
    def locks(self) -> bool:
        """True in every mode but PARALLEL: a stage holds one execution at a time."""
        return self.mode != "PARALLEL"

    @cached_property
    def type(self) -> str:
        """V1 or V2. Where none is written: V2 if the pipeline has what only V2 has, else V1."""
        return self.pipeline_type or ("V2" if self._needs_v2 else "V1")

    @cached_property
    def _needs_v2(self) -> bool:
        from cp_teach.pipeline.rules.v2_feature_rules import needs_v2

        return needs_v2(self)

    # -- finding things ------------------------------------------------------------------------------------
    @cached_property
    def position(self) -> dict[str, int]:
        """Where each stage stands: name -> index."""
        return {stage.name: index for index, stage in enumerate(self.stages)}

    def __getitem__(self, name: str) -> Stage:
        """The stage of that name: ``pipeline["Build"]``."""
        return self.stages[self.position[name]]

    @property
    def sources(self) -> tuple[Action, ...]:
        """The source actions: where revisions come from."""
        return tuple(a for stage in self.stages[:1] for a in stage.actions if a.category == "Source")

    # -- AWS's JSON, the short form, the rules, the graph, each in a file of its own -----------------------
    @classmethod
    @accept_former_keyword("catalogue", "catalog")
    def from_aws(
        cls,
        declaration: Any,
        *,
        catalog: Literal["today", "course"] = "today",
        readings: Readings = SUGGESTED,
        region: str = "",
    ) -> Pipeline:
        """The pipeline that this JSON of ``get-pipeline`` or ``create-pipeline`` declares.

        ``declaration`` is the parsed JSON (a dict, with or without the outer ``pipeline`` key and
        ``metadata``). ``readings`` says how to read AWS's sources where they contradict each other. ``region`` is
        the pipeline's own; where it is not given, it is read off the declaration. Raises ``InvalidPipeline``, which
        lists every breach, when AWS would refuse it.
        """
        from cp_teach.pipeline.formats.json_codec import read
        from cp_teach.pipeline.rules import admit

        pipeline, breaches = read(declaration)
        return admit(pipeline, breaches, catalog, readings, region)

    @classmethod
    @accept_former_keyword("catalogue", "catalog")
    def from_cloudformation(
        cls,
        template: str | Path,
        logical_id: str = "",
        *,
        catalog: Literal["today", "course"] = "today",
        readings: Readings = SUGGESTED,
    ) -> Pipeline:
        """The pipeline in a CloudFormation template: the path of a YAML or JSON file, or its text.

        ``logical_id`` names the resource where there are several. Parameters take their defaults; what only a stack
        would know stays as ``${LogicalId}``. Raises ``BadTemplate`` (a ``ValueError``), or ``InvalidPipeline``.
        """
        from cp_teach.pipeline.formats.cloudformation import declaration

        return cls.from_aws(declaration(template, logical_id), catalog=catalog, readings=readings)

    def to_aws(self) -> dict[str, Any]:
        """The structure as AWS prints it: exactly what ``from_aws`` was given."""
        from cp_teach.pipeline.formats.json_codec import write

        return write(self)

    @classmethod
    def of(cls, name: str, **stages: Any) -> Pipeline:
        """Return the pipeline that one line of shorthand describes (``cp_teach.pipeline.formats.shorthand``)."""
        from cp_teach.pipeline.formats.shorthand import pipeline

        return pipeline(name, **stages)

    @accept_former_keyword("catalogue", "catalog")
    def check(
        self, *, catalog: Literal["today", "course"] = "today", readings: Readings = SUGGESTED
    ) -> list[Breach]:
        """Every rule of AWS that this pipeline breaks, and warnings; empty when there is nothing to say."""
        from cp_teach.pipeline.rules import check

        return check(self, catalog, readings)

    def graph(self) -> networkx.DiGraph[Any]:
        """Stages, actions, artifacts and transitions as one ``networkx.DiGraph`` to ask questions of."""
        from cp_teach.pipeline.graph import graph

        return graph(self)

    def __str__(self) -> str:
        return f"{self.name}: " + " → ".join(stage.name for stage in self.stages)

    def _repr_html_(self) -> str:
        from cp_teach.pipeline.formats.notebook_html import sheet

        return sheet(self)
