"""What the user got wrong, told in one sentence and without a traceback."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
        return json.loads(decoded(path.read_bytes()))
    except OSError as error:
        raise Mistake(f"{name} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise Mistake(f"{name} is not a text file in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Mistake(
            f"{name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise Mistake(f"{name} is nested too deeply to be a pipeline.") from None
    except ValueError:  # Python reads no number of more than 4300 digits
        raise Mistake(f"{name} holds a number that is too long to be in a pipeline.") from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a place that cannot be written into a mistake."""
    try:
        yield
    except OSError as error:
        raise Mistake(f"Cannot write {path}: {error.strerror or error}.") from error


def check_writable_folder(path: Path) -> None:
    """Tell at once that nothing can be written there, before a minute of work is lost on it. Leaves nothing behind."""
    with writing(path):
        new = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
        try:
            tempfile.TemporaryFile(dir=path).close()
        finally:
            for folder in new:
                folder.rmdir()


def check_writable_file(path: Path) -> None:
    """The same for a file; one that is there stays as it is."""
    with writing(path):
        new = not path.exists()
        path.open("ab").close()
        if new:
            path.unlink()
