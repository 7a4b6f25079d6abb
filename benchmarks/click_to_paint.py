"""From a click to the painted change, in Chromium on a live kernel: the console beside a bare anywidget counter.

The counter does nothing but count on the kernel's side, so its round trip is what any live widget costs on this
machine; the ratio says what the console adds. Both are measured in the same notebook, turn by turn.
"""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

TURNS = 40
GOAL = 1.1

CELL = '''
import anywidget, cp_teach, traitlets
class Counter(anywidget.AnyWidget):
    _esm = """export default { render({ model, el }) {
        const b = document.createElement("button"); b.className = "counter";
        b.onclick = () => model.send({ act: "more" });
        const show = () => { b.textContent = model.get("n"); };
        model.on("change:n", show); show(); el.append(b); } }"""
    n = traitlets.Int(0).tag(sync=True)
    def __init__(self):
        super().__init__()
        self.on_msg(lambda *_: setattr(self, "n", self.n + 1))
console = cp_teach.demo("course-source-build-beta-prod")
console.run.do(cp_teach.engine.DisableTransition("Beta"))
display(Counter(), console)
'''

MEASURE = """async ([buttons, watched, turns]) => {
    const spans = [];
    const target = document.querySelector(watched);
    for (let i = 0; i < turns; i++) {
        spans.push(await new Promise(done => {
            const start = performance.now();
            const seen = new MutationObserver(() => {
                seen.disconnect();
                // the next frame is asked for, and the message that follows it comes after the paint
                requestAnimationFrame(() => {
                    const { port1, port2 } = new MessageChannel();
                    port1.onmessage = () => done(performance.now() - start);
                    port2.postMessage(0);
                });
            });
            seen.observe(target, { subtree: true, childList: true, characterData: true, attributes: true });
            document.querySelector(buttons[i % buttons.length]).click();
        }));
        await new Promise(done => setTimeout(done, 30));
    }
    return spans;
}"""


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is not installed, so nothing was measured.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        notebook = {
            "cells": [
                {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": CELL}
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        Path(folder, "bench.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        log = Path(folder, "log")
        with log.open("w") as out:
            lab = subprocess.Popen(
                [
                    *(
                        sys.executable,
                        "-m",
                        "jupyterlab",
                        "--no-browser",
                        "--ServerApp.port=0",
                        "--ip=127.0.0.1",
                    ),
                    *("--ServerApp.token=bench", f"--ServerApp.root_dir={folder}", "--expose-app-in-browser"),
                    *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
                ],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        try:
            origin = wait_for(log)
            bare, console = measure(chromium, f"{origin}/doc/tree/bench.ipynb?token=bench")
        finally:
            lab.send_signal(signal.SIGTERM)
            lab.wait(timeout=30)
    ratio = statistics.median(console) / statistics.median(bare)
    for name, spans in (("bare counter", bare), ("console", console)):
        worst = statistics.quantiles(spans, n=20)[-1]
        print(f"{name:13} median {statistics.median(spans):6.1f} ms   95 % under {worst:6.1f} ms")
    print(f"ratio {ratio:.2f} (goal {GOAL})")
    return 0


def wait_for(log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise SystemExit(f"JupyterLab did not start:\n{log.read_text()}")


def measure(chromium: str, address: str) -> tuple[list[float], list[float]]:
    """Milliseconds of each turn: the bare counter, the console."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.ready; }")
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector(".cp-console", timeout=60_000)
        # Undo and redo turn one transition on and off, without the question for a reason.
        turns = [[".counter"], ".counter"], [['[data-key="undo"]', '[data-key="redo"]'], ".cp-console"]
        bare: list[float] = []
        console: list[float] = []
        page.evaluate(MEASURE, [*turns[0], 6])  # warm up
        page.evaluate(MEASURE, [*turns[1], 6])
        for _ in range(4):
            bare += page.evaluate(MEASURE, [*turns[0], TURNS // 4])
            console += page.evaluate(MEASURE, [*turns[1], TURNS // 4])
        browser.close()
    return bare, console


if __name__ == "__main__":
    raise SystemExit(main())
