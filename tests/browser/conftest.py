"""A real JupyterLab and a real Chromium for the tests of this folder.

    def test_x(jupyterlab, page):
        jupyterlab.write("mine.ipynb", ["1 + 1"])     # a notebook with these code cells
        jupyterlab.open(page, "mine.ipynb")           # open it and wait for its kernel
        jupyterlab.run_all(page)                      # run every cell and wait until the kernel is idle
        assert page.get_by_text("2", exact=True)

`page` is empty at the start and fits any page: `page.goto(file.as_uri())` for a file. When the test ends it
must have seen no error of the page and no request to a stranger; `new_page` makes more of them, with options.
`lab_page` gives a page in which JupyterLab stays loaded from test to test, because loading it is most of the work, and
`jupyterlab.show(page, cells)` runs cells in a notebook and a kernel that stay, too.
`axe(page)` lists what axe finds against accessibility.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

START = 120
SIZE = {"width": 1280, "height": 900}
SCRATCH = "scratch.ipynb"
CALM = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")


class JupyterLab:
    """`cp-teach lab` on a working copy in a temporary folder, as a student has it."""

    def __init__(self, home: Path, variables: dict[str, str] | None = None) -> None:
        self.folder = home / "notebooks"
        self._log = (home / "lab.log").open("w+", encoding="utf-8")
        line = [sys.executable, "-m", "cp_teach", "lab", "--no-browser", "--folder", str(self.folder)]
        line += ["--", "--LabApp.expose_app_in_browser=True"]  # for our own questions to the page
        self.process = subprocess.Popen(
            line,
            cwd=home,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(variables or {})},
        )
        self.address = self._wait_for_address()
        self.origin = "{0.scheme}://{0.netloc}".format(urlparse(self.address))

    def log(self) -> str:
        """All that the command has printed."""
        return Path(self._log.name).read_text(encoding="utf-8")

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + START
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := re.search(r"http://\S+\?token=\w+", self.log()):
                return found.group()
            time.sleep(0.1)
        self.stop()
        pytest.fail(f"JupyterLab did not start:\n{self.log()}", pytrace=False)

    def stop(self) -> int:
        """Press Ctrl-C and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def write(self, name: str, cells: list[str]) -> Path:
        """Put a notebook with these code cells into the folder."""
        from nbformat.v4 import new_code_cell, new_notebook

        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = new_notebook(
            cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
        )
        path = self.folder / name
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    def open(self, page: Page, name: str = "") -> None:
        """Open a notebook (without a name: what `make lab` opens) and wait until its kernel is ready. Where JupyterLab
        is loaded already, it opens the notebook as it does for a person who clicks on its name."""
        token = self.address.partition("?")[2]
        if name and page.evaluate("() => Boolean(window.jupyterapp)"):
            # The braces matter: what the command returns would be handed to us with all that hangs on it.
            page.evaluate(
                "async path => { await window.jupyterapp.commands.execute('docmanager:open', { path }); }",
                name,
            )
        else:
            page.goto(f"{self.origin}/doc/tree/{name}?{token}" if name else self.address, wait_until="load")
        page.wait_for_selector(
            ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell", timeout=START * 1000
        )
        self.wait_until_idle(page)

    def show(self, page: Page, cells: list[str]) -> None:
        """Run these cells in the page's scratch notebook. Its kernel stays from test to test; the cells of the test
        before, their outputs, and their widgets go."""
        if not page.evaluate("name => window.jupyterapp?.shell.currentWidget?.title.label === name", SCRATCH):
            if page.evaluate("() => Boolean(window.jupyterapp)"):
                self.leave(page)
            self.write(SCRATCH, [])
            self.open(page, SCRATCH)
        page.evaluate(
            """sources => {
                const { sharedModel } = window.jupyterapp.shell.currentWidget.content.model;
                sharedModel.transact(() => {
                    const before = sharedModel.cells.length;
                    sharedModel.insertCells(0, sources.map(source => ({ cell_type: 'code', source })));
                    sharedModel.deleteCellRange(sources.length, sources.length + before);
                });
            }""",
            cells,
        )
        self.run_all(page)

    def leave(self, page: Page) -> None:
        """Close every notebook of the page and end its kernel; what is on the disk stays."""
        page.evaluate(
            """async () => {
                for (const panel of window.jupyterapp ? [...window.jupyterapp.shell.widgets('main')] : []) {
                    if (panel.sessionContext) await panel.sessionContext.shutdown();
                    panel.dispose();
                }
            }"""
        )

    def wait_until_idle(self, page: Page, seconds: float = 120) -> None:
        """Wait until the kernel of the notebook in front has done all that it was asked."""
        page.wait_for_function(
            """() => {
                const app = window.jupyterapp;
                const panel = app.shell.currentWidget;
                const kernel = panel && panel.sessionContext && panel.sessionContext.session
                    && panel.sessionContext.session.kernel;
                return kernel && kernel.status === 'idle'
                    && !panel.node.querySelector('.jp-InputPrompt[data-jp-prompt="*"]')
                    && ![...panel.node.querySelectorAll('.jp-InputPrompt')]
                        .some(prompt => prompt.textContent.includes('*'));
            }""",
            timeout=seconds * 1000,
        )

    def run_all(self, page: Page, seconds: float = 120) -> None:
        """Run every cell and wait until the kernel is idle again."""
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.wait_until_idle(page, seconds)


