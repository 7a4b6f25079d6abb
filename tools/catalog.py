"""The catalog of all words that a translator can reach: extract it, begin or update a language, and compile it.

python tools/catalog.py                  # how many texts there are, and how many of each language are translated
python tools/catalog.py --language fr    # write cp_teach/locale/fr/LC_MESSAGES/cp_teach.po, keeping what is translated,
                                         # and compile it to the .mo that cp_teach reads
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import cp_teach
from cp_teach import resources

ROOT = Path(__file__).parents[1]
PACKAGE = Path(cp_teach.__file__).parent
"""The package that is installed: of a wheel, the data is inside it."""
LOCALE = PACKAGE / "locale"
KEYWORDS = {**DEFAULT_KEYWORDS, "message": None, "N_": None}


def extracted() -> Catalog:
    """All texts of the code, the questions, and the levels."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    catalog = Catalog(project="cp_teach", charset="utf-8")
    for folder in (PACKAGE, resources.data()):
        for path, line, text, comments, context in extract_from_dir(
            folder.parent,
            methods,
            options,
            KEYWORDS,
            ("Translators:",),
            directory_filter=partial(_is_in, folder),
        ):
            catalog.add(text, None, [(path, line)], auto_comments=comments, context=context)
    return catalog


def _is_in(folder: Path, place: str) -> bool:
    return Path(place) == folder.parent or Path(place).is_relative_to(folder)


def update(language: str, texts: Catalog) -> Catalog:
    """Write the catalog of a language, with its translations so far, and compile it."""
    folder = LOCALE / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cp_teach.po"
    catalog = Catalog(locale=language, project="cp_teach")
    if path.exists():
        with path.open("rb") as before:
            catalog = read_po(before, locale=language)
    catalog.update(texts)
    with path.open("wb") as after:
        write_po(after, catalog, width=100)
    with path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, catalog)
    return catalog


def main() -> int:
    """Say how complete each language is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--language", help="write and compile the catalog of this language, such as fr")
    chosen = parser.parse_args().language
    texts = extracted()
    print(f"{len(texts)} texts")
    known = sorted(path.parts[-3] for path in LOCALE.glob("*/LC_MESSAGES/cp_teach.po"))
    for language in [chosen] if chosen else known:
        catalog = update(language, texts)
        print(
            f"{language}: {sum(bool(entry.string) for entry in catalog if entry.id)} of {len(texts)} are translated"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
