"""Errors that the user can fix, and checks of files and folders that raise them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class UserError(Exception):
    """An error that the user can fix; `main` prints it without a traceback and exits with status 1."""


def existing_file(name: str) -> Path:
    """Return the path of an existing file. Raises ``UserError`` for a missing one."""
    path = Path(name)
    try:
        if path.is_dir():
            raise UserError(f"{name} is a folder; give a file.")
        exists = path.is_file()
    except OSError as error:  # a name that no file can have
        raise UserError(f"{name} cannot be read: {error.strerror or error}.") from None
    if not exists:
        raise UserError(f"There is no file {name}. Check the spelling and the current folder ({Path.cwd()}).")
    return path


def output_folder(name: str, option: str = "-o") -> Path:
    """Return the path of a folder to write. Raises ``UserError`` for a file, before long work starts."""
    path = Path(name)
    if path.exists() and not path.is_dir():
        raise UserError(f"{name} is a file; give a folder with {option}.")
    return path


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Convert an ``OSError`` in this block to a ``UserError`` about the path."""
    try:
        yield
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror or error}.") from error


def check_writable_folder(path: Path) -> None:
    """Raise ``UserError`` if the folder is not writable, before long work starts. Leaves no files."""
    with writing(path):
        created = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
        try:
            tempfile.TemporaryFile(dir=path).close()
        finally:
            for folder in created:
                folder.rmdir()


def check_writable_file(path: Path) -> None:
    """Like ``check_writable_folder``, for a file; an existing file is not changed."""
    with writing(path):
        created = not path.exists()
        path.open("ab").close()
        if created:
            path.unlink()
