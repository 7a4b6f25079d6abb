"""What the user got wrong, told in one sentence and without a traceback."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cp_teach.security.input.input_files import UnreadableFile, parse_input_json, read_input_file


class Mistake(Exception):
    """A mistake that the person at the keyboard can put right; `main` prints it and exits with status 1."""


def existing_file(name: str) -> Path:
    """The file called `name`, or the mistake that there is none."""
    path = Path(name)
    try:
        if path.is_dir():
            raise Mistake(f"{name} is a folder; give a file.")
        there = path.is_file()
    except OSError as error:  # a name that no file can have
        raise Mistake(f"{name} cannot be read: {error.strerror or error}.") from None
    if not there:
        raise Mistake(
            f"There is no file {name}. Look at the spelling, and at the folder you are in ({Path.cwd()})."
        )
    return path


def decoded(raw: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16, which is what `>` writes in Windows PowerShell."""
    return raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")


def read_json(name: str) -> Any:
    """What a JSON file holds, or the mistake that it holds something else, with the place."""
    path = existing_file(name)
    try:
        return parse_input_json(decoded(read_input_file(path)), name)
    except FileNotFoundError:
        raise Mistake(f"The file {name} no longer exists.") from None
    except UnicodeDecodeError:
        raise Mistake(f"{name} is not a text file in UTF-8.") from None
    except UnreadableFile as error:
        raise Mistake(str(error)) from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a place that cannot be written into a mistake."""
    try:
        yield
    except OSError as error:
        raise Mistake(f"Cannot write {path}: {error.strerror or error}.") from error


def check_writable_folder(path: Path) -> None:
    """Raise ``Mistake`` at once if the folder is not writable, before a minute of work is lost. Leaves nothing
    behind."""
    with writing(path):
        new = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
        try:
            tempfile.TemporaryFile(dir=path).close()
        finally:
            for folder in new:
                folder.rmdir()


def check_writable_file(path: Path) -> None:
    """Like ``check_writable_folder``, for a file; an existing file is not changed."""
    with writing(path):
        new = not path.exists()
        path.open("ab").close()
        if new:
            path.unlink()
