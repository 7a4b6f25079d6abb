"""Predict, then reveal: a question whose answer is computed from the engine, so that it cannot be wrong.

In a notebook it is a small widget (radio buttons, one button, one status line). Where no widget can be
shown, it is HTML with the answers folded away; in a terminal it is text, and ``choose`` answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from cp_teach.course.predictions.questions import QUESTIONS
from cp_teach.show.offline import recording

STATIC = Path(__file__).parents[1] / "static"


class Prediction(anywidget.AnyWidget):
    """One question with its options, made by ``predict``. ``choose`` answers it from Python."""

    _esm = STATIC / "predict.js"
    _css = STATIC / "predict.css"

    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Each with ``text``, ``reason`` and ``right``."""
    chosen = traitlets.Int(-1).tag(sync=True)
    """Which option was chosen, counted from 0; -1 for none yet."""
    revealed = traitlets.Bool(False).tag(sync=True)

    def choose(self, option: int | str) -> str:
        """Predict: an option by its number (from 1) or by its text. Reveals and returns what is true."""
        texts = [str(one["text"]) for one in self.options]
        number = option - 1 if isinstance(option, int) else texts.index(option) if option in texts else -1
        if not 0 <= number < len(texts):
            return f"There is no option {option!r}. Choose a number from 1 to {len(texts)}."
        self.chosen = number
        self.revealed = True
        return self.verdict

    @property
    def truth(self) -> str:
        """The text of the option that is true."""
        return next(str(one["text"]) for one in self.options if one["right"])

    @property
    def verdict(self) -> str:
        """Every option, with why it is right or not; only the question as long as nothing was chosen."""
        if not self.revealed:
            return repr(self)
        told = [self.question]
        for number, one in enumerate(self.options):
            mine = " (your prediction)" if number == self.chosen else ""
            told.append(f"  {mark(one)}{mine}: {one['text']} {one['reason']}")
        return "\n".join(told)

    def __repr__(self) -> str:
        if self.revealed:
            return self.verdict
        told = [f"{self.question}"]
        told += [f"  {number}. {one['text']}" for number, one in enumerate(self.options, start=1)]
        return "\n".join([*told, "Predict first: .choose(1) reveals what happens."])

    def _repr_html_(self) -> str:
        """The same without a widget: the answers are folded away."""
        options = "".join(f"<li>{escape(one['text'])}</li>" for one in self.options)
        answers = "".join(
            f"<li><strong>{mark(one)}:</strong> {escape(one['text'])} {escape(one['reason'])}</li>"
            for one in self.options
        )
        return (
            '<div class="cp-predict-static" style="border-inline-start:.25rem solid;padding:.1rem .8rem">'
            f"<p><strong>Predict:</strong> {escape(self.question)}</p><ol>{options}</ol>"
            "<details><summary>I have made my choice: show what happens</summary>"
            f"<ol>{answers}</ol></details></div>"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        model = {"question": self.question, "options": self.options}
        carried = recording.place(
            "predict", model, [STATIC / "predict.js", STATIC / "predict_alive.js"], [STATIC / "predict.css"]
        )
        return {**data, "text/plain": repr(self), "text/html": self._repr_html_(), **carried}, metadata


def mark(option: Mapping[str, Any]) -> str:
    """Glyph and word for an option: never colour alone."""
    return "✓ Right" if option["right"] else "✗ Not so"


def predict(
    question: str, options: Mapping[str, str] | None = None, truth: str | Callable[[], str] | None = None
) -> Prediction:
    """Ask a question before the reveal: ``predict("00-closed-door")`` for one of the course's, by its name.

    For a question of your own, ``question`` is its text, ``options`` gives each option with its reason (why it
    is what happens, or why it is not), and ``truth`` is the option that is true, or a function that plays the
    scenario and returns it. Raises ``ValueError`` for an unknown name, when the truth is none of the options, or
    when an option has no reason: such a question should be put to nobody.
    """
    if options is None or truth is None:
        known = QUESTIONS.get(question)
        if known is None:
            raise ValueError(f"there is no question {question!r}; the questions are: {', '.join(QUESTIONS)}")
        return predict(known.text, known.options, known.truth)
    found = truth() if callable(truth) else truth
    if found not in options:
        raise ValueError(
            f"what happens is {found!r}, and that is not among the options: {', '.join(options)}"
        )
    if unexplained := [text for text, reason in options.items() if not reason.strip()]:
        raise ValueError(f"an option needs a reason: {', '.join(unexplained)}")
    return Prediction(
        question=question,
        options=[
            {"text": text, "reason": reason, "right": text == found} for text, reason in options.items()
        ],
    )
