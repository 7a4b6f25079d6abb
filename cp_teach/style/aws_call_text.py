"""Format a call of AWS's API as an AWS CLI command and as a boto3 call.

>>> print(format_cli("codepipeline", "get_pipeline_state", {"name": "shop"}))
aws codepipeline get-pipeline-state --name shop
>>> print(format_boto3("codepipeline", "get_pipeline_state", {"name": "shop"}))
codepipeline.get_pipeline_state(name='shop')
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any


def cli_option(name: str) -> str:
    """Return the CLI's option for a parameter: ``pipelineExecutionId`` -> ``--pipeline-execution-id``."""
    return "--" + re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def format_cli(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return the AWS CLI command, quoted for a shell."""
    parts = [f"aws {service}", operation.replace("_", "-")]
    for name, value in parameters.items():
        parts += _option(name, value)
    return " ".join(parts)


def format_boto3(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return the boto3 call on a client that is named like its service."""
    given = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    return f"{service}.{operation}({given})"


def _option(name: str, value: Any) -> list[str]:
    if value is True:
        return [cli_option(name)]
    if value is False:
        return ["--no-" + cli_option(name)[2:]]
    if isinstance(value, dict):
        return [cli_option(name), shlex.quote(_structure(value))]
    if isinstance(value, list):
        return [cli_option(name), shlex.quote(json.dumps(value, ensure_ascii=False))]
    if isinstance(value, bytes):
        return [cli_option(name), "FILE"]
    return [cli_option(name), shlex.quote(str(value))]


def _structure(value: dict[str, Any]) -> str:
    """The CLI's shorthand (``summary=…,status=Approved``), or JSON where a character would break the shorthand."""
    if all(isinstance(v, str) and re.fullmatch(r"[\w .!?()/-]+", v) for v in value.values()):
        return ",".join(f"{k}={v}" for k, v in value.items())
    return json.dumps(value, ensure_ascii=False)
