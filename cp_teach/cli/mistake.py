"""What the user got wrong, told in one sentence and without a traceback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Mistake(Exception):
    """A mistake that the person at the keyboard can put right; `main` prints it and exits with status 1."""


def existing_file(name: str) -> Path:
    """The file called `name`, or the mistake that there is none."""
    path = Path(name)
    if path.is_dir():
        raise Mistake(f"{name} is a folder; give a file.")
    if not path.is_file():
        raise Mistake(
            f"There is no file {name}. Look at the spelling, and at the folder you are in ({Path.cwd()})."
        )
    return path


def read_json(name: str) -> Any:
    """What a JSON file holds, or the mistake that it holds something else, with the place."""
    path = existing_file(name)
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise Mistake(f"{name} is not a text file in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Mistake(
            f"{name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a place that cannot be written into a mistake."""
    try:
        yield
    except (
        FileNotFoundError,
        NotADirectoryError,
        FileExistsError,
        IsADirectoryError,
        PermissionError,
    ) as error:
        raise Mistake(f"Cannot write {path}: {error.strerror or error}.") from error
