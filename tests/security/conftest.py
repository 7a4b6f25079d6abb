"""What the attacks leave is removed."""

from collections.abc import Iterator

import pytest

from cp_teach.work.folder_trees import remove


@pytest.fixture(autouse=True)
def _deep_folders_are_removed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Some attacks build folders so deep that pytest's own clean-up, which recurses, would fail a later run."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder is not None:
        remove(folder)
