"""`cp-teach doctor`: check this machine for everything that cp_teach needs."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from cp_teach import resources
from cp_teach.cli.commands import lab
from cp_teach.cli.common_options import Commands
from cp_teach.cli.optional_tools import TOOLS, Tool

PIP = f"{sys.executable} -m pip install"
WIDGET_EXTENSIONS = {
    "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager",
    "anywidget": "anywidget",
}
"""Package to its extension of JupyterLab."""


class Finding(NamedTuple):
    """The result of one check: its subject, whether it is OK, details, and what to do if it is not."""

    name: str
    ok: bool
    detail: str
    todo: str = ""
    required: bool = True

    def __str__(self) -> str:
        mark = "ok " if self.ok else "NO " if self.required else "-- "
        line = f"{mark} {self.name}: {self.detail}"
        return line if self.ok or not self.todo else f"{line}\n      → {self.todo}"


def add(commands: Commands) -> None:
    """Add the command `doctor`."""
    command = commands.add_parser("doctor", help="check this machine, and say how to fix each problem")
    command.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Print every finding; return 1 if a requirement is not met, otherwise 0."""
    problems = 0
    for finding in findings():
        print(finding)
        problems += finding.required and not finding.ok
    print(
        "All requirements are met."
        if not problems
        else f"Requirements that are not met: {problems}. The lines with → say what to do."
    )
    return 1 if problems else 0


def findings() -> Iterator[Finding]:
    """Yield every finding, in the order in which problems should be fixed."""
    yield python(sys.version_info[:3])
    yield environment()
    yield from packages()
    yield drawing()
    yield widget_extension()
    yield widget_file()
    yield from folders()
    yield port()
    yield browser()
    yield from (optional_tool(tool) for tool in TOOLS.values())


def python(version: tuple[int, ...]) -> Finding:
    """Check the version of Python."""
    number = ".".join(map(str, version))
    return Finding(
        "Python", version >= (3, 11), f"{number} at {sys.executable}", "Install Python 3.11 or newer."
    )


def environment() -> Finding:
    """Check for a virtual environment, which is recommended."""
    isolated = sys.prefix != sys.base_prefix or bool(os.environ.get("CONDA_PREFIX"))
    todo = "`make lab` in a clone makes one, or: python3 -m venv .venv"
    return Finding(
        "environment", isolated, sys.prefix if isolated else "the system's own Python", todo, required=False
    )


def packages() -> Iterator[Finding]:
    """Check the required packages; missing ones get a line each."""
    try:
        requirements = metadata.requires("cp-teach") or []
    except metadata.PackageNotFoundError:
        yield Finding(
            "packages",
            False,
            "cp-teach itself is not installed",
            f"{PIP} cp-teach, or in a clone: {PIP} -e .",
        )
        return
    # The name in a requirement is what comes before brackets, comparisons, and markers.
    names = [re.split(r"[^\w.-]", line)[0] for line in requirements if "extra ==" not in line]
    missing = [name for name in names if not _installed(name)]
    for name in missing:
        yield Finding("package", False, f"{name} is not installed", f"{PIP} {name}")
    if not missing:
        yield Finding("packages", True, f"all {len(names)} are installed")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def drawing() -> Finding:
    """Check that the program that draws pipelines runs."""
    beside = Path(sys.executable).parent  # the environment's commands, even if it is not active
    program = shutil.which("graphviz-pure", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    version = first_output_line(program, "-V") if program else None
    detail = version or (f"{program} does not run" if program else "graphviz-pure is not found")
    return Finding("drawing", bool(version), detail, f"{PIP} --force-reinstall graphviz-pure")


def first_output_line(program: str, *args: str) -> str | None:
    """Return the first line that a program prints, or None if it does not run."""
    try:
        done = subprocess.run([program, *args], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout or done.stderr).strip().partition("\n")[0] or program


def widget_extension() -> Finding:
    """Check that JupyterLab can find the two extensions for widgets."""
    import site

    prefixes = (sys.prefix, "/usr/local", "/usr", site.getuserbase())
    folders = [Path(prefix) / "share" / "jupyter" / "labextensions" for prefix in prefixes]
    missing = [
        package
        for package, extension in WIDGET_EXTENSIONS.items()
        if not any((folder / extension / "package.json").is_file() for folder in folders)
    ]
    detail = (
        f"JupyterLab cannot find {' and '.join(missing)}"
        if missing
        else "JupyterLab finds anywidget and ipywidgets"
    )
    return Finding("widget front end", not missing, detail, f"{PIP} --force-reinstall {' '.join(missing)}")


def widget_file() -> Finding:
    """Check that the widget's JavaScript module is installed."""
    spec = find_spec("cp_teach")
    package_folder = Path(spec.origin).parent if spec and spec.origin else Path()
    file = package_folder / "show" / "static" / "console" / "frame" / "render.js"
    detail = f"{file.stat().st_size // 1024} kB" if file.is_file() else f"{file} is missing"
    return Finding("widget module", file.is_file(), detail, f"{PIP} --force-reinstall cp-teach")


def folders() -> Iterator[Finding]:
    """Check that the notebooks and the data are installed."""
    for name, find in (("notebooks", resources.notebooks), ("data", resources.data)):
        try:
            yield Finding(name, True, str(find()))
        except FileNotFoundError as error:
            yield Finding(name, False, "missing", str(error))


def port() -> Finding:
    """Find a free port for a server on loopback."""
    number = lab.free_port()
    note = "" if number == lab.USUAL_PORT else f" ({lab.USUAL_PORT} is in use, which does no harm)"
    return Finding("port", True, f"{number} is free{note}")


def browser() -> Finding:
    """Check whether `cp-teach lab` can open a browser."""
    possible = lab.browser_possible()
    detail = "can be opened" if possible else "cannot be opened; the address is printed instead"
    return Finding(
        "browser",
        possible,
        detail,
        "Open the address that `cp-teach lab` prints, on this machine.",
        required=False,
    )


def optional_tool(tool: Tool) -> Finding:
    """Check an optional tool."""
    path = tool.path()
    works = path is not None and (not tool.probe or first_output_line(path, *tool.probe) is not None)
    problem = f"{path} does not run" if path else "not found"
    detail = f"{path}" if works else f"{problem}; {tool.purpose}"
    return Finding(tool.name, works, detail, tool.install(), required=False)
