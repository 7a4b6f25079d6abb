"""The one shell in which all commands of a build run.

Version 0.2 of the buildspec promises it: what a command sets, where it goes with cd, and what it leaves running in the
background is there for the next command and the next phase. Only a command that leaves the shell, with ``exit``, takes
that away; the next phase then begins a new one, with the exported variables and the folder of the last.

The shell is told on its standard input which script is next. On the pipe of its output it tells at which command it is;
a word in front, which nobody else knows, marks these lines.
"""

from __future__ import annotations

import shlex
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from cp_teach.work.sandbox.folder_trees import beginning
from cp_teach.work.sandbox.run_command import Ended, Running

ENV, CWD, EXPORTED = "env.sh", "cwd", "exported"
SAY = "[Container]"
LAST = 2.0
"""How long the shell may tidy up at the end of the build, in seconds."""
MOST = 1_000_000
"""How many bytes of the kept state are read."""


class Begin(Protocol):
    """Begins a command in the build's folder, with what is left of its limits."""

    def __call__(self, argv: Sequence[str], log: Callable[[str], None]) -> Running:
        """Begin it; ``log`` is told its output."""


class Block(NamedTuple):
    """How a list of commands ended."""

    ended: Ended
    at: int
    """The number of the last command that began."""
    left: bool
    """Whether that one has left the shell, or the list, before its end."""


class BuildShell:
    """The shell of one build. ``log`` is told every line; ``end`` ends it, and all that it has left running."""

    def __init__(
        self,
        shell: str,
        exported: Iterable[str],
        state: Path,
        log: Callable[[str], None],
        begin: Begin,
    ) -> None:
        self._argv, self._names, self._state = [shell], tuple(exported), state
        self._log, self._begin = log, begin
        self._running: Running | None = None
        self._token = ""
        self._commands: Sequence[str] = ()
        self._at, self._code, self._empty = 0, "", False

    def run(self, commands: Sequence[str], last: Mapping[str, str], written: Callable[[str], Path]) -> Block:
        """Run the commands until one fails. ``last`` are variables that no command can have changed; ``written``
        writes the script for the shell to a new file."""
        self._commands, self._at, self._code, self._empty = commands, 0, "", False
        first = self._running is None
        running = self._running
        if running is None:
            self._token = uuid.uuid4().hex
            running = self._running = self._begin(self._argv, self._hear)
        file = written((self._opening() if first else "") + _script(commands, last))
        running.lines.more(
            (len(commands) + 2) * (len(self._token) + 12)
        )  # what it tells of itself is no output
        running.say(f". {shlex.quote(str(file))}\ncp_teach_end $?\n")
        why = running.watch(lambda: bool(self._code))
        if not why and self._code:
            why = "output" if running.lines.full else running.exceeded
        ended = self.end(why) if why or not self._code else Ended(int(self._code))
        return Block(ended, min(self._at, len(commands) - 1), ended.ok and self._at < len(commands))

    def end(self, why: str = "") -> Ended:
        """End the shell; how it ended. One that never began has ended well."""
        if self._running is None:
            return Ended(0)
        with self._running as running:
            self._running = None
            if not why and running.alive:  # what it was told to do at its end, with trap, is done
                gone = time.monotonic() + LAST
                running.hang_up()
                running.watch(lambda: time.monotonic() > gone)
            ended = running.end(why)
        self._let()
        return ended

    def exported(self) -> dict[str, str]:
        """The exported variables and their values so far."""
        told = plain_text(self._state / EXPORTED).split("\0")
        return dict(entry.split("=", 1) for entry in told if "=" in entry)

    # -- what it tells -------------------------------------------------------------------------------------
    def _hear(self, line: str) -> None:
        word, _, number = line.partition(" ")
        if word != self._token:
            self._let()
            # It tells of itself on a line of its own. The end of the line before may be its own, too: an empty line.
            self._empty = not line
            if line:
                self._log(line)
            return
        self._empty = False
        kind, _, number = number.partition(" ")
        if number.isdecimal() and len(number) < 9:
            if kind == "end":
                self._code = number
            elif kind == "at":
                self._at = int(number)
                if self._at < len(self._commands):
                    self._log(f"{SAY} Running command {self._commands[self._at]}")

    def _let(self) -> None:
        if self._empty:
            self._empty = False
            self._log("")

    def _opening(self) -> str:
        """What a new shell begins with. Only what a shell does itself: nothing is forked."""
        return "\n".join(
            [
                f"cp_teach_state={shlex.quote(str(self._state))}",
                f'if [ -f "$cp_teach_state/{ENV}" ]; then',
                f'  . "$cp_teach_state/{ENV}"',
                f'  IFS= read -r cp_teach_cwd < "$cp_teach_state/{CWD}"; cd "$cp_teach_cwd"',
                "fi",
                "cp_teach_keep() {",
                # A command may have put a pipe in the place of a file, and who writes to that waits for ever.
                f"  for cp_teach_file in {ENV} {CWD} {EXPORTED}; do",
                '    [ ! -p "$cp_teach_state/$cp_teach_file" ] || return 0',
                "  done",
                # In braces, because a file that cannot be written would end the shell.
                f'  {{ export -p; }} 2>/dev/null > "$cp_teach_state/{ENV}"',
                f'  {{ printf \'%s\\n\' "$PWD"; }} 2>/dev/null > "$cp_teach_state/{CWD}"',
                f'  {{ :; }} 2>/dev/null > "$cp_teach_state/{EXPORTED}"',
                *(f'  [ -z "${{{name}+x}}" ] || {_tell(name)}' for name in self._names),
                "}",
                f"cp_teach_say() {{ printf '\\n%s %s %s\\n' {self._token} \"$@\" >&2; }}",
                # The list of commands may have been left with return.
                "cp_teach_end() {",
                '  [ "$cp_teach_code" != 0 ] || cp_teach_code=$1; cp_teach_keep; cp_teach_say end "$cp_teach_code"',
                "}",
                "trap cp_teach_keep EXIT",
                "",
            ]
        )


def _script(commands: Sequence[str], last: Mapping[str, str]) -> str:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in last.items()]
    lines.append("cp_teach_code=0")
    for number, command in enumerate(commands):
        lines += [
            'if [ "$cp_teach_code" = 0 ]; then',
            f"cp_teach_say at {number}",
            # Where a command sends the shell's own output with exec holds for this command only, as with CodeBuild,
            # which gives each a script of its own; what the shell tells could not be heard otherwise.
            f"eval {shlex.quote(command)} </dev/null >&2 2>&1",
            "cp_teach_code=$?",
            "fi",
        ]
    lines.append(f'if [ "$cp_teach_code" = 0 ]; then cp_teach_say at {len(commands)}; fi')
    return "\n".join(lines) + "\n"


def _tell(name: str) -> str:
    return f'{{ printf \'%s=%s\\0\' {name} "${{{name}}}"; }} 2>/dev/null >> "$cp_teach_state/{EXPORTED}"'


def plain_text(path: Path) -> str:
    """What stands in a file that commands could write. It is nothing, if they have put there what one must not
    read: a link to a file that they cannot see themselves, or a pipe that would be waited for."""
    data = beginning(path, MOST + 1)
    return data.decode("utf-8", "replace") if len(data) <= MOST else ""
