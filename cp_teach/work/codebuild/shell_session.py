"""The single shell that runs all commands of a build.

Version 0.2 of the buildspec promises it: the variables, the folder, and the background processes of a command are
there for the next command and the next phase. Only a command that leaves the shell with ``exit`` loses them; the next
phase then starts a new shell with the exported variables and the folder of the last.

The shell reads on its standard input which script is next. It reports on its output which command it runs; a random
word that no command knows marks these lines.
"""

from __future__ import annotations

import shlex
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from cp_teach.work.folder_trees import beginning
from cp_teach.work.sandbox.run_command import Ended, Running

ENV, CWD, EXPORTED = "env.sh", "cwd", "exported"
PREFIX = "[Container]"
TRAP_SECONDS = 2.0
"""The seconds that the shell can use for its exit trap at the end of the build."""
MAX_STATE = 1_000_000
"""The maximum number of bytes that are read from a file of the kept state."""


Begin = Callable[[Sequence[str], Callable[[str], None]], Running]
"""Starts a command in the build's folder, within what is left of its limits; the function receives its output."""


class BuildShell:
    """The shell of one build. ``log`` receives every line; ``end`` ends the shell and its processes."""

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

    def run(
        self, commands: Sequence[str], last: Mapping[str, str], write_script: Callable[[str], Path]
    ) -> tuple[Ended, int, bool]:
        """Run the commands until one fails. ``last`` holds variables that no command can change; ``write_script``
        writes the script for the shell to a new file.

        Returns the result, the index of the last command that started, and whether that command left the shell, or the
        list, before its end.
        """
        self._commands, self._at, self._code, self._empty = commands, 0, "", False
        opening, running = "", self._running
        if running is None:
            self._token = uuid.uuid4().hex
            running = self._running = self._begin(self._argv, self._receive)
            opening = self._opening()
        file = write_script(opening + _script(commands, last))
        # The shell's own reports do not count as output.
        running.lines.allow((len(commands) + 2) * (len(self._token) + 12))
        running.write(f". {shlex.quote(str(file))}\ncp_teach_end $?\n")
        reason = running.watch(lambda: bool(self._code))
        if not reason and self._code:
            reason = "output" if running.lines.full else running.exceeded
        ended = self.end(reason) if reason or not self._code else Ended(int(self._code))
        return ended, min(self._at, len(commands) - 1), ended.ok and self._at < len(commands)

    def end(self, reason: str = "") -> Ended:
        """End the shell and return how it ended. A shell that never started has ended successfully."""
        if self._running is None:
            return Ended(0)
        with self._running as running:
            self._running = None
            if not reason and running.alive:  # let it run its exit trap
                deadline = time.monotonic() + TRAP_SECONDS
                running.close_input()
                running.watch(lambda: time.monotonic() > deadline)
            ended = running.end(reason)
        self._flush_empty_line()
        return ended

    def exported(self) -> dict[str, str]:
        """The exported variables and their values so far."""
        entries = plain_text(self._state / EXPORTED).split("\0")
        return dict(entry.split("=", 1) for entry in entries if "=" in entry)

    def _receive(self, line: str) -> None:
        word, _, number = line.partition(" ")
        if word != self._token:
            self._flush_empty_line()
            # A report begins with a line feed, so an empty line before it may belong to the report.
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
                    self._log(f"{PREFIX} Running command {self._commands[self._at]}")

    def _flush_empty_line(self) -> None:
        if self._empty:
            self._empty = False
            self._log("")

    def _opening(self) -> str:
        """The beginning of a new shell's script. It uses only built-in commands, so nothing is forked."""
        return "\n".join(
            [
                f"cp_teach_state={shlex.quote(str(self._state))}",
                f'if [ -f "$cp_teach_state/{ENV}" ]; then',
                f'  . "$cp_teach_state/{ENV}"',
                f'  IFS= read -r cp_teach_cwd < "$cp_teach_state/{CWD}"; cd "$cp_teach_cwd"',
                "fi",
                "cp_teach_keep() {",
                # A command may have put a pipe in a file's place, and writing to that would block.
                f"  for cp_teach_file in {ENV} {CWD} {EXPORTED}; do",
                '    [ ! -p "$cp_teach_state/$cp_teach_file" ] || return 0',
                "  done",
                # In braces, because a failed redirection would end the shell.
                f'  {{ export -p; }} 2>/dev/null > "$cp_teach_state/{ENV}"',
                f'  {{ printf \'%s\\n\' "$PWD"; }} 2>/dev/null > "$cp_teach_state/{CWD}"',
                f'  {{ :; }} 2>/dev/null > "$cp_teach_state/{EXPORTED}"',
                *(f'  [ -z "${{{name}+x}}" ] || {_export_line(name)}' for name in self._names),
                "}",
                f"cp_teach_say() {{ printf '\\n%s %s %s\\n' {self._token} \"$@\" >&2; }}",
                # A command may leave the list with return.
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
            # A redirection with exec lasts for this command only, as in CodeBuild, which gives each command its own
            # script. Otherwise the shell's reports would be redirected, too.
            f"eval {shlex.quote(command)} </dev/null >&2 2>&1",
            "cp_teach_code=$?",
            "fi",
        ]
    lines.append(f'if [ "$cp_teach_code" = 0 ]; then cp_teach_say at {len(commands)}; fi')
    return "\n".join(lines) + "\n"


def _export_line(name: str) -> str:
    return f'{{ printf \'%s=%s\\0\' {name} "${{{name}}}"; }} 2>/dev/null >> "$cp_teach_state/{EXPORTED}"'


def plain_text(path: Path) -> str:
    """The text of a file that commands could write; "" for a link, a pipe, or a file that is too large."""
    data = beginning(path, MAX_STATE + 1)
    return data.decode("utf-8", "replace") if len(data) <= MAX_STATE else ""
