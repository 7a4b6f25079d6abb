"""What is installed is what was written: two lists in step, a wheel with everything, a quick import."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import cp_teach

ROOT = Path(__file__).parent.parent
PACKAGE = Path(cp_teach.__file__).parent
FILES = ("*.py", "*.toml", "*.js", "*.css", "*.json", "py.typed")


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_conda_gets_the_same_packages_and_bounds(project):
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    entries = re.findall(r"^ +- ([^:\n]+)$", text, re.MULTILINE)
    entries = {entry.replace("python-graphviz", "graphviz") for entry in entries}
    extra = {"conda-forge", "pip", "python=3.12", "--editable ."}
    assert extra <= entries
    assert entries - extra == set(project["dependencies"])


def test_every_dependency_has_its_reason(project):
    reasons = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    everything = project["dependencies"] + project["optional-dependencies"]["test"]
    names = [re.split(r"[\[><=]", one)[0] for one in everything]
    assert [name for name in names if f"`{name}`" not in reasons] == []


def test_the_first_minute_of_the_readme_runs(capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(code, {})
    assert "Prod" in capsys.readouterr().out


def test_the_version_is_said_once(project):
    assert project["dynamic"] == ["version"]
    assert metadata.version("cp-teach") == cp_teach.__version__
    assert f"## {cp_teach.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.skipif(
    not (ROOT / "cp_teach").exists(), reason="the sources are not here: the wheel is under test"
)
def test_the_wheel_brings_everything(tmp_path):
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), "."]
    subprocess.run(wheel, cwd=ROOT, check=True, capture_output=True, timeout=300)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as archive:
        names = set(archive.namelist())
    wanted = {path.relative_to(ROOT).as_posix() for kind in FILES for path in (ROOT / "cp_teach").rglob(kind)}
    for name in ("data", "notebooks"):
        for path in filter(Path.is_file, (ROOT / name).rglob("*")):
            if ".ipynb_checkpoints" not in path.parts and "__pycache__" not in path.parts:
                wanted.add("cp_teach/_share/" + path.relative_to(ROOT).as_posix())
    assert sorted(wanted - names) == []
    assert not [name for name in names if name.startswith(("tests/", "data/", "notebooks/", "docs/"))]


@pytest.mark.skipif("CP_TEACH_WHEEL" not in os.environ, reason="only when the wheel is under test (.ci/run)")
def test_it_is_the_wheel_that_is_tested():
    assert "site-packages" in PACKAGE.parts
    assert (PACKAGE / "_share" / "notebooks").is_dir()
    assert not (ROOT / "cp_teach").exists()


def test_nothing_names_a_registry_or_a_place_of_one_machine():
    """The words are put together here, so that this file does not find itself."""
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "deb.debian" + ".org", "npmjs" + "."]
    # A home of one machine, but not a folder of that name inside another (i-1/root/var/www).
    told = re.compile("|".join(map(re.escape, hosts)) + r"|(?<![\w.-])/" + "root/")
    found = []
    for path in filter(Path.is_file, ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        known = (*parts[:1], path.suffix)
        if parts[0].startswith(".venv") or parts[0] in (".git", "cp-teach-notebooks", "build", "dist"):
            continue
        if path.suffix in (".py", ".toml", ".md", ".yml", ".json", ".ipynb", ".js") or known[0] == "Makefile":
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.relative_to(ROOT)}: {word}" for word in told.findall(text)]
    assert told.search("see /" + "root/.cache")
    assert found == []


@pytest.mark.parametrize("what", ["cp_teach", "cp_teach.cli"])
def test_the_import_loads_nothing_heavy(tmp_path, what):
    """How long it takes is measured by benchmarks/import_time.py."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {what}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split("|") for line in done.stderr.splitlines() if line.startswith("import time:")][1:]
    loaded = {line[-1].strip() for line in lines}
    assert what in loaded
    heavy = (
        "boto3 botocore moto pandas numpy networkx anywidget ipywidgets jupyterlab IPython graphviz nbconvert"
    )
    assert loaded & set(heavy.split()) == set()


def test_every_room_is_reached_from_the_front_door():
    script = (
        "import cp_teach; print([getattr(cp_teach, name).__name__ for name in ('flow', 'places', 'look')])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['cp_teach.flow', 'cp_teach.resources', 'cp_teach.style']"
