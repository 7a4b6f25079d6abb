"""The shorthand for a pipeline: each stage names its providers, and everything else is filled in.

>>> from cp_teach.pipeline import Pipeline
>>> shop = Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy")
>>> shop.check()
[]
>>> shop["Build"]["CodeBuild"].input_names, shop["Beta"]["CodeDeploy"].input_names
(('SourceOutput',), ('BuildOutput',))

**Stages.** A stage is a text:

- ``"CodeBuild"``: one action of that provider, with its name (an approval is called ``Approve``);
- ``"Compile:CodeBuild"``: the action has its own name;
- ``"Test/CodeBuild"`` or ``"Custom/Jenkins"``: the category, the owner, or both;
- ``"A and B"``: the actions run in parallel, with the same run order;
- ``"A then B"``: the actions run one after the other, with increasing run orders.

A stage can also be a list (its items run in parallel; the item ``"then"`` begins the next run order), a dict
``{name: provider}`` (its actions run in parallel), or an ``Action``. Lists can contain ``Action`` objects.

>>> shop = Pipeline.of(
...     "shop",
...     Source="CodeCommit",
...     Build="Compile:CodeBuild then UnitTests:Test/CodeBuild and Lint:Test/CodeBuild",
...     Beta="CodeDeploy",
...     Prod=["Manual", "then", "CodeDeploy"],
...     mode="QUEUED",
... )
>>> [(action.name, action.order) for action in shop["Build"].actions]
[('Compile', 1), ('UnitTests', 2), ('Lint', 2)]
>>> shop["Prod"].groups, shop.mode, shop.type, shop.check()
(((0,), (1,)), 'QUEUED', 'V2', [])

**Artifacts** are connected automatically. Each source and each build produces one. Builds and tests consume all outputs
of the last sources or builds, a deployment consumes the first one, and other actions consume none. A CodeBuild or
Jenkins action is a test, and produces nothing, if its stage or its name begins or ends with ``Test``.

**Settings** are in lower case: ``mode`` (SUPERSEDED, QUEUED, PARALLEL), ``type`` (V1, V2), ``variables`` (a dict of
names and defaults, None for no default), ``role``, ``bucket``, and ``catalog`` ("today", "course"). A V2 feature makes
it a V2 pipeline. A stage whose name is not a Python identifier goes into a dict:
``Pipeline.of("shop", **{"Source": "S3", "Pre-Prod": "CodeDeploy"})``.
"""

from __future__ import annotations

import difflib
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from cp_teach.pipeline import catalogs
from cp_teach.pipeline.catalogs import Catalog, Provider
from cp_teach.pipeline.formats.schema import CATEGORIES, OWNERS
from cp_teach.pipeline.model.action import Action, OutputArtifact
from cp_teach.pipeline.model.declaration import ArtifactStore, PipelineDeclaration, Variable
from cp_teach.pipeline.model.stage import Stage

# Check a run of spaces only from its first space; a search from each space would take quadratic time.
THEN, AND = re.compile(r"(?<!\s)\s+then\s+"), re.compile(r"(?<!\s)\s+and\s+")
PRODUCERS = ("Source", "Build", "Compute")
"""The categories whose actions produce an artifact for later actions."""
SETTINGS = ("mode", "type", "variables", "role", "bucket", "catalog")


P = TypeVar("P", bound=PipelineDeclaration)


def expand(make: type[P], name: str, **stages: Any) -> P:
    """Return the pipeline with these stages as an instance of ``make``; the module's docstring explains the syntax."""
    if "catalogue" in stages:  # the former spelling
        stages["catalog"] = stages.pop("catalogue")
    settings = {word: stages.pop(word) for word in SETTINGS if word in stages}
    catalog = catalogs.catalog(settings.get("catalog", "today"))
    role = settings.get("role", PipelineDeclaration.__dataclass_fields__["role_arn"].default)
    # The console appends ten random digits to the bucket's name; here they depend only on the pipeline's name.
    digits = f"{zlib.crc32(name.encode()):010d}"
    variables = settings.get("variables")
    mode, kind = settings.get("mode"), settings.get("type")
    if kind is None and (variables or mode in ("QUEUED", "PARALLEL")):
        kind = "V2"
    builder = StageBuilder(name, catalog)
    return make(
        name=name,
        stages=tuple(
            builder.stage(title, text, first=index == 0) for index, (title, text) in enumerate(stages.items())
        ),
        role_arn=role,
        artifact_store=ArtifactStore(settings.get("bucket", f"codepipeline-{catalog.home}-{digits}")),
        execution_mode=mode,
        pipeline_type=kind,
        variables=tuple(Variable(key, value) for key, value in variables.items()) if variables else None,
    )


@dataclass(frozen=True)
class ActionSpec:
    """The parsed shorthand of one action; "" for a part that is not given."""

    name: str
    provider: str
    category: str = ""
    owner: str = ""


