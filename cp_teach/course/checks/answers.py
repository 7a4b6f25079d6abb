"""Readers of what a learner hands to a check: each returns the answer to judge, or says what to hand over."""

from __future__ import annotations

from collections.abc import Callable

from cp_teach.course.checks.exercise import WrongAnswer
from cp_teach.engine import Run
from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.translation import message


def run_reader(*stages: str) -> Callable[[str, object], Run]:
    """A reader of a Run whose pipeline has these stages; it also accepts a Console, which shows one."""

    def read(name: str, answer: object) -> Run:
        run = answer if isinstance(answer, Run) else getattr(answer, "run", None)
        if not isinstance(run, Run):
            raise WrongAnswer(
                message("This check looks at a Run, and it was given {kind}.", kind=kind_of(answer)),
                message(
                    'Run the cell that makes the run, and hand it over: check("{name}", run).', name=name
                ),
            )
        if missing := [stage for stage in stages if stage not in run.pipeline.stage_indices]:
            raise WrongAnswer(
                message(
                    "The pipeline {pipeline} of this run has no stage {missing}.",
                    pipeline=run.pipeline.name,
                    missing=", ".join(missing),
                ),
                message("Begin with the cell of the exercise, which makes the run it is about."),
            )
        return run

    return read


def read_pipeline(name: str, answer: object) -> Pipeline:
    """A Pipeline, or AWS's JSON of one."""
    if isinstance(answer, Pipeline):
        return answer
    if isinstance(answer, dict):
        try:
            return Pipeline.from_aws(answer)
        except InvalidPipeline as invalid:
            first = invalid.violations[0]
            raise WrongAnswer(
                message(
                    "AWS would refuse this JSON ({exception}, {location}).",
                    exception=first.exception,
                    location=first.location,
                ),
                first.advice,
            ) from None
    raise WrongAnswer(
        message("This check looks at a Pipeline, and it was given {kind}.", kind=kind_of(answer)),
        message(
            'Make one with Pipeline.of("…", Source=…, …) and hand it over: check("{name}", pipeline).',
            name=name,
        ),
    )


def kind_of(answer: object) -> str:
    """The kind of an answer as a noun phrase: "None", "a number", "something of the kind X"."""
    if answer is None:
        return "None"
    if isinstance(answer, type):
        return message("the class {kind}", kind=answer.__name__)
    names = {
        bool: message("True or False"),
        int: message("a number"),
        float: message("a number"),
        str: message("a text"),
        list: message("a list"),
        dict: message("a dict"),
    }
    return names.get(type(answer), message("something of the kind {kind}", kind=type(answer).__name__))
