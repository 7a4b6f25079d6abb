"""Explanations: what each word of the console means, in one sentence, with the page of AWS's user guide."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

USER_GUIDE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/"


class Explanation(NamedTuple):
    """The sentence about a word, and the address of AWS's page about it."""

    text: str
    address: str


@cache
def explanations() -> dict[str, Explanation]:
    """Word of the console -> its explanation. A status, a mode, and a condition are words as they are shown."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {word: Explanation(row["text"], f"{USER_GUIDE}{row['page']}.html") for word, row in rows.items()}


def explained_texts() -> list[str]:
    """The texts that a translator translates: each word with its sentence. AWS's values stay as they are."""
    return [
        text
        for word, explanation in explanations().items()
        for text in ([] if word.isupper() else [word]) + [explanation.text]
    ]


def explanations_script() -> str:
    """A script that defines ``EXPLANATIONS``: word -> [sentence, address]."""
    rows = {word: list(row) for word, row in explanations().items()}
    return f"const EXPLANATIONS = {json.dumps(rows, ensure_ascii=False)};\n"
