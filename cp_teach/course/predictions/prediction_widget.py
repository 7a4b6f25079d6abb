"""The prediction widget: a question before an experiment, whose correct answer the engine computes.

A notebook shows a small widget (radio buttons, one button, one status line), or HTML with the answers folded away if it
cannot show widgets; a terminal shows text, and ``choose`` answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from cp_teach.course.predictions.question_library import QUESTIONS
from cp_teach.kernel_client import runs_unattended
from cp_teach.show.offline import recording
from cp_teach.show.static_files import scripts
from cp_teach.translation import _, script_words

STATIC = Path(__file__).parents[1] / "static"
PREDICT_SCRIPT = scripts(("console/parts/words.js",)) + (STATIC / "predict.js").read_text(encoding="utf-8")


class Prediction(anywidget.AnyWidget):
    """The widget that ``predict`` makes: one question with its options."""

    _esm = PREDICT_SCRIPT
    _css = STATIC / "predict.css"

    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Each with ``text``, ``reason`` and ``right``."""
    chosen = traitlets.Int(-1).tag(sync=True)
    """The index of the chosen option; -1 before the choice."""
    words = traitlets.Dict().tag(sync=True)
    """The words of the script in the reader's language; empty for English."""
    revealed = traitlets.Bool(False).tag(sync=True)

    def choose(self, option: int | str) -> str:
        """Choose an option by its number (from 1) or by its text; reveal and return the verdict."""
        texts = [str(option["text"]) for option in self.options]
        number = option - 1 if isinstance(option, int) else texts.index(option) if option in texts else -1
        if not 0 <= number < len(texts):
            return _(
                "There is no option {option!r}. Choose a number from 1 to {count}.",
                option=option,
                count=len(texts),
            )
        self.chosen = number
        self.revealed = True
        return self.verdict

    @property
    def truth(self) -> str:
        """The text of the correct option."""
        return next(str(option["text"]) for option in self.options if option["right"])

    @property
    def verdict(self) -> str:
        """Every option with its explanation; only the question before the choice."""
        if not self.revealed:
            return repr(self)
        lines = [self.question]
        for number, option in enumerate(self.options):
            own = " " + _("(your prediction)") if number == self.chosen else ""
            lines.append(f"  {mark(option)}{own}: {option['text']} {option['reason']}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        if self.revealed:
            return self.verdict
        lines = [f"  {number}. {option['text']}" for number, option in enumerate(self.options, start=1)]
        return "\n".join([self.question, *lines, _("Predict first: .choose(1) reveals what happens.")])

    def _repr_html_(self) -> str:
        """The question as HTML, with the answers folded away."""
        options = "".join(f"<li>{escape(option['text'])}</li>" for option in self.options)
        answers = "".join(
            f"<li><strong>{mark(option)}:</strong> {escape(option['text'])} {escape(option['reason'])}</li>"
            for option in self.options
        )
        heading, summary = escape(_("Predict:")), escape(_("I have made my choice: show what happens"))
        return (
            '<div class="cp-predict-static" style="border-inline-start:.25rem solid;padding:.1rem .8rem">'
            f"<p><strong>{heading}</strong> {escape(self.question)}</p><ol>{options}</ol>"
            f"<details><summary>{summary}</summary>"
            f"<ol>{answers}</ol></details></div>"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        model = {"question": self.question, "options": self.options}
        carried = recording.widget_data(
            "predict", model, [STATIC / "predict.js", STATIC / "predict_alive.js"], [STATIC / "predict.css"]
        )
        static_forms = {"text/plain": repr(self), "text/html": self._repr_html_(), **carried}
        if runs_unattended():
            return static_forms, {}
        return {**data, **static_forms}, metadata


def mark(option: Mapping[str, Any]) -> str:
    """The mark of an option: a glyph and a word, because color alone is not enough."""
    return "✓ " + _("Right") if option["right"] else "✗ " + _("Incorrect")


def predict(
    question: str, options: Mapping[str, str] | None = None, truth: str | Callable[[], str] | None = None
) -> Prediction:
    """Ask for a prediction: ``predict("00-closed-door")`` asks a question of the course by its name.

    For a question of your own, ``question`` is its text, ``options`` maps each option to its explanation (why it is
    what happens, or why not), and ``truth`` is the correct option, or a function that plays the scenario and returns
    it. Raises ``ValueError`` for an unknown name, if the truth is not one of the options, or if an option has no
    explanation.
    """
    if options is None or truth is None:
        if question not in QUESTIONS:
            raise ValueError(f"there is no question {question!r}; the questions are: {', '.join(QUESTIONS)}")
        known = QUESTIONS[question]
        truth = known.truth() if callable(known.truth) else known.truth
        translations = {_(text): _(reason) for text, reason in known.options.items()}
        return predict(_(known.text), translations, _(truth))
    correct = truth() if callable(truth) else truth
    if correct not in options:
        raise ValueError(
            f"what happens is {correct!r}, and that is not among the options: {', '.join(options)}"
        )
    if unexplained := [text for text, reason in options.items() if not reason.strip()]:
        raise ValueError(f"an option needs a reason: {', '.join(unexplained)}")
    return Prediction(
        words=script_words(PREDICT_SCRIPT),
        question=question,
        options=[
            {"text": text, "reason": reason, "right": text == correct} for text, reason in options.items()
        ],
    )
