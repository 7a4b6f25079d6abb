"""One phase's commands as one shell script, for one shell a build.

Version 0.2 of the buildspec promises one shell: what a command exports, and where it goes with cd, holds for the next
command and the next phase. Each phase is a process of its own, so that it can be ended at its limits and be tried
again; hence the script keeps the exported variables and the directory in a file after every command, and the next
script begins with them.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ENV, CWD, AT, EXPORTED = "env.sh", "cwd", "at", "exported"
SAY = "[Container]"
MOST = 1_000_000
"""How many bytes of the kept state are read."""


def script(
    commands: Sequence[str], state: Path, token: str, exported: Iterable[str], last: Mapping[str, str]
) -> str:
    """The script that runs the commands until one fails.

    ``token`` marks what this script has kept. ``exported`` are the variables of which the build wants to know the
    value; ``last`` are those that an earlier command cannot have changed."""
    lines = [
        f"cp_teach_state={shlex.quote(str(state))}",
        f'if [ -f "$cp_teach_state/{ENV}" ]; then',
        f'  . "$cp_teach_state/{ENV}"',
        f'  IFS= read -r cp_teach_cwd < "$cp_teach_state/{CWD}"; cd "$cp_teach_cwd"',
        "fi",
        *(f"export {name}={shlex.quote(value)}" for name, value in last.items()),
        # Only what the shell does itself: nothing is forked.
        "cp_teach_keep() {",
        f'  export -p > "$cp_teach_state/{ENV}"; printf \'%s\\n\' "$PWD" > "$cp_teach_state/{CWD}"',
        f'  : > "$cp_teach_state/{EXPORTED}"',
        *(f'  [ -z "${{{name}+x}}" ] || {_tell(name)}' for name in exported),
        "}",
    ]
    for number, command in enumerate(commands):
        lines += [
            f'echo {token} {number} > "$cp_teach_state/{AT}"',
            f"printf '%s\\n' {shlex.quote(f'{SAY} Running command {command}')}",
            f"eval {shlex.quote(command)}",
            "cp_teach_code=$?; cp_teach_keep",
            '[ "$cp_teach_code" = 0 ] || exit "$cp_teach_code"',
        ]
    return "\n".join(lines) + f'\necho {token} {len(commands)} > "$cp_teach_state/{AT}"\n'


def _tell(name: str) -> str:
    return f'printf \'%s=%s\\0\' {name} "${{{name}}}" >> "$cp_teach_state/{EXPORTED}"'


def reached(state: Path, token: str) -> int:
    """The number of the command at which the script with this token ended."""
    found, _, number = plain_text(state / AT).strip().partition(" ")
    return int(number) if found == token and number.isdecimal() else 0


def exported(state: Path) -> dict[str, str]:
    """The exported variables and their values so far."""
    return dict(entry.split("=", 1) for entry in plain_text(state / EXPORTED).split("\0") if "=" in entry)


def plain_text(path: Path) -> str:
    """What stands in a file that commands could write. It is nothing, if they have put there what one must not
    read: a link to a file that they cannot see themselves, or a pipe that would be waited for."""
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file() or path.stat().st_size > MOST:
        return ""
    return path.read_text(encoding="utf-8", errors="replace")
