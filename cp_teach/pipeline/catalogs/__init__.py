"""What the service knows: action providers, regions and quotas, each fact with its source.

There are two catalogs. ``today`` is the service as it is; ``course`` is the service as the course teaches
it, of 2016: twenty pipelines an account, three regions, no V2. The facts are TOML files beside this one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache, cached_property
from html import escape
from importlib.resources import files
from typing import Any, Literal

from cp_teach.pipeline.interpretations import SUGGESTED, Readings
from cp_teach.pipeline.model.pipeline import ActionType


@dataclass(frozen=True)
class Provider:
    """One provider of actions: what it may be used for, what it eats and makes, how it is configured.

    ``inputs`` and ``outputs`` are (at least, at most). ``keys`` says how far the list of configuration keys
    can be trusted: "closed" (confirmed: an unknown key is refused), "open" (another key is a warning),
    "loose" (even a missing key is only a warning). ``counts`` says the same of the numbers of artifacts:
    "closed", or "loose" (another number is only a warning).
    """

    provider: str
    categories: tuple[str, ...]
    owner: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    secret: tuple[str, ...]
    keys: Literal["closed", "open", "loose"]
    counts: Literal["closed", "loose"]
    v2: bool
    variables: tuple[str, ...]
    example: tuple[tuple[str, str], ...]
    source: str

    @property
    def known(self) -> tuple[str, ...]:
        """Every configuration key that it is known to take."""
        return self.required + self.optional

    @property
    def category(self) -> str:
        """What it is used for unless one says otherwise."""
        return self.categories[0]

    def type(self, category: str = "") -> ActionType:
        """The action type that a declaration writes for it."""
        return ActionType(category or self.category, self.owner, self.provider, "1")


@dataclass(frozen=True)
class Region:
    """A region where the service is."""

    name: str
    place: str
    since: str
    source: str


@dataclass(frozen=True)
class Quota:
    """One limit: a number, or (at least, at most)."""

    name: str
    value: int | tuple[int, int]
    text: str
    source: str
    adjustable: bool = False
    """True where AWS raises it on request."""

    @property
    def least(self) -> int:
        """The least that is allowed; 0 where the quota only says how much is too much."""
        return self.value[0] if isinstance(self.value, tuple) else 0

    @property
    def most(self) -> int:
        """The most that is allowed."""
        return self.value[1] if isinstance(self.value, tuple) else self.value

    def __str__(self) -> str:
        amount = f"{self.least} to {self.most}" if isinstance(self.value, tuple) else f"{self.value}"
        return f"{amount} {self.text}"


@dataclass(frozen=True)
class Catalog:
    """All that one catalog knows. In a notebook it shows itself as a table.

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
    """The rules of stage conditions, and the configuration keys each must have."""
    readings: Readings = SUGGESTED
    """How the sources are read where they contradict each other."""
    here: str = ""
    """The region that is asked, where that is known; AWS knows it from the address that was called."""

    def read(self, readings: Readings, region: str = "") -> Catalog:
        """This catalog with other readings, and as it is told in that region. Raises ``ValueError`` for a reading
        that is no choice."""
        if wrong := readings.wrong():
            raise ValueError(wrong)
        quotas = dict(self.quotas)
        if self.name == "today":  # the quotas of the course are the course's own: there is nothing to choose
            per_stage = quotas["actions_per_stage"]
            most = readings.actions_per_stage
            quotas["actions_per_stage"] = replace(per_stage, value=(per_stage.least, most))
        return replace(self, readings=readings, quotas=quotas, here=region, home=region or self.home)

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], Provider]:
        return {(category, p.owner, p.provider): p for p in self.providers for category in p.categories}

    def find(self, kind: ActionType) -> Provider | None:
        """What is known of that action type, or None. The version is not looked at."""
        return self._index.get((kind.category, kind.owner, kind.provider))

    def named(self, provider: str) -> tuple[Provider, ...]:
        """Every provider of that name, whatever it is used for (S3 is a source and a place to deploy to)."""
        return tuple(p for p in self.providers if p.provider == provider)

    def _repr_html_(self) -> str:
        providers = _table(
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
        quotas = _table(
            f"{self.title}: quotas",
            ("Quota", "Can be raised", "Source"),
            [(str(q), "on request" if q.adjustable else "", q.source) for q in self.quotas.values()],
        )
        regions = _table(
            f"{self.title}: regions",
            ("Region", "Place", "Source"),
            [(r.name, r.place, r.source) for r in self.regions.values()],
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


def _table(caption: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col" style="text-align:left">{escape(h)}</th>' for h in heads)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>"
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


NAMES = ("today", "course")


@cache
def catalog(name: str = "today") -> Catalog:
    """The catalog of that name: ``today``, or ``course`` for the service as the course teaches it."""
    if name not in NAMES:
        raise ValueError(f"There is no catalog {name!r}. Choose one of: {', '.join(NAMES)}.")
    facts: dict[str, Any] = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))
    return Catalog(
        name=name,
        title=facts["title"],
        home=facts["home"],
        types=tuple(facts["types"]),
        default_stages=tuple(facts["default_stages"]),
        providers=tuple(_provider(row) for row in facts["providers"]),
        regions={
            row["name"]: Region(row["name"], row["place"], row.get("since", ""), row["source"])
            for row in facts["regions"]
        },
        quotas={
            key: Quota(key, _limits(row["value"]), row["text"], row["source"], row.get("adjustable", False))
            for key, row in facts["quotas"].items()
        },
        rules={row["provider"]: tuple(row["required"]) for row in facts.get("rules", ())},
    )


catalogue = catalog
"""The former spelling, which earlier lessons import."""


def _limits(value: Any) -> int | tuple[int, int]:
    return (value[0], value[1]) if isinstance(value, list) else value


def _provider(row: dict[str, Any]) -> Provider:
    return Provider(
        provider=row["provider"],
        categories=tuple(row["categories"]),
        owner=row["owner"],
        inputs=(row["inputs"][0], row["inputs"][1]),
        outputs=(row["outputs"][0], row["outputs"][1]),
        required=tuple(row.get("required", ())),
        optional=tuple(row.get("optional", ())),
        secret=tuple(row.get("secret", ())),
        keys=row["keys"],
        counts=row.get("counts", "closed"),
        v2=row.get("v2", False),
        variables=tuple(row.get("variables", ())),
        example=tuple(row.get("example", {}).items()),
        source=row["source"],
    )
