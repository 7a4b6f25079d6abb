"""What the attacks share: their helpers can be imported, and what they leave is removed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cp_teach.work.folder_trees import remove

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _deep_folders_are_removed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Some attacks build folders so deep that pytest's own clean-up, which recurses, would fail a later run."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder is not None:
        remove(folder)
