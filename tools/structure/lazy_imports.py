"""Imports inside functions: allowed only for heavy libraries and for the modules that load one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from structure.sources import PACKAGE, ROOT, imports, module_name, parse, python_files

HEAVY = (
    "awscli", "anywidget", "boto3", "botocore", "distributed", "flask", "graphviz_pure", "ipykernel", "IPython",
    "ipywidgets", "jsonpath_ng", "jupyter_core", "jupyter_client", "jupyterlab", "latex2mathml", "moto", "nbclient",
    "nbconvert", "nbformat", "networkx", "numba", "numpy", "pandas", "pygments", "requests", "scipy", "sphinx_revealjs",
    "tornado", "tqdm", "traitlets", "werkzeug", "yaml",
)  # fmt: skip
"""Libraries that take a tenth of a second or more to load. ``import cp_teach``, ``cp-teach --help`` and a subcommand
that does not need one of them must not load it (``benchmarks/import_time.py``)."""


def heavy_modules() -> set[str]:
    """Return the modules of the package that load a heavy library, directly or through other modules."""
    direct: dict[str, set[str]] = {}
    for path in python_files():
        tree = parse(path)
        lazy = {id(node) for node in _inside_functions(tree)} | {id(node) for node in _type_only(tree)}
        direct[module_name(path)] = {name for node, name in imports(path) if id(node) not in lazy}
    heavy = {name for name, wanted in direct.items() if any(each.split(".")[0] in HEAVY for each in wanted)}
    while more := {name for name, wanted in direct.items() if name not in heavy and wanted & heavy}:
        heavy |= more
    return heavy


def faults() -> Iterator[str]:
    """Yield a sentence for each import inside a function that saves no start-up time."""
    heavy = heavy_modules()
    for path in python_files():
        inside = {id(node) for node in _inside_functions(parse(path))}
        for node, name in imports(path):
            if id(node) not in inside or name.split(".")[0] in HEAVY:
                continue
            if name.split(".")[0] == PACKAGE and (
                name in heavy or any(each.startswith(name + ".") for each in heavy)
            ):
                continue
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield f"{where}: the import of {name} inside a function saves no start-up time; move it to the top."


def _inside_functions(tree: ast.Module) -> Iterator[ast.stmt]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node


def _type_only(tree: ast.Module) -> Iterator[ast.stmt]:
    for branch in ast.walk(tree):
        if (
            isinstance(branch, ast.If)
            and isinstance(branch.test, ast.Name)
            and branch.test.id == "TYPE_CHECKING"
        ):
            for node in ast.walk(branch):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node
