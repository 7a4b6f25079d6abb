"""A pipeline shows itself in a notebook."""

from dataclasses import replace

from cp_teach.pipeline import Pipeline


def test_a_pipeline_shows_its_stages_and_actions_in_order():
    html = Pipeline.of(
        "shop", Source="S3", Build="Compile:CodeBuild then Unit:Test/CodeBuild", mode="QUEUED"
    )._repr_html_()
    places = [html.index(word) for word in ("shop", "V2, QUEUED", "Source", "Build", "Compile", "Unit")]
    assert places == sorted(places)


def test_its_names_are_text_and_never_markup():
    html = replace(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"), name="<b>&")._repr_html_()
    assert "&lt;b&gt;&amp;" in html
