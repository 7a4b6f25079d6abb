"""A pipeline in one line: each stage says its providers, and everything else is filled in.

>>> from cp_teach.pipeline import Pipeline
>>> shop = Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy")
>>> shop.check()
[]
>>> shop["Build"]["CodeBuild"].input_names, shop["Beta"]["CodeDeploy"].input_names
(('SourceOutput',), ('BuildOutput',))

**The little language.** A stage is one text:

- ``"CodeBuild"``: one action of that provider, called after it (an approval is called ``Approve``);
- ``"Compile:CodeBuild"``: the action gets a name of its own;
- ``"Test/CodeBuild"`` or ``"Custom/Jenkins"``: the category, the owner, or both, where one must be told
  apart;
- ``"A and B"``: in parallel, they have the same run order;
- ``"A then B"``: one after the other, the run order rises.

Instead of a text, a stage may be a list (its items run in parallel, the item ``"then"`` begins the next run
order), a dict ``{name: provider}`` (in parallel, too), or hold ready-made ``Action`` objects.

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

**Artifacts** are wired without a word. Each source and each build makes one. Builds and tests eat
everything that the last sources or builds made, a deployment eats the first of it, and what needs nothing
gets nothing. A CodeBuild or Jenkins action in a stage (or with a name) that begins or ends with ``Test`` is
a test, and makes nothing.

**Words that are no stages**, all in lower case: ``mode`` (SUPERSEDED, QUEUED, PARALLEL), ``type`` (V1, V2),
``variables`` (a dict of names and defaults, None for no default), ``role``, ``bucket`` and ``catalog``
("today", "course"). What only V2 has makes it a V2 pipeline. A stage whose name is no Python word goes in a
dict: ``Pipeline.of("shop", **{"Source": "S3", "Pre-Prod": "CodeDeploy"})``.
"""

from __future__ import annotations

import difflib
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cp_teach.pipeline.catalogs import Catalog, Provider, catalog
from cp_teach.pipeline.formats.schema import CATEGORIES, OWNERS
from cp_teach.pipeline.model.pipeline import (
    Action,
    ActionType,
    ArtifactStore,
    OutputArtifact,
    Pipeline,
    Stage,
    Variable,
)

# Check a run of spaces only from its first space; a search from each space would take quadratic time.
THEN, AND = re.compile(r"(?<!\s)\s+then\s+"), re.compile(r"(?<!\s)\s+and\s+")
MAKERS = ("Source", "Build", "Compute")
"""The categories whose actions make an artifact for the stages after them."""
WORDS = ("mode", "type", "variables", "role", "bucket", "catalog")


def pipeline(name: str, **stages: Any) -> Pipeline:
    """The pipeline of that name with these stages; see the module for the little language."""
    if "catalogue" in stages:  # the former spelling
        stages["catalog"] = stages.pop("catalogue")
    settings = {word: stages.pop(word) for word in WORDS if word in stages}
    book = catalog(settings.get("catalog", "today"))
    role = settings.get("role", Pipeline.__dataclass_fields__["role_arn"].default)
    # The console ends the bucket with ten digits; the same name gives the same digits, so that a lesson
    # repeats.
    digits = f"{zlib.crc32(name.encode()):010d}"
    variables = settings.get("variables")
    mode, kind = settings.get("mode"), settings.get("type")
    if kind is None and (variables or mode in ("QUEUED", "PARALLEL")):
        kind = "V2"
    wires = Wires(name, book)
    made = tuple(
        wires.stage(title, what, first=index == 0) for index, (title, what) in enumerate(stages.items())
    )
    return Pipeline(
        name=name,
        stages=made,
        role_arn=role,
        artifact_store=ArtifactStore(settings.get("bucket", f"codepipeline-{book.home}-{digits}")),
        execution_mode=mode,
        pipeline_type=kind,
        variables=tuple(Variable(key, value) for key, value in variables.items()) if variables else None,
    )


@dataclass(frozen=True)
class Wish:
    """One action as it was asked for: its name (or none), its provider, perhaps category and owner."""

    name: str
    provider: str
    category: str = ""
    owner: str = ""


