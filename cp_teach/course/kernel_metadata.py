"""What JupyterLab writes into a notebook when its kernel starts. A notebook that has it already stays unchanged until
someone changes it, so that closing it asks no question."""

from __future__ import annotations

import json
from typing import Any

from cp_teach.security.input.json_input import InvalidJson, parse_json


def kernel_metadata() -> dict[str, dict[str, Any]]:
    """The entries ``kernelspec`` and ``language_info`` of a notebook that runs with this Python."""
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelspec import get_kernel_dict

    spec = get_kernel_dict()
    kernelspec = {"display_name": spec["display_name"], "language": spec["language"], "name": "python3"}
    return {"kernelspec": kernelspec, "language_info": dict(IPythonKernel.language_info)}


def with_kernel_metadata(content: bytes) -> bytes:
    """Return a notebook file for this Python; a file that is no notebook for Python stays as it is."""
    try:
        notebook = parse_json(content)
        for_python = notebook["metadata"]["kernelspec"]["name"] == "python3"
    except (InvalidJson, KeyError, TypeError):
        return content
    if not for_python:
        return content
    notebook["metadata"] |= kernel_metadata()
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