@pytest.fixture(scope="session")
def jupyterlab(
    tmp_path_factory: pytest.TempPathFactory, forked_kernels: dict[str, str]
) -> Iterator[JupyterLab]:
    """One JupyterLab for all tests of a process; it is stopped as a person stops it. Its kernels start in no time."""
    lab = JupyterLab(tmp_path_factory.mktemp("lab"), forked_kernels)
    yield lab
    assert lab.stop() == 0, lab.log()


class Chromium:
    """The machine's own Chromium, headless.

    Playwright leaves a running event loop in the thread, and other tests need a thread without one. So the loop is
    there only in ``awake`` blocks.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser, self._loop = browser, asyncio.get_running_loop()
        asyncio._set_running_loop(None)

    @contextlib.contextmanager
    def awake(self) -> Iterator[Browser]:
        """The browser, which can be used inside the block."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self._loop)
        try:
            yield self._browser
        finally:
            asyncio._set_running_loop(before)


@pytest.fixture(scope="session")
def one_chromium(needs: Callable[[str], str]) -> Iterator[Chromium]:
    """One Chromium for all tests of a process."""
    path = needs("chromium")
    flags = [*CALM, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else list(CALM)
    with sync_playwright() as playwright:
        one = Chromium(playwright.chromium.launch(executable_path=path, args=flags))
        yield one
        asyncio._set_running_loop(one._loop)
        one._browser.close()


@pytest.fixture(scope="module")
def chromium(one_chromium: Chromium) -> Iterator[Browser]:
    """The browser, for the tests of a file."""
    with one_chromium.awake() as browser:
        yield browser


class Seen:
    """What the pages of a test have seen that they must not: errors, and requests to strangers, which are refused."""

    def __init__(self) -> None:
        self.strangers: list[str] = []
        self.errors: list[str] = []

    def by(self, page: Page, *, errors_allowed: bool = False) -> Page:
        """Watch this page."""

        def route(one: Any) -> None:
            where = urlparse(one.request.url)
            if where.scheme in ("http", "https") and where.hostname not in ("127.0.0.1", "localhost"):
                self.strangers.append(one.request.url)
                one.abort()
            else:
                one.continue_()

        page.route("**/*", route)
        if not errors_allowed:
            page.on("pageerror", lambda error: self.errors.append(str(error)))
            page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        return page

    def nothing(self) -> None:
        """It was nothing."""
        assert not self.strangers, f"the page asked strangers: {self.strangers}"
        assert not self.errors, f"the page had errors: {self.errors}"


@pytest.fixture(scope="session")
def watcher() -> type[Seen]:
    """For a page that stays from test to test: `seen = watcher()`, `seen.by(page)`, and `seen.nothing()` in each."""
    return Seen


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Make a page: `new_page(viewport={"width": 400, "height": 900}, color_scheme="dark")`.

    Requests to strangers are refused. At the end of the test every page must have seen none of them and no
    error. `errors_allowed=True` lifts the second half.
    """
    seen, made = Seen(), []

    def make(*, errors_allowed: bool = False, **options: Any) -> Page:
        options.setdefault("viewport", SIZE)
        made.append(chromium.new_context(**options))
        return seen.by(made[-1].new_page(), errors_allowed=errors_allowed)

    yield make
    for context in made:
        with contextlib.suppress(Exception):  # a page may be gone by now; what it saw is in the lists
            context.close()
    seen.nothing()


@pytest.fixture(scope="session")
def _loaded(one_chromium: Chromium) -> Iterator[tuple[Page, Seen]]:
    with one_chromium.awake() as browser:
        context, seen = browser.new_context(viewport=SIZE), Seen()
        page = seen.by(context.new_page())
    yield page, seen
    with one_chromium.awake():
        context.close()


@pytest.fixture
def lab_page(
    chromium: Browser, _loaded: tuple[Page, Seen], jupyterlab: JupyterLab
) -> Iterator[Callable[..., Page]]:
    """The page of all tests with notebooks in JupyterLab: `lab_page(viewport=…, color_scheme="dark")`.

    JupyterLab is loaded into it once, and its scratch notebook stays open (`jupyterlab.show`). Like the pages of
    `new_page` it must see no error and no stranger in any of its tests. How JupyterLab itself begins is a matter for
    `new_page`.
    """
    page, seen = _loaded
    seen.strangers.clear()
    seen.errors.clear()

    def make(
        *, viewport: Any = SIZE, color_scheme: Any = "light", reduced_motion: Any = "no-preference"
    ) -> Page:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        return page

    yield make
    seen.nothing()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One page, 1280 pixels wide, light."""
    return new_page()


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """`axe(page)` or `axe(page, "#part")`: what axe finds, one line each with the places; empty is well."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    script = (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")

    # A color that still changes from one theme to the other has a contrast of its own.
    settle = """() => {
        const shadows = [...document.querySelectorAll('*')].map(el => el.shadowRoot).filter(Boolean);
        const running = [document, ...shadows].flatMap(root => root.getAnimations());
        for (const one of running) if (Number.isFinite(one.effect.getComputedTiming().endTime)) one.finish();
    }"""

    def run(page: Any, part: str = "html") -> list[str]:
        page.evaluate(settle)
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(script)
        # Every rule is tried; only what passes is not written down, which is most of axe's work.
        found = page.evaluate("part => axe.run(part, { resultTypes: ['violations'] })", part)["violations"]
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {[node['target'] for node in one['nodes']]}"
            for one in found
        ]

    return run
