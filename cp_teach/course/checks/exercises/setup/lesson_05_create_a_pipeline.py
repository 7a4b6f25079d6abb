"""The exercise of notebook 05: a pipeline by the wizard, without a build."""

from cp_teach.course.checks.answers import read_pipeline
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.pipeline import Pipeline


def _providers(pipeline: Pipeline, stage: str) -> list[str]:
    return [a.provider for s in pipeline.stages if s.name == stage for a in s.actions]


def _read(name: str, answer: object) -> Pipeline:
    """Boto3's whole answer is as good as the structure in it."""
    if isinstance(answer, dict) and "pipeline" in answer:
        answer = answer["pipeline"]
    if isinstance(answer, dict):
        answer = {key: value for key, value in answer.items() if key != "version"}
    return read_pipeline(name, answer)


STATIC = Exercise(
    "05-no-build",
    "With the wizard of 2016, create a pipeline named static-site: source S3, no build, Beta by CodeDeploy.",
    _read,
    (
        Goal(
            "It is called static-site.",
            lambda pipeline: pipeline.name == "static-site",
            'Fill in the name: wizard.fill(name="static-site").',
        ),
        Goal(
            "Its source is S3.",
            lambda pipeline: _providers(pipeline, "Source") == ["S3"],
            'Choose the source: wizard.fill(source="S3").',
        ),
        Goal(
            "It has no build stage.",
            lambda pipeline: "Build" not in pipeline.stage_indices,
            'The build is optional: wizard.fill(build="No Build").',
        ),
        Goal(
            "CodeDeploy brings it to Beta.",
            lambda pipeline: _providers(pipeline, "Beta") == ["CodeDeploy"],
            'The wizard of 2016 calls its last stage Beta: wizard_for(box, "course").',
        ),
    ),
)

EXERCISES = (STATIC,)
