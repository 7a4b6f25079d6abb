"""Write the tables of docs/differences.md: the readings, the known differences, and the reports of providers.

``python tools/differences_docs.py`` rewrites the part of the file between the two markers; a test compares.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from cp_teach.aws.backend.provider_metadata import RECORDED_IDS, Place, external_id, summary
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.commands import Revision
from cp_teach.pipeline import Pipeline, interpretations
from cp_teach.pipeline.catalogs import Provider, catalog
from cp_teach.pipeline.revision_summary import revision_summary

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "differences.md"
DATA = Path(__file__).with_name("differences.toml")
BEGIN = "<!-- tables: written by tools/differences_docs.py -->\n"
END = "<!-- end of tables -->\n"


def tables() -> str:
    """The three tables, each under its heading."""
    return "\n".join(
        (
            "## Where AWS's sources contradict each other",
            "",
            *_table(("Reading", "Choices, the default first", "What it decides"), _readings()),
            "",
            "## Known differences",
            "",
            *_table(("What", "Here", "On AWS", "Source"), _differences()),
            "",
            "## Reports of simulated providers",
            "",
            *_table(("Action type", "externalExecutionId", "summary", "Source of the ID"), _providers()),
            "",
        )
    )


def written(page: str) -> str:
    """The page with the tables of today between its markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        cells = (re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"


def _readings() -> Iterator[tuple[str, ...]]:
    """Each reading with its choices and its docstring."""
    source = Path(interpretations.__file__).read_text(encoding="utf-8")
    (readings,) = (
        node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Readings"
    )
    for field, text in zip(readings.body, readings.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign):
            name = ast.unparse(field.target)
            assert isinstance(text, ast.Expr), f"{name} says nothing"
            assert isinstance(text.value, ast.Constant)
            default = getattr(interpretations.SUGGESTED, name)
            others = [each for each in interpretations.CHOICES[name] if each != default]
            choices = ", ".join(f"`{each}`" for each in (default, *others))
            yield f"`{name}`", choices, str(text.value.value)


def _differences() -> Iterator[tuple[str, ...]]:
    for row in tomllib.loads(DATA.read_text(encoding="utf-8"))["differences"]:
        yield row["what"], row["here"], row["aws"], row["source"]


def _providers() -> Iterator[tuple[str, ...]]:
    """Each action type of AWS that is simulated, with what its example configuration leads to."""
    for provider in catalog().providers:
        if provider.owner == "AWS" and provider.provider != "Manual":
            for category in provider.categories:
                yield _provider(provider, category)


def _provider(provider: Provider, category: str) -> tuple[str, ...]:
    kind = f"{category}/AWS/{provider.provider}"
    source = kind if category == "Source" else "S3"
    pipeline = Pipeline.of("shop", Source=source, Prod="Manual" if category == "Source" else kind)
    stage = pipeline.stages[category != "Source"]
    action = stage.actions[0]
    row = ActionRow(1, stage.name, action.name, 1, 0, 0, 0.0, ())
    revision = Revision(action.name, "(the revision)", "(its message)")
    place = Place("aws", "123456789012", "us-east-1", "shop", "shop/0")
    identifier = external_id(place, row, action, action.settings, revision)
    recorded = category == "Source" or (category, provider.provider) in RECORDED_IDS
    return (
        f"{category}/{provider.provider}",
        f"`{identifier}`",
        revision_summary(action.provider, summary(action, revision)) or "(absent)",
        "recorded" if recorded else "not recorded",
    )


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
