"""What all tests share: optional tools, a quiet hypothesis, and no way to a real AWS account."""

import functools
import os
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

import hypothesis
import pytest

from cp_teach.cli import skip_optional_import
from cp_teach.cli.optional_tools import TOOLS

skip_optional_import()  # as every command of ours does; the helpers of the tests read notebooks before one is run
# No deadline: on a busy machine a slow example is not a bug.
hypothesis.settings.register_profile("quick", deadline=None, max_examples=40)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=200)
hypothesis.settings.load_profile("thorough" if os.environ.get("CP_TEACH_PROVE") else "quick")


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


@pytest.fixture(autouse=True, scope="module")
def _empty_process_server() -> Iterator[None]:
    """The server that ``serve`` and ``sandbox`` share in a process has no pipelines left from another file."""
    yield
    module = sys.modules.get("cp_teach.aws.server.process_server")
    server = module.PROCESS._server if module else None
    if server is not None:
        server.service.reset()


@pytest.fixture(autouse=True, scope="session")
def _models_read_once() -> Iterator[None]:
    """All sessions of botocore share one loader. Each mock gives boto3 a new session, whose own loader would parse
    the models of the services again: a fifth of a second for each test."""
    import botocore.session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def forked_kernels() -> Iterator[dict[str, str]]:
    """The variables with which a kernel starts in no time: see warm_kernels.py."""
    import warm_kernels

    with warm_kernels.warm() as variables:
        yield variables


@pytest.fixture(scope="module")
def warm_kernels(forked_kernels: dict[str, str]) -> Iterator[None]:
    """Every kernel that the tests of this file start is a fork of one that has loaded its libraries."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in forked_kernels.items():
            patch.setenv(name, value)
        yield


LONGEST = (
    "tests/browser/test_console.py",
    "tests/test_notebooks_run.py",
    "tests/browser/test_alive.py",
    "tests/aws/server/test_server.py",
    "tests/browser/test_slides.py",
    "tests/browser/test_course.py",
)
"""The files that take the longest, longest first: begun last, one of two processes would wait for the other."""


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Put the longest files first."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(config.rootpath).as_posix()
        return LONGEST.index(path) if path in LONGEST else len(LONGEST)

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each process whole files, because their fixtures are made once a file, and one process all files that need
    JupyterLab.

    xdist's own ``--dist loadgroup`` writes groups into the names of tests, which pytest 9.2 ignores.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path, _, name = nodeid.partition("::")
            if path == "tests/test_notebooks_run.py":  # each notebook is run once for its tests
                return name.partition("[")[2] or path
            return "jupyterlab" if needs_jupyterlab(path) else path

    @functools.cache
    def needs_jupyterlab(path: str) -> bool:
        text = (config.rootpath / path).read_text(encoding="utf-8")
        return path.startswith("tests/browser/") and "jupyterlab" in text

    return ByFile(config, log)


def pytest_report_header() -> str:
    import cp_teach

    return f"cp_teach: {cp_teach.__version__} from {cp_teach.__file__}"
