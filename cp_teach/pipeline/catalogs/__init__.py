"""Catalogs of the service's action providers, Regions, and quotas, each fact with its source.

There are two catalogs: ``today`` is the service as it is; ``course`` is the service of 2016 that the course teaches,
with twenty pipelines in an account, three Regions, and no V2. The facts are in TOML files in this folder.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal

from cp_teach.pipeline.catalogs.recorded_types import recorded_types
from cp_teach.pipeline.interpretations import SUGGESTED, Readings
from cp_teach.pipeline.model.action import ActionType
from cp_teach.pipeline.notebook_html import table


@dataclass(frozen=True)
class Provider:
    """One action provider: its categories, its numbers of artifacts, and its configuration keys.

    ``inputs`` and ``outputs`` are (minimum, maximum). ``keys`` rates the list of configuration keys: "closed" (an
    unknown key is refused), "open" (an unknown key is a warning), or "loose" (a missing key is only a warning, too).
    ``variables`` are the output variables that it always has; with ``exports``, the work adds variables of its own
    choice, as a buildspec does.
    """

    provider: str
    categories: tuple[str, ...]
    owner: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    keys: Literal["closed", "open", "loose"]
    source: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    v2: bool = False
    variables: tuple[str, ...] = ()
    exports: bool = False
    example: tuple[tuple[str, str], ...] = ()
    lacks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Category -> the optional keys that the provider does not have there."""

    @property
    def configuration_keys(self) -> tuple[str, ...]:
        """Every configuration key in the catalog."""
        return self.required + self.optional

    def keys_in(self, category: str) -> tuple[str, ...]:
        """Return the configuration keys of its action type in that category."""
        lacking = dict(self.lacks).get(category, ())
        return tuple(key for key in self.configuration_keys if key not in lacking)

    @property
    def category(self) -> str:
        """The default category."""
        return self.categories[0]

    def type(self, category: str = "") -> ActionType:
        """Return its action type in that category, by default in its default category."""
        return ActionType(category or self.category, self.owner, self.provider, "1")


@dataclass(frozen=True)
class Region:
    """A Region with the service."""

    name: str
    location: str
    source: str
    since: str = ""


@dataclass(frozen=True)
class Quota:
    """One limit: a maximum, or (minimum, maximum)."""

    name: str
    value: int | tuple[int, int]
    text: str
    source: str
    adjustable: bool = False
    """Whether AWS raises it on request."""

    @property
    def least(self) -> int:
        """The minimum; 0 if the quota has none."""
        return self.value[0] if isinstance(self.value, tuple) else 0

    @property
    def most(self) -> int:
        """The maximum."""
        return self.value[1] if isinstance(self.value, tuple) else self.value

    def __str__(self) -> str:
        amount = f"{self.least} to {self.most}" if isinstance(self.value, tuple) else f"{self.value}"
        return f"{amount} {self.text}"


