"""Load a pipeline from any file that describes one: AWS's JSON or YAML, a CloudFormation template, or a CDK folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cp_teach import resources
from cp_teach.pipeline.facade import Pipeline
from cp_teach.pipeline.formats import cloudformation
from cp_teach.pipeline.formats.documents.cdk_output import MANIFEST
from cp_teach.pipeline.formats.documents.document_kinds import describe, has_capitals, recognize
from cp_teach.pipeline.formats.documents.template_source import (
    OpenedTemplate,
    as_template,
    open_template,
    short_form,
)
from cp_teach.pipeline.formats.unknown_values import UnknownValue
from cp_teach.pipeline.interpretations import SUGGESTED, Readings
from cp_teach.security.input.documents import parse_document, read_document
from cp_teach.security.input.input_files import UnreadableFile, is_folder


class StackOptions(NamedTuple):
    """What a template needs: the values of its parameters, the Region, and which pipeline is meant."""

    parameters: Mapping[str, Any] = {}
    region: str = ""
    logical_id: str = ""


NO_OPTIONS = StackOptions()


class LoadedPipeline(NamedTuple):
    """A pipeline, and what is not certain about it; ``region`` is its own Region if that is known, else ""."""

    pipeline: Pipeline
    region: str = ""
    unknown: tuple[UnknownValue, ...] = ()
    assumed: tuple[str, ...] = ()
    """The conditions that depend on unknown values, and are taken to hold."""
    chosen: tuple[tuple[str, str], ...] = ()
    """(name, value) of the parameters that have their first allowed value."""
    macros: tuple[str, ...] = ()
    """The transforms of the template that only AWS can apply."""


def load_pipeline(
    name: str | Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    region: str = "",
    logical_id: str = "",
) -> Pipeline:
    """Return an example pipeline by name ("demo-s3-codedeploy"), or the pipeline of a file or a CDK folder by path.

    The file has the output of ``aws codepipeline get-pipeline`` as JSON or YAML, or a CloudFormation template, for
    which ``parameters``, ``region``, and ``logical_id`` are as in ``Pipeline.from_cloudformation``.

    Raises ``FileNotFoundError``, which lists the existing names, ``UnreadableFile`` (a ``ValueError``) if the file has
    no pipeline, or ``InvalidPipeline`` if AWS would refuse it.
    """
    path = Path(name)
    example = resources.pipelines() / f"{name}.json"
    if not path.suffix and example.is_file():
        path = example
    if not path.exists():
        names = ", ".join(sorted(p.stem for p in resources.pipelines().glob("*.json")))
        raise FileNotFoundError(f"there is no pipeline {str(name)!r}; the kit has: {names}")
    return load_file(path, StackOptions(parameters or {}, region, logical_id)).pipeline


def load_file(
    path: Path,
    options: StackOptions = NO_OPTIONS,
    catalog: Literal["today", "course"] = "today",
    readings: Readings = SUGGESTED,
) -> LoadedPipeline:
    """Return the pipeline of a file, or of a folder that ``cdk synth`` wrote.

    Raises ``FileNotFoundError``, ``UnreadableFile`` (``InvalidTemplate`` if it is a template), or ``InvalidPipeline``.
    """
    if is_folder(path) or path.name == MANIFEST:
        source = path.parent if path.name == MANIFEST else path
        return _of_template(open_template(source, options.logical_id), options, catalog, readings)
    document = read_document(path, short_form=short_form)
    return load_document(document, str(path), options, catalog, readings)


def load_text(
    text: str,
    name: str,
    options: StackOptions = NO_OPTIONS,
    catalog: Literal["today", "course"] = "today",
    readings: Readings = SUGGESTED,
) -> LoadedPipeline:
    """Return the pipeline of the text of file ``name``. Raises like ``load_file``."""
    return load_document(parse_document(text, name, short_form=short_form), name, options, catalog, readings)


def load_document(
    document: Any,
    name: str,
    options: StackOptions = NO_OPTIONS,
    catalog: Literal["today", "course"] = "today",
    readings: Readings = SUGGESTED,
) -> LoadedPipeline:
    """Return the pipeline of the parsed document of file ``name``. Raises like ``load_file``."""
    kind, body = recognize(document)
    if kind == "template" or (kind == "other" and isinstance(body, str) and "\n" in body):
        return _of_template(as_template(document, name), options, catalog, readings)
    if kind != "pipeline" or not isinstance(body, dict) or has_capitals(body):
        described = None if kind == "pipeline" and isinstance(body, str) else body
        raise UnreadableFile(f"{name} is not a pipeline: {describe(described)}")
    if options.parameters or options.logical_id:
        raise UnreadableFile(
            f"{name} is a pipeline, not a template: it has no parameters and no logical IDs."
        )
    pipeline = Pipeline.from_aws(document, catalog=catalog, readings=readings, region=options.region)
    return LoadedPipeline(pipeline, options.region)


def _of_template(
    template: OpenedTemplate,
    options: StackOptions,
    catalog: Literal["today", "course"],
    readings: Readings,
) -> LoadedPipeline:
    read = cloudformation.read_declaration(template, options.logical_id, options.parameters, options.region)
    pipeline = Pipeline.from_template(read, catalog=catalog, readings=readings)
    return LoadedPipeline(pipeline, read.region, read.unknown_values, read.assumed, read.chosen, read.macros)
