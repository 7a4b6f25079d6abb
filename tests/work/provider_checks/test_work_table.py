"""The table of docs/work.md is written from the data, and the data say what a workplace does."""

import sys
from dataclasses import replace
from pathlib import Path

from cp_teach.pipeline import Action, Pipeline
from cp_teach.pipeline.catalogs import catalog
from cp_teach.work.provider_checks.check_data import provider_checks
from cp_teach.work.runtime.local_resources import LocalProviders
from cp_teach.work.simulation.simulated_tests import PROVIDERS

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tools"))

import work_table  # noqa: E402  # it is no package


def test_the_table_is_that_of_today():
    page = work_table.PAGE.read_text(encoding="utf-8")
    assert page == work_table.written(page), "run `python tools/work_table.py`"


def test_every_check_is_of_a_provider_and_uses_its_keys():
    for (category, name), check in provider_checks().items():
        (provider,) = [p for p in catalog().find_by_name(name) if category in p.categories]
        keys = {*check.required, *check.files, *check.folders, *check.located, *check.json, *check.patterns}
        keys |= {
            *check.choices,
            *check.numbers,
            *check.lengths,
            *(key for each in check.one_of for key in each),
        }
        keys |= {key for each in check.when for key in (each.key, *each.required, *each.files, *each.json)}
        assert keys - {"input"} <= set(provider.configuration_keys), name
        assert set(provider.required) <= set(check.required), name


def test_a_workplace_does_what_the_table_says(tmp_path, content):
    kinds = [(c, p) for p in catalog().providers for c in p.categories if c != "Source"]
    shop = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild")
    inputs = shop.stages[0].actions[0].output_names
    actions = tuple(
        Action(f"{category}-{p.provider}", p.type(category), inputs=inputs) for category, p in kinds
    )
    shop = replace(shop, stages=(shop.stages[0], replace(shop.stages[1], actions=actions)))
    simulated = LocalProviders(shop, {"": content}, tmp_path / "place", yes=True).simulated
    for category, p in kinds:
        name = f"{category} / {p.provider}"
        # CloudFormation becomes real when moto has started.
        real = (name in work_table.REAL and name != "Deploy / CloudFormation") or p.provider in PROVIDERS
        assert (f"Build / {category}-{p.provider} ({p.provider})" not in simulated) == real, name
