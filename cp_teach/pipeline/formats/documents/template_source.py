"""Open a CloudFormation template: a file, a text, the output of get-template, or the folder of ``cdk synth``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach.pipeline.formats.documents.cdk_output import MANIFEST, StackTemplate, find_templates
from cp_teach.pipeline.formats.documents.document_kinds import PIPELINE_TYPE, describe, recognize
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.security.input.documents import parse_document, read_document
from cp_teach.security.input.input_files import UnreadableFile, decode_text, is_folder

TEXT_NAME = "This template"


class OpenedTemplate(NamedTuple):
    """A template; ``region`` is that of its stack if a CDK application names it, else ""."""

    document: dict[str, Any]
    region: str = ""


def short_form(tag: str, value: Any) -> dict[str, Any]:
    """Convert the short form of a CloudFormation function to the long one."""
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


def is_path(source: str) -> bool:
    """Whether a text is the name of a file, not a template."""
    return "\n" not in source and "{" not in source


def parse_template_body(text: str) -> dict[str, Any]:
    """Return the template in a text without a wrapper, with long forms of functions. Raises ``InvalidTemplate``."""
    try:
        document = parse_document(text, TEXT_NAME, short_form=short_form)
    except UnreadableFile as error:
        raise InvalidTemplate(str(error)) from error
    return _with_resources(document, TEXT_NAME)


def open_template(source: Any, logical_id: str = "") -> OpenedTemplate:
    """Return the template in a file, a text, or a folder of ``cdk synth``; a parsed template is taken as it is.

    ``logical_id`` selects a stack of a folder by the pipeline that it has. Raises ``InvalidTemplate``.
    """
    try:
        if isinstance(source, Mapping):
            return as_template(source, TEXT_NAME)
        if isinstance(source, bytes):
            source = decode_text(source, TEXT_NAME)
        if not isinstance(source, str | Path):
            raise InvalidTemplate(f"Give the path or the text of a template, not {source!r:.60}.")
        if isinstance(source, Path) or is_path(source):
            path = Path(source)
            if is_folder(path):
                return _of_folder(path, logical_id)
            document, name = read_document(path, short_form=short_form), str(path)
        else:
            document, name = parse_document(source, TEXT_NAME, short_form=short_form), TEXT_NAME
        return as_template(document, name, logical_id, source)
    except InvalidTemplate:
        raise
    except FileNotFoundError:
        raise InvalidTemplate(f"There is no file {source}.") from None
    except (UnreadableFile, OSError, ValueError) as error:
        raise InvalidTemplate(_sentence(error, str(source))) from error


def as_template(document: Any, name: str, logical_id: str = "", source: str | Path = "") -> OpenedTemplate:
    """Return a parsed document as a template. ``name`` and ``source`` say where it is from."""
    kind, body = recognize(document)
    if kind == "template" and isinstance(body, str):  # what `aws cloudformation get-template` prints
        body = parse_document(body, name, short_form=short_form)
    elif isinstance(body, str) and not is_path(body):  # … with --query TemplateBody
        return as_template(parse_document(body, name, short_form=short_form), name)
    if kind == "assembly" and isinstance(source, Path) and source.name == MANIFEST:
        return _of_folder(source.parent, logical_id)
    if kind == "pipeline":
        raise InvalidTemplate(
            f"{name} is a pipeline as `aws codepipeline get-pipeline` prints it, not a CloudFormation template. "
            "Read it with load_pipeline(path) or Pipeline.from_aws(…)."
        )
    return OpenedTemplate(_with_resources(body, name))


def _with_resources(body: Any, name: str) -> dict[str, Any]:
    if isinstance(body, dict) and isinstance(body.get("Resources"), dict):
        return body
    found = f" {_found(body)}".rstrip()
    raise InvalidTemplate(f"{name} is not a CloudFormation template: it has no Resources.{found}")


def pipeline_ids(document: dict[str, Any]) -> list[str]:
    """The logical IDs of the pipelines that a template names without a loop."""
    return [
        str(name)
        for name, resource in document["Resources"].items()
        if isinstance(resource, dict) and resource.get("Type") == PIPELINE_TYPE
    ]


def _of_folder(folder: Path, logical_id: str) -> OpenedTemplate:
    stacks = find_templates(folder)
    found: list[tuple[StackTemplate, str, OpenedTemplate]] = []
    for stack in stacks:
        template = OpenedTemplate(open_template(stack.path).document, stack.region)
        found += [(stack, name, template) for name in pipeline_ids(template.document)]
    if not found:
        names = ", ".join(stack.name for stack in stacks)
        raise InvalidTemplate(
            f"No stack in {folder} has a pipeline ({PIPELINE_TYPE}). Its stacks: {names[:300]}."
        )
    chosen = [each for each in found if logical_id in ("", each[1])]
    if len(chosen) == 1 or (chosen and len({stack.path for stack, *_ in chosen}) == 1):
        return chosen[0][2]
    listed = "; ".join(f"{name} in {stack.path.name}" for stack, name, _ in found)
    if not chosen:
        raise InvalidTemplate(
            f"No stack in {folder} has a pipeline {logical_id!r}. There are: {listed[:600]}."
        )
    if logical_id:
        raise InvalidTemplate(
            f"Several stacks in {folder} have this pipeline: {listed[:600]}. Give one of the files."
        )
    raise InvalidTemplate(
        f"{folder} has several pipelines: {listed[:600]}.", choices=tuple(name for _, name, _ in found)
    )


def _found(body: Any) -> str:
    """What a document is that is no template, unless nothing is known about it."""
    described = describe(body).split(". ", 1)[0].rstrip(".")
    plain = ("it is an object", "it is a CloudFormation", "it is a single value", "it is a list")
    return "" if described.startswith(plain) else f"{described[:1].upper()}{described[1:]}."


def _sentence(error: Exception, name: str) -> str:
    if isinstance(error, OSError) and not isinstance(error, UnreadableFile):
        return f"{name} cannot be read: {error.strerror or error}."
    return str(error)
