"""The image of a single user, for JupyterHub and Binder: repo2docker makes it of this repository. (Docker builds it;
what is read here is the recipe that repo2docker writes for it.)"""

import re
from pathlib import Path

import pytest
import yaml
from repo2docker.app import Repo2Docker
from repo2docker.buildpacks import conda

from cp_teach import resources

ROOT = Path(__file__).parents[1]


@pytest.fixture
def recipe(monkeypatch):
    """The build pack that repo2docker chooses for this repository, and the Dockerfile it writes."""
    monkeypatch.chdir(ROOT)
    app = Repo2Docker()
    packs = (make(app.base_image) for make in app.buildpacks)
    chosen = next(pack for pack in packs if pack.detect())
    chosen.platform = "linux/amd64"
    return chosen, chosen.render({})


def test_the_environment_of_this_repository_is_what_is_installed(recipe):
    pack, dockerfile = recipe
    assert type(pack).__name__ == "CondaBuildPack"
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in dockerfile


def test_its_python_is_one_that_the_kit_takes_and_that_repo2docker_has(recipe):
    pack, _ = recipe
    told = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert f"python={pack.python_version}" in told["dependencies"]
    assert tuple(map(int, pack.python_version.split("."))) >= (3, 11)
    locks = Path(conda.__file__).parent
    assert (locks / f"environment.py-{pack.python_version}-linux-64.lock").is_file()


def test_the_sources_are_there_before_they_are_installed(recipe):
    _, dockerfile = recipe
    assert dockerfile.index("COPY --chown=1000:1000 src/") < dockerfile.index("env update")
    assert "--editable ." in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_the_links_in_the_docs_lead_to_a_notebook():
    text = (ROOT / "docs" / "classroom.md").read_text(encoding="utf-8")
    paths = re.findall(r"lab/tree/(notebooks/[\w.]+)", text)
    assert len(paths) >= 2
    for path in paths:
        assert (resources.notebooks().parent / path).is_file()
