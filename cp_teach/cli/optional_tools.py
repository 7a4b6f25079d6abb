"""Optional programs: their purposes, their commands, and how to install them."""

import shutil
import sys
from typing import NamedTuple


class Tool(NamedTuple):
    """A program that cp_teach does not require, and that pip cannot install."""

    name: str
    purpose: str
    commands: tuple[str, ...]
    debian: str
    mac: str
    windows: str
    probe: tuple[str, ...] = ()
    """Arguments to check that it runs, for a program that may be a stub of a version manager."""

    def path(self) -> str | None:
        """Return its path, or None."""
        return next((path for path in map(shutil.which, self.commands) if path), None)

    def install(self, platform: str = sys.platform) -> str:
        """Return the command that installs it on this platform."""
        if platform == "darwin":
            return self.mac
        return self.windows if platform == "win32" else self.debian


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "chromium",
            "only the browser tests need it",
            ("chromium", "chromium-browser", "google-chrome", "chrome"),
            "sudo apt-get install chromium",
            "brew install --cask chromium",
            "winget install Hibbiki.Chromium",
        ),
        Tool(
            "spin",
            "only one proof of the rules needs it",
            ("spin",),
            "sudo apt-get install spin",
            "brew install spin",
            "spin has no Windows package; use WSL: sudo apt-get install spin",
        ),
        Tool(
            "cc",
            "a C compiler; only spin needs it",
            ("cc", "gcc", "clang"),
            "sudo apt-get install gcc",
            "xcode-select --install",
            "use WSL: sudo apt-get install gcc",
        ),
        Tool(
            "git",
            "only lessons that commit real source revisions need it",
            ("git",),
            "sudo apt-get install git",
            "brew install git",
            "winget install Git.Git",
        ),
        Tool(
            "bubblewrap",
            "only if a pipeline really builds and deploys: it confines the commands to their folder",
            ("bwrap",),
            "sudo apt-get install bubblewrap",
            "bubblewrap does not run on macOS; without it, commands are not confined to their folder",
            "use WSL: sudo apt-get install bubblewrap",
        ),
        Tool(
            "xelatex",
            "only “Save and Export Notebook As: PDF” of JupyterLab needs it (and pandoc); printing a page of "
            "`cp-teach book` makes a PDF without it",
            ("xelatex",),
            "sudo apt-get install texlive-xetex texlive-fonts-recommended pandoc",
            "brew install --cask mactex-no-gui && brew install pandoc",
            "winget install MiKTeX.MiKTeX JohnMacFarlane.Pandoc",
        ),
    )
}
"""Name -> optional tool."""
