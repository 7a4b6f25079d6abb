"""The optional tools: what each is for, where it is found, and the command that installs it."""

import shutil
import sys
from typing import NamedTuple


class Tool(NamedTuple):
    """A program that is not Python's and that cp_teach can do without."""

    name: str
    use: str
    commands: tuple[str, ...]
    debian: str
    mac: str
    windows: str
    ask: tuple[str, ...] = ()
    """What to ask it to see that it runs, where being there is not enough (a stub of a version manager)."""

    def path(self) -> str | None:
        """Where it is, or None."""
        return next((found for found in map(shutil.which, self.commands) if found), None)

    def install(self, platform: str = sys.platform) -> str:
        """The command that installs it here."""
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
            "only where you let a pipeline really build and deploy: it keeps the commands in a folder of their own",
            ("bwrap",),
            "sudo apt-get install bubblewrap",
            "bubblewrap does not run on macOS; without it, commands are not confined to their folder",
            "use WSL: sudo apt-get install bubblewrap",
        ),
    )
}
"""Every optional tool by its name."""
