"""Languages: the words of the console, the practice, the checks and the predictions come from one gettext catalog.

``_("Level {number} of {count}", number=3, count=27)`` is the sentence in the language that was chosen with
``set_language`` or the environment variable ``CP_TEACH_LANGUAGE``. English is in the code itself. The language
``pseudo`` ⟦ļööķš ļîķé ţĥîš⟧: a word without accents is one that a translator could not reach.

What is translated is words; names, IDs, AWS's values, and what a client of the API gets stay as they are. So the engine
makes a ``message``: English text that remembers its template, which a page shows ``translated``.
"""

from __future__ import annotations

import gettext
import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

VARIABLE = "CP_TEACH_LANGUAGE"
"""The environment variable with the language, such as ``fr``."""
DOMAIN = "cp_teach"
LOCALE = Path(__file__).with_name("locale")
"""``LANGUAGE/LC_MESSAGES/cp_teach.mo`` for each language; ``tools/catalog.py`` compiles them."""
ENGLISH, PSEUDO = "en", "pseudo"

Values = Any
"""The value of a placeholder."""


class Message(str):
    """English text that can still be translated: it remembers its ``template`` and ``values``."""

    template: str
    values: dict[str, Values]
    __slots__ = ("template", "values")

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def message(template: str, /, **values: Values) -> Message:
    """A text that is English for programs, and that a page can show in the language of its reader."""
    text = Message(template.format(**values) if values else template)
    text.template, text.values = template, values
    return text


def translated(text: str) -> str:
    """A ``message`` in the chosen language; any other text as it is."""
    return _(text) if isinstance(text, Message) else text


def N_(text: str) -> str:
    """Mark a text of a table for the catalog. It is translated with ``_`` where it is shown."""
    return text


def _(text: str, /, **values: Values) -> str:
    """``text`` in the chosen language, with ``{placeholders}`` replaced by their values.

    A ``message`` brings its own values.
    """
    template, values = (text.template, text.values) if isinstance(text, Message) else (text, values)
    found = _catalog.gettext(template) if template else ""
    return _filled(found, values) if values else found


def ngettext(one: str, many: str, count: int, /, **values: Values) -> str:
    """The form of the text that fits to ``count``, which is also the value of ``{count}``."""
    return _filled(_catalog.ngettext(one, many, count), {"count": count, **values})


def _filled(text: str, values: dict[str, Values]) -> str:
    return text.format(
        **{name: translated(value) if isinstance(value, str) else value for name, value in values.items()}
    )


def set_language(language: str) -> None:
    """Show words in this language from now on: ``en``, ``pseudo``, or a language that has a catalog.

    A widget that is already shown keeps its language. Raises ``ValueError`` for a language without a catalog.
    """
    global _language, _catalog
    if language not in languages():
        raise ValueError(
            f"there is no catalog for the language {language!r}; known are: {', '.join(languages())}"
        )
    _catalog = _CATALOGS.get(language, _load(language))()
    _language = language


def language() -> str:
    """The chosen language, such as ``en``."""
    return _language


def languages() -> list[str]:
    """The languages that can be chosen."""
    return [*_CATALOGS, *sorted(path.parts[-3] for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))]


SCRIPT_WORD = re.compile(r'(?<![\w.])N?_\("((?:[^"\\]|\\.)*)"')
"""``_("…")`` in a script. Scripts write their words in double quotes, without escapes but for quotes."""


SCRIPT_PLURAL = re.compile(r'(?<![\w.])ngettext\("((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"')
"""``ngettext("…", "…"`` in a script."""
COUNTS = 200
"""A script gets the forms of the counts below this one. The form of a larger count depends on its last two digits."""

Words = dict[str, str | list[str]]
"""For a script: text -> its translation. A plural has a list: which form each count takes, and the forms."""


def script_words(script: str) -> Words:
    """The words of a script in the chosen language, for its own ``_`` and ``ngettext``; empty for English."""
    if _language == ENGLISH:
        return {}
    texts = {text.replace('\\"', '"') for text in SCRIPT_WORD.findall(script)}
    words: Words = {text: _(text) for text in sorted(texts)}
    for one, many in sorted(set(SCRIPT_PLURAL.findall(script))):
        shown = [_catalog.ngettext(one, many, count) for count in range(COUNTS)]
        forms = list(dict.fromkeys(shown))
        words[many] = ["".join(str(forms.index(form)) for form in shown), *forms]
    return words


# -- the pseudo-language ----------------------------------------------------------------------------------
_ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "àƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÀƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ",
)
_KEPT = re.compile(r"(\{[^{}]*\}|`[^`]*`)")
"""Placeholders, and code."""


class _Pseudo(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        """The text with accents and in brackets."""
        parts = _KEPT.split(message)
        parts[::2] = [part.translate(_ACCENTS) for part in parts[::2]]
        return f"⟦{''.join(parts)}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The singular or the plural, as English chooses it, with accents and in brackets."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def _load(language: str) -> Callable[[], gettext.NullTranslations]:
    return lambda: gettext.translation(DOMAIN, LOCALE, [language])


_CATALOGS: dict[str, Callable[[], gettext.NullTranslations]] = {
    ENGLISH: gettext.NullTranslations,
    PSEUDO: _Pseudo,
}
_language, _catalog = ENGLISH, gettext.NullTranslations()

if os.environ.get(VARIABLE):
    try:
        set_language(os.environ[VARIABLE])
    except ValueError as error:  # words in English are better than no words
        warnings.warn(f"{VARIABLE}: {error}", stacklevel=2)