@dataclass
class StageBuilder:
    """Builds one stage after the other, and connects their artifacts."""

    pipeline: str
    catalog: Catalog
    available: tuple[str, ...] = ()
    """The outputs of the last sources or builds."""
    used_names: set[str] = field(default_factory=set)

    def stage(self, title: str, shorthand: Any, first: bool) -> Stage:
        """Return the next stage."""
        names: set[str] = set()
        actions: list[Action] = []
        for order, group in enumerate(parse_stage(shorthand), start=1):
            outputs: list[str] = []
            alone = len(group) == 1
            for item in group:
                action = (
                    item if isinstance(item, Action) else self.action(title, item, first, order, names, alone)
                )
                names.add(action.name)
                actions.append(action)
                if action.category in PRODUCERS:
                    outputs += action.output_names
            # Only the next group can consume the outputs of this group.
            self.available = tuple(outputs) or self.available
        return Stage(title, tuple(actions))

    def action(
        self, stage: str, spec: ActionSpec, first: bool, order: int, names: set[str], alone: bool
    ) -> Action:
        """Return an action with its configuration and its artifacts."""
        provider, category = self.choose(stage, spec, first)
        name = unique(spec.name or ("Approve" if category == "Approval" else spec.provider), names)
        outputs: tuple[str, ...] = ()
        if provider.outputs[0] or (category in PRODUCERS and provider.outputs[1]):
            base = name if spec.name or not alone or f"{stage}Output" in self.used_names else stage
            outputs = (unique(re.sub(r"[^A-Za-z0-9_-]", "", base) + "Output", self.used_names),)
            self.used_names.update(outputs)
        least, most = provider.inputs
        count = (
            most
            if category in ("Build", "Test", "Compute")
            else least or int(provider.provider == "CloudFormation")
        )
        inputs = self.available[:count]
        values = {"pipeline": self.pipeline, "stage": stage, "action": name, "input": next(iter(inputs), "")}
        settings = [(key, text.format(**values)) for key, text in provider.example]
        if provider.provider == "CodeBuild" and len(inputs) > 1:
            settings.append(("PrimarySource", inputs[0]))
        return Action(
            name,
            provider.type(category),
            order,
            configuration=tuple(settings),
            inputs=inputs,
            outputs=tuple(OutputArtifact(artifact) for artifact in outputs),
            commands=("make",) if provider.provider == "Commands" else None,
        )

    def choose(self, stage: str, spec: ActionSpec, first: bool) -> tuple[Provider, str]:
        """Return the provider and the category that the shorthand means in this stage."""
        rows = [
            row
            for row in self.catalog.find_by_name(spec.provider)
            if spec.owner in ("", row.owner) and (not spec.category or spec.category in row.categories)
        ]
        if not rows and spec.owner == "Custom":
            custom = Provider(
                spec.provider, ("Build", "Test"), "Custom", (0, 5), (0, 5), "loose", "custom action"
            )
            return custom, spec.category or "Build"
        if not rows:
            raise ValueError(self.unknown_provider(stage, spec))
        # S3 is a source provider in the first stage, and a deploy provider in others.
        fitting = [row for row in rows if ("Source" in row.categories) == first]
        row = (fitting or rows)[0]
        tests = [row for row in fitting or rows if "Test" in row.categories and not spec.category]
        if tests and any(re.match(r"Tests?\b|Test[A-Z]|.*Tests?$", word) for word in (stage, spec.name)):
            return tests[0], "Test"
        return row, spec.category or row.category

    def unknown_provider(self, stage: str, spec: ActionSpec) -> str:
        """Return the message for a provider that is not in the catalog."""
        names = sorted({row.provider for row in self.catalog.providers})
        close = difflib.get_close_matches(spec.provider, names, 1, 0.5)
        hint = f"Did you mean {close[0]!r}?" if close else f"The providers are: {', '.join(names)}."
        text = "/".join(word for word in (spec.category, spec.owner, spec.provider) if word)
        custom = f"For your own provider, write 'Custom/{spec.provider}'."
        return f"Stage {stage}: there is no provider {text!r}. {hint} {custom}"


def unique(name: str, used: Iterable[str]) -> str:
    """Return the name, with a number if it is already used: CodeBuild, CodeBuild2, ..."""
    names = set(used)
    return next(n for n in (name, *(f"{name}{i}" for i in range(2, 1000))) if n not in names)


def parse_stage(shorthand: Any) -> list[list[ActionSpec | Action]]:
    """Return the groups of actions that run in parallel, in order.

    >>> [[spec.provider for spec in group] for group in parse_stage("Manual then S3 and ECS")]
    [['Manual'], ['S3', 'ECS']]
    """
    match shorthand:
        case Action():
            return [[shorthand]]
        case str():
            return [
                [parse_action(word) for word in AND.split(part)] for part in THEN.split(shorthand.strip())
            ]
        case Mapping():
            return [[replace(parse_action(text), name=str(name)) for name, text in shorthand.items()]]
        case list() | tuple():
            return _parse_items(shorthand)
    raise TypeError(
        f"A stage is a text, a list, a dict or an Action, not {type(shorthand).__name__}: {shorthand!r}"
    )


def _parse_items(items: Iterable[Any]) -> list[list[ActionSpec | Action]]:
    groups: list[list[ActionSpec | Action]] = [[]]
    for item in items:
        if item == "then":
            groups.append([])
            continue
        parsed = parse_stage(item)
        if len(parsed) > 1:
            raise ValueError(f"{item!r}: in a list, write 'then' as a separate item.")
        groups[-1] += parsed[0]
    return [group for group in groups if group]


def parse_action(text: str) -> ActionSpec:
    """Parse ``[Name:][Category/][Owner/]Provider``."""
    name, colon, rest = text.strip().rpartition(":")
    *kinds, provider = (part.strip() for part in rest.split("/"))
    category = next((kind for kind in kinds if kind in CATEGORIES), "")
    owner = next((kind for kind in kinds if kind in OWNERS), "")
    unknown = [kind for kind in kinds if kind not in (category, owner)]
    if unknown or not provider or (colon and not name.strip()):
        choices = f"{', '.join(CATEGORIES)} or {', '.join(OWNERS)}"
        raise ValueError(
            f"{text!r}: write [Name:][Category/][Owner/]Provider; before the slash, use one of {choices}."
        )
    return ActionSpec(name.strip(), provider, category, owner)
