"""The wizard as a notebook widget: the fields of a page, and the equivalent commands below them."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w

from cp_teach.aws.console_wizard.wizard import Field, InvalidAnswer, Wizard, as_json
from cp_teach.kernel_client import runs_unattended

CODE = "white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em;margin:.3em 0"


class WizardWidget(w.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A widget that shows and controls ``wizard``."""

    def __init__(self, wizard: Wizard) -> None:
        self.wizard = wizard
        self._bar, self._note, self._message = w.HTML(), w.HTML(), w.HTML()
        self._form, self._equivalents = w.VBox(), w.HTML()
        self._back = w.Button(description="Previous")
        self._next = w.Button(description="Next step", button_style="primary")
        self._back.on_click(self._go_back)
        self._next.on_click(self._go_on)
        buttons = w.HBox([self._back, self._next])
        super().__init__([self._bar, self._note, self._form, buttons, self._message, self._equivalents])
        self.add_class("cp-wizard")
        self.show()

    def show(self) -> None:
        """Redraw the page from the state of the wizard."""
        wizard = self.wizard
        steps = "".join(self._title(index, step.title) for index, step in enumerate(wizard.steps))
        row = "display:flex;flex-wrap:wrap;gap:.2em 2em;margin:.4em 0;padding-left:1.4em"
        self._bar.value = f'<ol style="{row}">{steps}</ol>'
        self._note.value = escape(wizard.step.note)
        if wizard.step.key == "review" and not wizard.created:
            self._form.children = [w.HTML(f'<pre style="{CODE}">{escape(as_json(wizard.structure()))}</pre>')]
        else:
            self._form.children = [] if wizard.created else [self._input(field) for field in wizard.fields()]
        self._back.disabled = wizard.at == 0 or wizard.created
        self._next.disabled = wizard.created
        self._next.description = "Create pipeline" if wizard.step.key == "review" else "Next step"
        self._equivalents.value = self._commands()

    def _title(self, index: int, title: str) -> str:
        if index == self.wizard.at and not self.wizard.created:
            return f'<li aria-current="step"><b>{escape(title)}</b></li>'
        return f"<li>{escape(title)}</li>"

    def _input(self, field: Field) -> Any:
        options = {"description": field.label, "value": self.wizard.answers[field.key]}
        style = {"description_width": "14em"}
        # On a narrow screen the field goes below its label.
        layout = w.Layout(width="auto", max_width="36em", height="auto", flex_flow="row wrap")
        control: Any
        if field.choices:
            control = w.Dropdown(options=field.choices, style=style, layout=layout, **options)
        else:
            control = w.Text(style=style, layout=layout, **options)
        control.observe(lambda change: self._set_answer(field, change["new"]), "value")
        return control

    def _set_answer(self, field: Field, value: str) -> None:
        self.wizard.answers[field.key] = value
        if field.choices:
            self.show()  # other fields can be visible now
        else:
            self._equivalents.value = self._commands()

    def _commands(self) -> str:
        calls = self.wizard.done if self.wizard.created else self.wizard.calls()
        if not calls:
            return "<p>This step calls nothing.</p>"
        head = "What the wizard has done, as commands" if self.wizard.created else "What this step does"
        shell = "\n".join(_short(call.cli) for call in calls)
        python = "\n".join(_short(call.boto3) for call in calls)
        return (
            f"<details open><summary>{head}: AWS CLI</summary><pre style='{CODE}'>{escape(shell)}</pre></details>"
            f"<details><summary>boto3</summary><pre style='{CODE}'>{escape(python)}</pre></details>"
        )

    def _go_on(self, _: Any) -> None:
        try:
            self.wizard.next()
        except InvalidAnswer as error:
            self._message.value = f'<p role="alert">✗ {escape(str(error))}</p>'
            return
        name = escape(self.wizard.answers["name"])
        done = (
            f"✓ {name} has been created, and its first execution has started." if self.wizard.created else ""
        )
        self._message.value = f'<p role="status">{done}</p>'
        self.show()

    def _go_back(self, _: Any) -> None:
        self.wizard.back()
        self._message.value = ""
        self.show()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and for a page without a kernel a list of the steps with their commands."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        static_forms = {"text/html": self._static_html(), "text/plain": repr(self)}
        return static_forms if runs_unattended() else {**bundle, **static_forms}

    def _static_html(self) -> str:
        steps = "".join(
            f"<li><b>{escape(step.title)}</b>"
            + "".join(f"<br><code>{call.command}</code>" for call in calls)
            + "</li>"
            for step in self.wizard.steps
            for calls in [self.wizard.calls(step)]
        )
        return f"<ol>{steps}</ol>"

    def __repr__(self) -> str:
        return repr(self.wizard)


def _short(text: str) -> str:
    return text if len(text) <= 700 else text[:700] + " …"


def wizard_for(box: Any, edition: str = "course", **answers: str) -> WizardWidget:
    """The console's wizard for a sandbox, or for anything with ``client(service)``: "course" (2016) or "today".

    ``answers`` sets fields in advance. Raises ``ValueError`` for an unknown edition or field.
    """
    return WizardWidget(Wizard(box.client, edition, getattr(box, "region_name", "us-east-1")).fill(**answers))
