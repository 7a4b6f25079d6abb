"""What all tests share: optional tools, a quiet hypothesis, and no way to a real AWS account."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from cp_teach.cli import skip_optional_import
from cp_teach.cli.optional_tools import TOOLS

skip_optional_import()  # as every command of ours does; the helpers of the tests read notebooks before one is run
hypothesis.settings.register_profile("shared", deadline=None)  # on a busy machine a slow example is no bug
hypothesis.settings.load_profile("shared")


def _need(name: str) -> str:
    tool = TOOLS[name]
    path = tool.path()
    if path is None:
        _skip(f"{name} is not installed: {tool.install()}")
    return path


def _skip(reason: str) -> NoReturn:
    """Skip the test; fail it where CI is set, so that no run there passes by leaving something out."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def needs() -> Callable[[str], str]:
    """`needs("chromium")` is the tool's path; without it the test is skipped, or fails where CI is set."""
    return _need


@pytest.fixture
def jailed() -> None:
    """With bubblewrap; skipped, or failed where CI is set, if it is missing or the machine permits no namespaces."""
    from cp_teach.work.sandbox import bubblewrap

    _need("bubblewrap")
    if not bubblewrap.working_bwrap():
        _skip(bubblewrap.jail())


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            _need(name)


@pytest.fixture(autouse=True, scope="session")
def _no_account() -> None:
    """No test may find credentials, a profile or an endpoint that its user has set."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


@pytest.fixture(scope="session")
def forked_kernels() -> Iterator[dict[str, str]]:
    """The variables with which a kernel starts in no time: see warm_kernels.py."""
    # The tests are collected without a package around them, so a helper beside them is loaded by its path.
    spec = importlib.util.spec_from_file_location("warm_kernels", Path(__file__).with_name("warm_kernels.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.warm() as variables:
        yield variables


@pytest.fixture(scope="module")
def warm_kernels(forked_kernels: dict[str, str]) -> Iterator[None]:
    """Every kernel that the tests of this file start is a fork of one that has loaded its libraries."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in forked_kernels.items():
            patch.setenv(name, value)
        yield


LONGEST = ("test_course.py", "test_notebooks_run.py", "test_alive.py", "test_fuzz.py", "test_wizard.py")
"""The files that take the longest, longest first: begun last, one of two processes would wait for the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest files first; all others stay in their order."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_report_header() -> str:
    import cp_teach

    return f"cp_teach: {cp_teach.__version__} from {cp_teach.__file__}"
