"""The output of ``cdk synth``: find the templates of the stacks in a folder such as ``cdk.out``.

Source: AWS CDK, "Cloud assemblies"; ``manifest.json`` names the template and the environment of each stack, and the
folders of nested assemblies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.security.input.documents import read_document
from cp_teach.security.input.input_files import NoFile

MANIFEST = "manifest.json"
STACK = "aws:cloudformation:stack"
ASSEMBLY = "cdk:cloud-assembly"
MAX_STACKS = 500
"""Maximum number of stacks in a folder."""
MAX_DEPTH = 8
"""Maximum nesting of assemblies."""


class StackTemplate(NamedTuple):
    """The template of one stack; ``region`` is "" if the stack is for any Region."""

    name: str
    path: Path
    region: str


def find_templates(folder: Path) -> list[StackTemplate]:
    """Return the templates in a folder: those that its ``manifest.json`` names, or else every ``*.template.json``.

    Raises ``NoFile`` if there is none, and ``UnreadableFile`` for a damaged manifest.
    """
    if (folder / MANIFEST).is_file():
        stacks = list(_stacks(folder, 0))
    else:
        patterns = ("*.template.json", "*.template.yaml", "*.template.yml", "*.template")
        files = sorted(path for pattern in patterns for path in folder.glob(pattern))
        stacks = [StackTemplate(path.name.split(".", 1)[0], path, "") for path in files]
    if not stacks:
        raise NoFile(
            f"{folder} is a folder without templates. Give a file, or the folder that `cdk synth` writes (cdk.out)."
        )
    if len(stacks) > MAX_STACKS:
        raise InvalidTemplate(f"{folder} has more than {MAX_STACKS} stacks. Give the template of one stack.")
    return stacks


def _stacks(folder: Path, depth: int) -> Iterator[StackTemplate]:
    manifest = folder / MANIFEST
    document: Any = read_document(manifest) if manifest.is_file() else {}
    artifacts = document.get("artifacts") if isinstance(document, dict) else None
    if not isinstance(artifacts, dict):
        raise InvalidTemplate(f"{manifest} is not the manifest of `cdk synth`: it has no artifacts.")
    for name, artifact in artifacts.items():
        properties = artifact.get("properties") if isinstance(artifact, dict) else None
        if not isinstance(properties, dict):
            continue
        if artifact.get("type") == STACK and isinstance(properties.get("templateFile"), str):
            region = str(artifact.get("environment", "")).rpartition("/")[2]
            path = _inside(folder, properties["templateFile"], manifest)
            yield StackTemplate(str(name), path, "" if region.startswith("unknown") else region)
        elif artifact.get("type") == ASSEMBLY and isinstance(properties.get("directoryName"), str):
            if depth >= MAX_DEPTH:
                raise InvalidTemplate(f"{manifest}: more than {MAX_DEPTH} assemblies are inside each other.")
            yield from _stacks(_inside(folder, properties["directoryName"], manifest), depth + 1)


def _inside(folder: Path, name: str, manifest: Path) -> Path:
    """A file of the folder. A manifest of a stranger must not lead to other files."""
    path = folder / name
    try:
        path.resolve().relative_to(folder.resolve())
    except (ValueError, OSError, RuntimeError):
        raise InvalidTemplate(f"{manifest}: {name!r:.80} is not in the folder.") from None
    return path