@dataclass
class Wires:
    """Makes stage after stage, and remembers which artifacts the next one can have."""

    pipeline: str
    book: Catalog
    fresh: tuple[str, ...] = ()
    taken: set[str] = field(default_factory=set)

    def stage(self, title: str, what: Any, first: bool) -> Stage:
        names: set[str] = set()
        actions: list[Action] = []
        for order, group in enumerate(groups(what), start=1):
            made: list[str] = []
            alone = len(group) == 1
            for wish in group:
                action = (
                    wish if isinstance(wish, Action) else self.action(title, wish, first, order, names, alone)
                )
                names.add(action.name)
                actions.append(action)
                if action.category in MAKERS:
                    made += action.output_names
            # Actions of one group cannot feed each other: what they made is there for the next group.
            self.fresh = tuple(made) or self.fresh
        return Stage(title, tuple(actions))

    def action(self, stage: str, wish: Wish, first: bool, order: int, names: set[str], alone: bool) -> Action:
        provider, category = self.choose(stage, wish, first)
        name = unlike(wish.name or ("Approve" if category == "Approval" else wish.provider), names)
        outputs: tuple[str, ...] = ()
        if category in MAKERS and provider.outputs[1]:
            base = name if wish.name or not alone or f"{stage}Output" in self.taken else stage
            outputs = (unlike(re.sub(r"[^A-Za-z0-9_-]", "", base) + "Output", self.taken),)
            self.taken.update(outputs)
        least, most = provider.inputs
        wanted = (
            most
            if category in ("Build", "Test", "Compute")
            else least or int(provider.provider == "CloudFormation")
        )
        inputs = self.fresh[:wanted]
        words = {"pipeline": self.pipeline, "stage": stage, "action": name, "input": next(iter(inputs), "")}
        settings = [(key, text.format(**words)) for key, text in provider.example]
        if provider.provider == "CodeBuild" and len(inputs) > 1:
            settings.append(("PrimarySource", inputs[0]))
        made = Action(
            name,
            provider.type(category),
            order,
            configuration=tuple(settings),
            inputs=inputs,
            outputs=tuple(OutputArtifact(artifact) for artifact in outputs),
        )
        return replace(made, commands=("make",)) if provider.provider == "Commands" else made

    def choose(self, stage: str, wish: Wish, first: bool) -> tuple[Provider, str]:
        """The provider that is meant, and what it is used for here."""
        rows = [
            row
            for row in self.book.named(wish.provider)
            if wish.owner in ("", row.owner) and (not wish.category or wish.category in row.categories)
        ]
        if not rows and wish.owner == "Custom":
            return custom(wish), wish.category or "Build"
        if not rows:
            raise ValueError(self.unknown(stage, wish))
        # S3 stands for two things; what the stage is decides.
        fitting = [row for row in rows if ("Source" in row.categories) == first]
        row = (fitting or rows)[0]
        tests = "Test" in row.categories and not wish.category
        if tests and any(re.match(r"Tests?\b|Test[A-Z]|.*Tests?$", word) for word in (stage, wish.name)):
            return row, "Test"
        return row, wish.category or row.category

    def unknown(self, stage: str, wish: Wish) -> str:
        known = sorted({row.provider for row in self.book.providers})
        close = difflib.get_close_matches(wish.provider, known, 1, 0.5)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known here: {', '.join(known)}."
        shown = "/".join(word for word in (wish.category, wish.owner, wish.provider) if word)
        own = f"A provider of your own is 'Custom/{wish.provider}'."
        return f"Stage {stage}: there is no provider {shown!r}. {hint} {own}"


def custom(wish: Wish) -> Provider:
    """A provider that somebody registered: nothing is known of it but its name."""
    return Provider(
        wish.provider,
        ("Build", "Test"),
        "Custom",
        (0, 5),
        (0, 5),
        (),
        (),
        (),
        "loose",
        "closed",
        False,
        (),
        (),
        "custom action",
    )


def unlike(name: str, taken: Iterable[str]) -> str:
    """The name itself, or with a number where it is taken: CodeBuild, CodeBuild2, ..."""
    used = set(taken)
    return next(n for n in (name, *(f"{name}{i}" for i in range(2, 1000))) if n not in used)


def groups(what: Any) -> list[list[Wish | Action]]:
    """What a stage was given, as groups of actions that run in parallel, in order.

    >>> [[wish.provider for wish in group] for group in groups("Manual then S3 and ECS")]
    [['Manual'], ['S3', 'ECS']]
    """
    match what:
        case Action():
            return [[what]]
        case str():
            return [[wish(word) for word in AND.split(part)] for part in THEN.split(what.strip())]
        case Mapping():
            return [[replace(wish(provider), name=str(name)) for name, provider in what.items()]]
        case list() | tuple():
            return _listed(what)
    raise TypeError(f"A stage is a text, a list, a dict or an Action, not {type(what).__name__}: {what!r}")


def _listed(items: Iterable[Any]) -> list[list[Wish | Action]]:
    found: list[list[Wish | Action]] = [[]]
    for item in items:
        if item == "then":
            found.append([])
            continue
        inner = groups(item)
        if len(inner) > 1:
            raise ValueError(f"{item!r}: in a list, write 'then' as an item of its own.")
        found[-1] += inner[0]
    return [group for group in found if group]


def wish(text: str) -> Wish:
    """One action: ``[Name:][Category/][Owner/]Provider``."""
    name, colon, rest = text.strip().rpartition(":")
    *kinds, provider = (part.strip() for part in rest.split("/"))
    category = next((kind for kind in kinds if kind in CATEGORIES), "")
    owner = next((kind for kind in kinds if kind in OWNERS), "")
    strange = [kind for kind in kinds if kind not in (category, owner)]
    if strange or not provider or (colon and not name.strip()):
        known = f"{', '.join(CATEGORIES)} or {', '.join(OWNERS)}"
        raise ValueError(
            f"{text!r}: write [Name:][Category/][Owner/]Provider, before the slash one of {known}."
        )
    return Wish(name.strip(), provider, category, owner)


__all__ = ["ActionType", "groups", "pipeline", "wish"]
