"""`cp-teach doctor`: look at what cp_teach needs on this machine, and say what to do where it is missing."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach import resources
from cp_teach.cli.commands import lab
from cp_teach.cli.optional_tools import TOOLS, Tool

PIP = f"{sys.executable} -m pip install"


class Finding(NamedTuple):
    """One look: what was looked at, whether it is well, what was seen, and what to do if it is not well."""

    name: str
    well: bool
    seen: str
    todo: str = ""
    required: bool = True

    def __str__(self) -> str:
        mark = "ok " if self.well else "NO " if self.required else "-- "
        line = f"{mark} {self.name}: {self.seen}"
        return line if self.well or not self.todo else f"{line}\n      → {self.todo}"


def add(commands: Any) -> None:
    """Tell the command line of `doctor`."""
    sub = commands.add_parser(
        "doctor", help="check this machine, and say what to do for each thing that is missing"
    )
    sub.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Print every finding; 1 when something required is wrong, 0 otherwise."""
    wrong = 0
    for finding in findings():
        print(finding)
        wrong += finding.required and not finding.well
    print(
        "All that is required is here."
        if not wrong
        else f"Required and wrong: {wrong}. Each says above what to do."
    )
    return 1 if wrong else 0


def findings() -> Iterator[Finding]:
    """Every look, in the order in which a person would mend things."""
    yield python(sys.version_info[:3])
    yield environment()
    yield from packages()
    yield drawing()
    yield widget_extension()
    yield widget_file()
    yield from folders()
    yield port()
    yield browser()
    yield from (optional(tool) for tool in TOOLS.values())


def python(version: tuple[int, ...]) -> Finding:
    """Whether Python is new enough."""
    number = ".".join(map(str, version))
    return Finding(
        "Python", version >= (3, 11), f"{number} at {sys.executable}", "Install Python 3.11 or newer."
    )


def environment() -> Finding:
    """Whether cp_teach lives in an environment of its own; it also works without one."""
    own = sys.prefix != sys.base_prefix or bool(os.environ.get("CONDA_PREFIX"))
    todo = "`make lab` in a clone makes one, or: python3 -m venv .venv"
    return Finding("environment", own, sys.prefix if own else "the system's own Python", todo, required=False)


def packages() -> Iterator[Finding]:
    """Whether each package that cp_teach requires is installed; all good ones in one line."""
    try:
        wanted = metadata.requires("cp-teach") or []
    except metadata.PackageNotFoundError:
        yield Finding(
            "packages",
            False,
            "cp-teach itself is not installed",
            f"{PIP} cp-teach, or in a clone: {PIP} -e .",
        )
        return
    names = [line.split(";")[0] for line in wanted if "extra ==" not in line]
    missing = [name for name in map(_bare, names) if not _installed(name)]
    for name in missing:
        yield Finding("package", False, f"{name} is not installed", f"{PIP} {name}")
    if not missing:
        yield Finding("packages", True, f"all {len(names)} are installed")


def _bare(requirement: str) -> str:
    """The name alone: `moto[s3]>=5` is moto."""
    for at, letter in enumerate(requirement):
        if not (letter.isalnum() or letter in "-_."):
            return requirement[:at]
    return requirement


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def drawing() -> Finding:
    """Whether the program that draws pipelines runs here."""
    beside = Path(sys.executable).parent  # the environment's commands, activated or not
    program = shutil.which("graphviz-pure", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    version = runs(program, "-V") if program else None
    seen = version or (f"{program} does not run" if program else "graphviz-pure is not found")
    return Finding("drawing", bool(version), seen, f"{PIP} --force-reinstall graphviz-pure")


def runs(program: str, *args: str) -> str | None:
    """The first line that a program prints, or None when it does not run."""
    try:
        done = subprocess.run([program, *args], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout or done.stderr).strip().partition("\n")[0] or program


def widget_extension() -> Finding:
    """Whether JupyterLab will find the two extensions that show a widget."""
    missing = []
    for package, extension in (
        ("jupyterlab_widgets", "@jupyter-widgets/jupyterlab-manager"),
        ("anywidget", "anywidget"),
    ):
        homes = [Path(root) / "share" / "jupyter" / "labextensions" for root in _roots()]
        if not any((home / extension / "package.json").is_file() for home in homes):
            missing.append(package)
    seen = (
        f"JupyterLab will not find {' and '.join(missing)}"
        if missing
        else "JupyterLab finds anywidget and ipywidgets"
    )
    return Finding("widget front end", not missing, seen, f"{PIP} --force-reinstall {' '.join(missing)}")


def _roots() -> Iterator[str]:
    """Where pip puts shared files: of the environment, of the system, of the user."""
    import site

    yield from (sys.prefix, "/usr/local", "/usr", site.getuserbase())


def widget_file() -> Finding:
    """Whether the widget's own module came with the package."""
    spec = find_spec("cp_teach")
    home = Path(spec.origin).parent if spec and spec.origin else Path()
    file = home / "show" / "static" / "console" / "render.js"
    seen = f"{file.stat().st_size // 1024} kB" if file.is_file() else f"{file} is not there"
    return Finding("widget module", file.is_file(), seen, f"{PIP} --force-reinstall cp-teach")


def folders() -> Iterator[Finding]:
    """Whether the notebooks and the data are there."""
    for name, find in (("notebooks", resources.notebooks), ("data", resources.data)):
        try:
            yield Finding(name, True, str(find()))
        except FileNotFoundError as error:
            yield Finding(name, False, "not there", str(error))


def port() -> Finding:
    """Whether a server can listen on loopback, and where it would."""
    number = lab.free_port()
    taken = "" if number == lab.USUAL_PORT else f" ({lab.USUAL_PORT} is taken, which does no harm)"
    return Finding("port", True, f"{number} is free{taken}")


def browser() -> Finding:
    """Whether `cp-teach lab` can open a browser by itself."""
    can = lab.browser_possible()
    seen = "one can open" if can else "none can open here; the address is printed instead"
    return Finding(
        "browser", can, seen, "Open the address that `cp-teach lab` prints, on this machine.", required=False
    )


def optional(tool: Tool) -> Finding:
    """Whether an optional tool is on the path."""
    found = tool.path()
    if found and tool.ask and not runs(found, *tool.ask):
        return Finding(tool.name, False, f"{found} does not run; {tool.use}", tool.install(), required=False)
    return Finding(tool.name, bool(found), found or f"not found; {tool.use}", tool.install(), required=False)
