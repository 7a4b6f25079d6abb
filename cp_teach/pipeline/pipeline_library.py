"""Load the example pipelines of the kit by name, and pipelines from JSON files by path."""

from __future__ import annotations

from pathlib import Path

from cp_teach import resources
from cp_teach.pipeline.facade import Pipeline
from cp_teach.security.input.input_files import parse_input_json, read_text_file


def load_pipeline(name: str | Path) -> Pipeline:
    """Return an example pipeline by name ("demo-s3-codedeploy"), or the pipeline of a JSON file by path.

    Raises ``FileNotFoundError``, which lists the existing names, ``UnreadableFile`` (a ``ValueError``) if the file is
    not JSON, or ``InvalidPipeline`` if AWS would refuse it.
    """
    path = Path(name)
    if not path.suffix:
        path = resources.pipelines() / f"{name}.json"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in resources.pipelines().glob("*.json")))
        raise FileNotFoundError(f"there is no pipeline {str(name)!r}; the kit has: {names}")
    return Pipeline.from_aws(parse_input_json(read_text_file(path), path.name))
