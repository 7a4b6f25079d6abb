"""Read a document of an AWS tool: JSON or YAML, in the encodings that shells write; every error is one sentence.

All readers of pipelines, templates, and histories use this module, so they take the same files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from cp_teach.security.input.input_files import UnreadableFile, parse_input_json, read_text_file
from cp_teach.security.input.json_input import InvalidJson
from cp_teach.security.input.yaml_data import ShortForm, load_yaml
from cp_teach.security.input.yaml_input import MAX_CHARACTERS, InvalidYaml, TooMuchYaml


class DocumentLimits(NamedTuple):
    """The maximum size of a file in bytes, and of a YAML text in characters and values; 0 for the usual ones."""

    bytes: int
    characters: int
    values: int


TEMPLATE = DocumentLimits(8_000_000, MAX_CHARACTERS, 0)
"""For a pipeline or a template. CloudFormation accepts templates of up to 1 MB; UTF-16 takes twice as many bytes."""

EXPORT = DocumentLimits(256_000_000, 20_000_000, 4_000_000)
"""For the recorded history of a pipeline, which can have some ten thousand entries."""


def read_document(
    path: Path, *, short_form: ShortForm | None = None, limits: DocumentLimits = TEMPLATE
) -> Any:
    """The value of a JSON or YAML file. Raises ``FileNotFoundError``, and ``UnreadableFile`` with the location."""
    text = read_text_file(path, limits.bytes)
    return parse_document(text, str(path), short_form=short_form, limits=limits)


def parse_document(
    text: str, name: str, *, short_form: ShortForm | None = None, limits: DocumentLimits = TEMPLATE
) -> Any:
    """The value of the JSON or YAML text of file ``name``.

    ``short_form`` makes values from YAML tags such as ``!Ref``; without it, a tag is an error. Raises
    ``UnreadableFile`` with the location of an error.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip("\0 \t\r\n"):
        raise UnreadableFile(f"{name} is empty, so it is not JSON or YAML.")
    start = text.lstrip()[:1]
    if start in ("{", "[", '"'):
        return _json_or_flow_yaml(text, name, short_form, limits)
    if problem := _other_format(text):
        raise UnreadableFile(f"{name} {problem}")
    try:
        return load_yaml(text, short_form, max_characters=limits.characters, max_values=limits.values)
    except TooMuchYaml as error:
        raise UnreadableFile(f"{name} cannot be read: {error}.") from error
    except InvalidYaml as error:
        raise UnreadableFile(f"{name} is neither YAML nor JSON: {error}.") from error


def _json_or_flow_yaml(text: str, name: str, short_form: ShortForm | None, limits: DocumentLimits) -> Any:
    """YAML can also begin with a brace. If the text is neither, the error is that of JSON, unless YAML's is a limit."""
    try:
        return parse_input_json(text, name)
    except UnreadableFile as error:
        exceeds_limits = isinstance(error.__cause__, InvalidJson)
        if exceeds_limits or len(text) > min(limits.characters, MAX_CHARACTERS):
            raise
        try:
            value = load_yaml(text, short_form, max_values=limits.values, max_characters=limits.characters)
        except TooMuchYaml as problem:
            raise UnreadableFile(f"{name} cannot be read: {problem}.") from problem
        except InvalidYaml as problem:
            # A text with short forms such as !Ref cannot be JSON, so the location in the YAML is meant.
            if short_form is not None and "!" in text and "not allowed here" in problem.problem:
                raise UnreadableFile(f"{name} is neither YAML nor JSON: {problem}.") from problem
            raise error from error.__cause__
        if not isinstance(value, dict | list) or _has_null(value):
            raise  # a key without a value is what a mistake in JSON looks like
        return value


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None


def _other_format(text: str) -> str:
    """What the text is instead of JSON or YAML, as the end of a sentence; "" if it can be YAML."""
    line = text.lstrip().split("\n", 1)[0].rstrip()
    if (set(line) <= set("-+|= ") and len(line) > 10) or line.startswith("|  "):
        return "is a table for reading, not JSON. Add --output json to the aws command."
    if "\t" in line and line.split("\t", 1)[0].isupper():
        return "is the text output of the AWS CLI, not JSON. Add --output json to the aws command."
    if line.startswith(('resource "', 'provider "', "terraform {", 'variable "', 'module "', 'data "')):
        return "is Terraform code. Export the pipeline: aws codepipeline get-pipeline --name NAME > pipeline.json"
    if line.lower().startswith(("<!doctype", "<html", "<?xml")):
        return "is HTML or XML, not JSON or YAML. Download the file itself."
    return ""
