"""Details: facts about an action, an execution, or a stage, computed on request.

They are what AWS's console shows behind "View details", and would be too much for a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypedDict

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import ActionRow, Artifact, ExecutionRow, action_of
from cp_teach.engine.model.state import SHOWN_AS_ENABLED, State
from cp_teach.engine.queries.branch_comparison import BranchComparison
from cp_teach.engine.queries.variable_resolution import Unresolved, output_variables, resolve
from cp_teach.engine.rules.errors import Refused, no_action, no_execution, no_stage, wrong_type
from cp_teach.pipeline import Action
from cp_teach.pipeline.timeouts import time_limit
from cp_teach.show.view.stages import CONDITION_NAMES, execution_in
from cp_teach.show.view.tables import action_note, clock, revision_text, status_cell
from cp_teach.style.status import AWS_STATUSES
from cp_teach.translation import _

Rows = list[list[str]]


class Group(TypedDict, total=False):
    """Facts under one heading; ``heads`` are the columns if the rows have more than a name and a value."""

    title: str
    rows: Rows
    heads: list[str]


class Details(TypedDict, total=False):
    """What a dialog shows: a title, a sentence, groups of facts, and lines of a log."""

    title: str
    text: str
    groups: list[Group]
    log: list[str]


class Subject(NamedTuple):
    """A run at the moment that is shown. ``run_id`` is the name from which artifact keys are derived."""

    run_id: str
    state: State
    journal: Journal
    history: History
    now: float


def details(subject: Subject, of: object) -> Details:
    """The facts about ``["action", stage, action]``, ``["execution", number]``, or ``["stage", stage]``.

    Raises ``Refused`` if there is no such thing.
    """
    parts = list(of) if isinstance(of, list | tuple) else []
    kind = parts[0] if parts and isinstance(parts[0], str) else ""
    count, compute = _KINDS.get(kind, (0, None))
    if compute is None or len(parts) != count:
        raise Refused(
            "ValidationException", _("There are no details of {of!r:.80}.", of=of), _("Reload the page.")
        )
    return compute(subject, *parts[1:])


# -- an action ------------------------------------------------------------------------------------------------
def _action(subject: Subject, stage: str, name: str) -> Details:
    state, history = subject.state, subject.history
    if refused := no_action(state, stage, name):
        raise refused
    inside = execution_in(state, state.pipeline.stage_indices[stage])
    row = history.latest.get((stage, name))
    if inside is not None:
        row = history.newest.get((inside.number, stage, name), row)
    action = state.pipeline[stage][name] if row is None else action_of(history.executions, row)
    groups = [
        _group(_("Action"), _definition(action)),
        _group(_("Configuration"), _configuration(subject, action, row)),
    ]
    if row is not None:
        groups += [
            _group(_("Newest run"), _run(subject, row)),
            _group(_("Input artifacts"), _artifacts(subject, row.inputs)),
            _group(_("Output artifacts"), _artifacts(subject, row.outputs)),
            _group(_("Output variables"), _pairs(output_variables(history, row, subject.run_id))),
        ]
    return {
        "title": _("{name} in {stage}", name=name, stage=stage),
        "groups": [group for group in groups if group["rows"]],
        "log": [] if row is None else _log(subject.journal, row),
    }


def _definition(action: Action) -> Rows:
    kind = action.type
    rows = [
        [
            _("Action type"),
            _(
                "{category}, {owner}, {provider}, version {version}",
                category=kind.category,
                owner=kind.owner,
                provider=kind.provider,
                version=kind.version,
            ),
        ],
        [_("Run order"), str(action.order)],
        [_("Time limit"), span(60 * time_limit(action))],
        [_("Inputs"), ", ".join(action.input_names)],
        [_("Outputs"), ", ".join(action.output_names)],
        [_("Namespace"), action.namespace or ""],
        [_("Region"), action.region or ""],
        [_("Role"), action.role_arn or ""],
    ]
    return [row for row in rows if row[1]]


def _configuration(subject: Subject, action: Action, row: ActionRow | None) -> Rows:
    """The configuration, with the values of its variables where the action has run."""
    settings = dict(action.configuration or ())
    values = settings
    if row is not None:
        try:
            values = resolve(subject.history, row, subject.run_id)
        except Unresolved as problem:
            return [*_pairs(settings), [_("Not resolved"), str(problem)]]
    return [
        [key, text if values.get(key, text) == text else f"{text} = {values[key]}"]
        for key, text in settings.items()
    ]


def _run(subject: Subject, row: ActionRow) -> Rows:
    rows = [
        [_("Status"), status_cell(row.status)[1]],
        [_("Execution"), f"#{row.execution}"],
        [_("Attempt"), str(row.attempt)],
        *_times(subject, row.started, row.ended),
        [_("External execution ID"), row.external_id],
        [_("Result"), action_note(row)],
    ]
    return [each for each in rows if each[1]]


def _artifacts(subject: Subject, artifacts: Iterable[Artifact]) -> Rows:
    name = subject.state.pipeline.name
    return [
        [
            each.name,
            _(
                "{key} (by {action} in {stage})",
                key=each.key(subject.run_id, name),
                action=each.action,
                stage=each.stage,
            ),
        ]
        for each in artifacts
    ]


def _log(journal: Journal, row: ActionRow) -> list[str]:
    """What the journal says about this run of the action, one line for each event."""
    target = (row.execution, row.stage, row.action)
    lines = []
    for index in range(row.position, journal.position):
        entry = journal[index]
        if row.ended is not None and entry.at > row.ended:
            break
        for event in entry.events:
            if tuple(getattr(event, field, None) for field in ("execution", "stage", "action")) == target:
                lines.append(f"{clock(entry.at)}  {event}")
    return lines


# -- an execution ---------------------------------------------------------------------------------------------
def _execution(subject: Subject, number: object) -> Details:
    history = subject.history
    if not isinstance(number, int) or isinstance(number, bool):
        raise wrong_type("execution", number, int)
    row = history.executions.get(number)
    if row is None:
        raise no_execution(subject.state, number) or Refused(
            "PipelineExecutionNotFoundException", _("There is no execution {number}.", number=number)
        )
    runs = [each for each in history.actions if each.execution == number]
    groups = [
        _group(_("Execution"), _facts(subject, row)),
        _group(
            _("Source revisions"),
            [[each.action, f"{each.id} {each.message}".strip()] for each in row.revisions],
        ),
        _group(
            _("Source revision overrides"),
            [[each.action, f"{each.type} {each.value}"] for each in row.overrides],
        ),
        _group(_("Variables"), _pairs(dict(row.variables))),
        _group(_("Stages"), [[stage, status_cell(visit)[1]] for stage, visit in row.visits.items()]),
        _group(_("Action runs"), [_run_line(each) for each in runs]),
        _group(_("Artifacts"), _artifacts(subject, history.artifacts(number))),
    ]
    return {
        "title": _("Execution #{number}", number=number),
        "groups": [group for group in groups if group["rows"]],
    }


def _facts(subject: Subject, row: ExecutionRow) -> Rows:
    rows = [
        [_("Status"), status_cell(row.status)[1]],
        [_("Trigger"), row.trigger],
        [_("Type"), _("Rollback to #{target}", target=row.target) if row.target else _("Standard")],
        *_times(subject, row.started, row.ended),
        [_("Superseded by"), f"#{row.superseded_by}" if row.superseded_by else ""],
        [_("Reason"), row.reason],
        [_("Reason for the stop"), row.stop_reason],
    ]
    return [each for each in rows if each[1]]


def _run_line(row: ActionRow) -> list[str]:
    attempt = _(", attempt {attempt}", attempt=row.attempt) if row.attempt > 1 else ""
    took = f", {span(row.ended - row.started)}" if row.ended is not None else ""
    return [
        _("{action} in {stage}", action=row.action, stage=row.stage),
        f"{status_cell(row.status)[1]}{attempt}{took}",
    ]


# -- a stage --------------------------------------------------------------------------------------------------
def _stage(subject: Subject, name: str) -> Details:
    state, history = subject.state, subject.history
    if refused := no_stage(state, name):
        raise refused
    index = state.pipeline.stage_indices[name]
    definition, runtime = state.pipeline.stages[index], state.stages[index]
    enabled = runtime.transition in SHOWN_AS_ENABLED
    transition = [
        [_("Inbound transition"), _("Enabled") if enabled else _("Disabled")],
        [_("Reason"), "" if enabled else history.disabled_reasons.get(name, "")],
        [_("Disabled since"), "" if enabled else clock(history.disabled_since.get(name, 0.0))],
    ]
    facts = [
        [_("Locked by"), f"#{runtime.holder}" if runtime.holder else ""],
        [_("Inbound executions"), ", ".join(f"#{each}" for each in runtime.inbound)],
        [_("Last succeeded"), _deployed(history, runtime.succeeded)],
        [
            _("Can be rolled back to"),
            ", ".join(f"#{each}" for each in runtime.targets if each != runtime.succeeded),
        ],
    ]
    conditions = [
        [
            _("{condition}: {rule}", condition=_(label), rule=rule.name),
            _(
                "{provider}, result {result}",
                provider=rule.type.provider,
                result=definition.result(kind).capitalize(),
            ),
        ]
        for kind, label in CONDITION_NAMES.items()
        for rule in definition.rules(kind)
    ]
    actions = [
        [each.name, _("{type}, run order {order}", type=each.type, order=each.order)]
        for each in definition.actions
    ]
    groups = [
        _group(_("Stage"), [row for row in facts if row[1]]),
        _group(_("Transition"), [row for row in transition if row[1]]),
        _group(_("Conditions"), conditions),
        _group(_("Actions"), actions),
    ]
    return {"title": _("Stage {name}", name=name), "groups": [group for group in groups if group["rows"]]}


def _deployed(history: History, number: int) -> str:
    row = history.executions.get(number)
    return "" if row is None else f"#{number} {', '.join(map(revision_text, row.revisions))}".strip()


# -- two branches ---------------------------------------------------------------------------------------------
def comparison_details(comparison: BranchComparison) -> Details:
    """The comparison of two branches, in the form of details."""
    first, second = comparison.first, comparison.second
    heads = ["", _("Branch {number}", number=first.number), _("Branch {number}", number=second.number)]
    parts = (
        (
            _("Executions"),
            [
                row._replace(first=_worded(row.first), second=_worded(row.second))
                for row in comparison.executions
            ],
        ),
        (_("Stages"), comparison.stages),
        (_("Steps"), comparison.steps),
    )
    groups: list[Group] = [
        {"title": title, "heads": heads, "rows": [list(row) for row in rows]} for title, rows in parts if rows
    ]
    shared = (
        _("The first {shared} steps are the same.", shared=comparison.shared)
        if comparison.shared
        else _("No step is the same.")
    )
    text = shared if groups else _("{shared} Nothing else differs.", shared=shared)
    return {
        "title": _("Branch {number} and branch {number2}", number=first.number, number2=second.number),
        "text": text,
        "groups": groups,
    }


def _worded(outcome: str) -> str:
    """The outcome of an execution with the status as the console shows it."""
    status, separator, place = outcome.partition(" in ")
    if status not in AWS_STATUSES:
        return outcome
    word = status_cell(status)[1]
    return _("{status} in {stage}", status=word, stage=place) if separator else word


# -- helpers --------------------------------------------------------------------------------------------------
_KINDS: dict[str, tuple[int, Callable[..., Details] | None]] = {
    "action": (3, _action),
    "execution": (2, _execution),
    "stage": (2, _stage),
}
"""Kind -> how many parts its address has, and the function that computes its details."""


def _group(title: str, rows: Sequence[list[str]]) -> Group:
    return {"title": title, "rows": list(rows)}


def _pairs(values: Mapping[str, str]) -> Rows:
    return [[key, value] for key, value in values.items()]


def _times(subject: Subject, started: float, ended: float | None) -> Rows:
    took = (subject.now if ended is None else ended) - started
    return [
        [_("Started"), clock(started)],
        [_("Ended"), "" if ended is None else clock(ended)],
        [_("Duration"), span(took) + (_(" so far") if ended is None else "")],
    ]


def span(seconds: float) -> str:
    """A duration in its two largest units: ``1 h 30 min``."""
    whole = int(seconds + 0.5)
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts = []
    for size, unit in units:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