@dataclass(frozen=True)
class Catalog:
    """The facts of one catalog; a notebook shows them as tables.

    >>> course = catalog("course")
    >>> print(course.quotas["pipelines"])
    20 pipelines in an account
    >>> list(course.regions)
    ['us-east-1', 'us-west-2', 'eu-west-1']
    """

    name: str
    title: str
    home: str
    types: tuple[str, ...]
    default_stages: tuple[str, ...]
    providers: tuple[Provider, ...]
    regions: dict[str, Region]
    quotas: dict[str, Quota]
    rules: dict[str, tuple[str, ...]]
    """Provider of a stage condition rule -> its required configuration keys."""
    readings: Readings = SUGGESTED
    """The readings for sources that contradict each other."""
    region: str = ""
    """The Region of the called endpoint; "" if it is not known."""

    def with_readings(self, readings: Readings, region: str = "") -> Catalog:
        """Return this catalog for other readings and that Region. Raises ``ValueError`` for an invalid reading."""
        if problem := readings.problem():
            raise ValueError(problem)
        quotas = dict(self.quotas)
        if self.name == "today":  # the course has its own quotas
            quota = quotas["actions_per_stage"]
            quotas[quota.name] = replace(quota, value=(quota.least, readings.actions_per_stage))
        return replace(self, readings=readings, quotas=quotas, region=region, home=region or self.home)

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], Provider]:
        return {(category, p.owner, p.provider): p for p in self.providers for category in p.categories}

    def find(self, kind: ActionType) -> Provider | None:
        """Return the provider of that action type, or None. The version is ignored."""
        return self._index.get((kind.category, kind.owner, kind.provider))

    def find_by_name(self, provider: str) -> tuple[Provider, ...]:
        """Return every provider of that name (S3 is a source provider and a deploy provider)."""
        return tuple(p for p in self.providers if p.provider == provider)

    def _repr_html_(self) -> str:
        providers = table(
            f"{self.title}: providers",
            ("Provider", "Category", "Owner", "Inputs", "Outputs", "Must be configured", "Source"),
            [
                (
                    p.provider + (" (V2)" if p.v2 else ""),
                    ", ".join(p.categories),
                    p.owner,
                    _span(p.inputs),
                    _span(p.outputs),
                    ", ".join(p.required),
                    p.source,
                )
                for p in self.providers
            ],
        )
        quotas = table(
            f"{self.title}: quotas",
            ("Quota", "Can be raised", "Source"),
            [(str(q), "on request" if q.adjustable else "", q.source) for q in self.quotas.values()],
        )
        regions = table(
            f"{self.title}: regions",
            ("Region", "Place", "Source"),
            [(r.name, r.location, r.source) for r in self.regions.values()],
        )
        return providers + quotas + regions

    def __repr__(self) -> str:
        return (
            f"<{self.title}: {len(self.providers)} providers, "
            f"{len(self.regions)} regions, {len(self.quotas)} quotas>"
        )


def _span(limits: tuple[int, int]) -> str:
    least, most = limits
    return f"{least}" if least == most else f"{least} to {most}"


def _hashable(row: dict[str, Any]) -> dict[str, Any]:
    """The same row with tuples for lists, and pairs for maps."""
    pairs = {key: value.items() if isinstance(value, dict) else value for key, value in row.items()}
    return {key: value if isinstance(value, str | int) else tuple(value) for key, value in pairs.items()}


def _provider(row: dict[str, Any]) -> Provider:
    """The provider of a row. A row of AWS without keys takes them from the recorded types."""
    if "inputs" in row:
        return Provider(**_hashable(row))
    kinds = [recorded_types()[category, row["provider"]] for category in row["categories"]]
    optional = tuple(dict.fromkeys(key for kind in kinds for key in kind.optional))
    lacks = tuple(
        (kind.category, tuple(key for key in optional if key not in kind.optional)) for kind in kinds
    )
    return Provider(
        **_hashable(row),
        keys="closed",
        inputs=kinds[0].inputs,
        outputs=kinds[0].outputs,
        required=kinds[0].required,
        optional=optional,
        lacks=tuple((category, keys) for category, keys in lacks if keys),
    )


NAMES = ("today", "course")


@cache
def catalog(name: str = "today") -> Catalog:
    """Return the catalog ``today`` or ``course``."""
    if name not in NAMES:
        raise ValueError(f"There is no catalog {name!r}. Choose one of: {', '.join(NAMES)}.")
    facts: dict[str, Any] = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))
    return Catalog(
        name=name,
        title=facts["title"],
        home=facts["home"],
        types=tuple(facts["types"]),
        default_stages=tuple(facts["default_stages"]),
        providers=tuple(map(_provider, facts["providers"])),
        regions={row["name"]: Region(**row) for row in facts["regions"]},
        quotas={key: Quota(key, **_hashable(row)) for key, row in facts["quotas"].items()},
        rules={row["provider"]: tuple(row["required"]) for row in facts.get("rules", ())},
    )


catalogue = catalog
"""The former spelling, which earlier lessons import."""
