"""The notebooks and the data are found in a clone and in an install."""

import pytest

from cp_teach import resources


def test_each_place_is_there_and_holds_what_it_says():
    assert list(resources.notebooks().glob("*.ipynb"))
    assert list(resources.data().iterdir())
    assert list(resources.pipelines().glob("*.json"))
    assert list(resources.questions().glob("*/*.toml"))


def test_an_install_is_preferred_to_what_lies_around_it(tmp_path, monkeypatch):
    package = tmp_path / "cp_teach"
    (tmp_path / "data").mkdir()
    (package / "_share" / "data").mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.data() == package / "_share" / "data"
    assert resources.pipelines() == package / "_share" / "data" / "pipelines"


def test_a_clone_has_them_beside_the_package(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "cp_teach")
    assert resources.notebooks() == tmp_path / "notebooks"


def test_a_missing_folder_is_told_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "cp_teach")
    with pytest.raises(FileNotFoundError, match=r"without its folder data/.*pip install"):
        resources.data()
