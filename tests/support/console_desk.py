"""A notebook with a console in the real JupyterLab, and what a person does there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import expect

PAINTED = """
import asyncio as _asyncio
async def _wait_until_painted():
    for _ in range(500):
        _shown = console.view
        if (_shown["fork"], _shown["total"]) == (run.journal.forks, run.journal.total):
            return
        await _asyncio.sleep(0.01)
    raise TimeoutError("the console does not show the moment of its run")
await _wait_until_painted()
"""
"""The console paints a burst of changes in several steps, so the end of a cell is not the end of the painting. The
kernel itself waits, because a run that is playing has gone on when a page asks it."""


class Desk:
    """The first console of a notebook with these cells. They call it ``console``, and its run ``run``."""

    def __init__(self, lab: Any, page: Any, cells: list[str]) -> None:
        self.page, self.lab = page, lab
        lab.show(page, cells)
        self.widgets = page.locator(".cp-console")
        self.widget = self.widgets.first
        expect(self.widget).to_be_visible(timeout=30_000)

    def python(self, code: str) -> None:
        """Run code in the notebook's kernel, as a cell would, and wait until the console shows what it did."""
        reply = self.page.evaluate(
            """async code => {
                const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
                const { status, evalue } = (await kernel.requestExecute({ code }).done).content;
                return status === 'ok' ? '' : evalue;
            }""",
            code + PAINTED,
        )
        assert reply == "", f"{code}: {reply}"

    def key(self, name: str) -> Any:
        """The control with this key."""
        return self.widget.locator(f'[data-key="{name}"]')

    def release(self, message: str) -> None:
        """Release a change with this message."""
        self.key("message").fill(message)
        self.key("release").click()
        expect(self.widget.locator(".cp-sentence")).to_contain_text(f"“{message}”")

    def step(self, times: int = 1) -> None:
        """Press Step, and wait for the next moment, so many times."""
        for _ in range(times):
            before = self.widget.locator(".cp-moment").inner_text()
            self.key("step").click()
            expect(self.widget.locator(".cp-moment")).not_to_have_text(before)

    def stage(self, name: str) -> Any:
        """The column of a stage."""
        return self.widget.locator(f'[data-stage="{name}"]')

    def door(self, name: str) -> Any:
        """The transition into a stage."""
        return self.widget.locator(f'[data-door="{name}"]')

    def review(self, action: str, stage: str, execution: int) -> Any:
        """The button that opens the review of an approval."""
        return self.widget.get_by_role("button", name=f"Review #{execution}: {action} in {stage}", exact=True)

    @property
    def dialog(self) -> Any:
        """The dialog that is open."""
        return self.widget.get_by_role("dialog")

    def submit(self, answer: str, comment: str | None = None) -> None:
        """Answer in the review that is open."""
        self.dialog.get_by_role("radio", name=answer).check()
        if comment is not None:
            self.dialog.get_by_role("textbox").fill(comment)
        self.dialog.get_by_role("button", name="Submit").click()

    def disable(self, stage: str, reason: str) -> None:
        """Disable a transition with the keyboard, from its switch."""
        self.key(f"door:{stage}").press("Space")
        self.page.keyboard.type(reason)
        self.page.keyboard.press("Enter")

    def focused(self) -> str:
        """The key of the control that has the focus."""
        key: str = self.page.evaluate("document.activeElement.dataset.key || ''")
        return key

    def sideways(self) -> int:
        """How many consoles scroll sideways."""
        count: int = self.page.evaluate(
            """() => [...document.querySelectorAll('.cp-console')].filter(el => {
                const out = el.closest('.jp-OutputArea-output') || document.documentElement;
                return out.scrollWidth > out.clientWidth + 1 || el.scrollWidth > el.clientWidth + 1;
            }).length"""
        )
        return count


def each_theme(page: Any) -> Iterator[str]:
    """JupyterLab in its dark theme, then in its light one, which is the theme of the other tests."""
    for theme in ("Dark", "Light"):
        page.emulate_media(color_scheme=theme.lower())
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            f"JupyterLab {theme}",
        )
        light = str(theme == "Light").lower()
        page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        yield theme


def each_size(page: Any) -> Iterator[str]:
    """A narrow dark page, then a wide light one, which is the page of the other tests."""
    for width, scheme in ((400, "dark"), (1280, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        yield scheme
