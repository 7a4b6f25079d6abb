"""Imports inside functions: allowed only for heavy libraries and for the modules that load one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from structure.sources import ROOT, imports, module_name, parse, python_files

HEAVY = (
    "awscli", "anywidget", "boto3", "botocore", "distributed", "flask", "graphviz_pure", "ipykernel", "IPython",
    "ipywidgets", "jsonpath_ng", "jupyter_core", "jupyter_client", "jupyterlab", "latex2mathml", "moto", "nbclient",
    "nbconvert", "nbformat", "networkx", "numba", "numpy", "pandas", "pygments", "requests", "scipy", "sphinx_revealjs",
    "tornado", "tqdm", "traitlets", "urllib3", "werkzeug", "yaml",
)  # fmt: skip
"""Libraries that take a tenth of a second or more to load. ``import cp_teach``, ``cp-teach --help`` and a subcommand
that does not need one of them must not load it (``benchmarks/import_time.py``)."""


EXEMPT = {
    "cp_teach/cli/": "a subcommand loads only the rooms that it needs, so that the command starts at once",
    "pwd": "the module is missing on Windows",
    "site": "a Python without site-packages starts without it",
}
"""Further exceptions, each with its reason: a folder of the package, or a module of the standard library."""


def heavy_modules() -> set[str]:
    """Return the modules of the package that use a heavy library, directly or through the modules that they load."""
    at_top: dict[str, set[str]] = {}
    heavy = set()
    for path in python_files():
        tree = parse(path)
        lazy = {id(node) for node in (*_inside_functions(tree), *_type_only(tree))}
        module = module_name(path)
        at_top[module] = {name for node, name in imports(path) if id(node) not in lazy}
        if any(name.split(".")[0] in HEAVY for _, name in imports(path)):
            heavy.add(module)
    while more := {name for name, loaded in at_top.items() if name not in heavy and loaded & heavy}:
        heavy |= more
    return heavy


def faults() -> Iterator[str]:
    """Yield a sentence for each import inside a function that saves no start-up time."""
    heavy = heavy_modules()
    for path in python_files():
        place = path.relative_to(ROOT).as_posix()
        if any(place.startswith(folder) for folder in EXEMPT):
            continue
        inside = {id(node) for node in _inside_functions(parse(path))}
        for node, name in imports(path):
            if id(node) not in inside or name.split(".")[0] in HEAVY or name in EXEMPT:
                continue
            if name in heavy or any(each.startswith(name + ".") for each in heavy):
                continue
            yield (
                f"{place}:{node.lineno}: the import of {name} inside a function saves no start-up time; "
                "move it to the top."
            )


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
