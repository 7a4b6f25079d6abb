"""What is known of providers, regions and quotas: each fact with its source, by the name of the catalog."""

import pytest

from cp_teach.pipeline import ActionType, Pipeline, catalog


@pytest.mark.parametrize("name", ["today", "course"])
def test_every_fact_has_a_source(name):
    book = catalog(name)
    facts = [*book.providers, *book.regions.values(), *book.quotas.values()]
    assert all(fact.source for fact in facts)
    assert not {key for p in book.providers for key, _ in p.example} - {
        key for p in book.providers for key in p.configuration_keys
    }


def test_the_course_teaches_what_it_taught():
    book = catalog("course")
    assert book.quotas["pipelines"].most == 20
    assert list(book.regions) == ["us-east-1", "us-west-2", "eu-west-1"]
    assert book.default_stages == ("Source", "Build", "Beta")
    assert (book.quotas["stages"].least, book.quotas["stages"].most) == (2, 10)
    assert {"CodeCommit", "S3", "GitHub", "Jenkins", "BlazeMeter", "Apica", "CodeDeploy", "Lambda"} <= {
        p.provider for p in book.providers
    }


def test_today_knows_more():
    today, course = catalog("today"), catalog("course")
    assert set(course.regions) < set(today.regions)
    assert today.quotas["stages"].most == 50
    assert today.quotas["pipelines"].most == 1000
    assert today.find(ActionType("Deploy", "AWS", "EC2")).v2


def test_one_name_may_stand_for_several_things():
    assert [p.category for p in catalog("today").find_by_name("S3")] == ["Source", "Deploy"]


def test_a_name_that_is_no_catalog_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="today, course"):
        catalog("yesterday")


def test_it_shows_itself_as_tables():
    shown = catalog("course")._repr_html_()
    assert shown.count("<table>") == 3
    assert "BlazeMeter" in shown
    assert "eu-west-1" in shown
    assert "20 pipelines in an account" in shown
    assert repr(catalog("course")).startswith("<CodePipeline as the course")


@pytest.mark.parametrize("row", catalog("today").providers, ids=lambda p: f"{p.category}-{p.provider}")
def test_the_example_of_every_provider_makes_a_complete_action(row):
    wish = f"{row.category}/{row.owner}/{row.provider}"
    stages = (
        {"First": wish, "Last": "CodeDeploy"} if row.category == "Source" else {"First": "S3", "Last": wish}
    )
    assert Pipeline.of("shop", **stages).check() == []


def test_what_aws_raises_on_request_is_told():
    quotas = catalog("today").quotas
    assert {name for name, quota in quotas.items() if quota.adjustable} == {
        "pipelines",
        "webhooks",
        "custom_actions",
    }
    assert catalog("today")._repr_html_().count("on request") == 3
