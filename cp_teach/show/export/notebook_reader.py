"""Notebook reader: read a notebook file of any version of the format, and check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach.security.input.input_files import UnreadableFile, parse_input_json, read_text_file

if TYPE_CHECKING:
    from nbformat import NotebookNode


class BadNotebook(Exception):
    """A notebook that cannot be exported; the sentence says why, and in which cell."""


def read(path: Path) -> NotebookNode:
    """The notebook in that file, in version 4 of the format. Raises ``BadNotebook`` if it is not a notebook."""
    import nbformat

    try:
        raw = parse_input_json(read_text_file(path), path.name)
        if not isinstance(raw, dict) or not isinstance(raw.get("cells", raw.get("worksheets")), list):
            raise BadNotebook(f"{path.name} is not a notebook: it has no list of cells.")
        notebook: NotebookNode = nbformat.reads(json.dumps(raw), as_version=4)
        for cell in notebook.cells:
            if not isinstance(cell.source, str) or cell.cell_type not in ("code", "markdown", "raw"):
                raise BadNotebook(f"{path.name} is not a notebook: a cell has no text or no known type.")
    except UnreadableFile as error:
        raise BadNotebook(f"{path.name} cannot be read as a notebook. {error}") from None
    except RecursionError:
        raise BadNotebook(f"{path.name} is not a notebook: it is nested too deeply.") from None
    except (ValueError, UnicodeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadNotebook(f"{path.name} is not a notebook: {first}.") from None
    except (AttributeError, KeyError, TypeError, nbformat.ValidationError):
        raise BadNotebook(
            f"{path.name} is not a notebook that can be read: its cells are malformed."
        ) from None
    return notebook
