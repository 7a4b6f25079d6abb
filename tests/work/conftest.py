"""What tests of work share: a small shop to deploy to, and both ways of running a stranger's command.

Importlib mode puts no folder on the path by itself.
"""

import sys
from pathlib import Path

import pytest

from cp_teach.work import jail, shell

sys.path.append(str(Path(__file__).parent))
pytest.register_assert_rewrite("deploy_shop")


@pytest.fixture
def jailed(needs):
    """With bubblewrap; skipped where that is not installed, or the machine permits no namespaces."""
    needs("bubblewrap")
    if not jail.working_bwrap():
        pytest.skip(jail.jail())


@pytest.fixture(params=["jailed", "free"])
def way(request, monkeypatch):
    """With bubblewrap, and as on a machine that has none."""
    if request.param == "jailed":
        request.getfixturevalue("jailed")
    else:
        for module in (jail, shell):
            monkeypatch.setattr(module, "working_bwrap", lambda: "")
        monkeypatch.setattr(jail, "_bwrap", lambda: "")
    return request.param
