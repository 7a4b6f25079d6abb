// What is asked before an act: the reason for a disabled transition, and whether a stop or a rollback is meant.

// Every move of the picture that says what it will do.
const movesWithConsequences = (p) => [...(p.view.reasons || []).flatMap((r) => r.stop || []), ...p.view.stages.flatMap((s) => s.retry || [])];

function confirmFirst(p, key, move, where) {
  openDialog(p, { kind: "confirm", command: JSON.stringify(move.command), where }, key);
}

DIALOGS.confirm = (p, { command, where }) => {
  const move = movesWithConsequences(p).find((m) => JSON.stringify(m.command) === command);
  if (!move?.will) return null;
  return {
    title: where ? `${move.label}: ${where}` : move.label, submit: () => askInDialog(p, move), buttons: submitButton(move.label),
    body: h("p", { key: "will", "data-first": "true", tabindex: "-1", class: "cp-will" }, move.will),
  };
};

function askReason(p, stage, opener) { openDialog(p, { kind: "reason", stage, change: false }, opener); }
function changeReason(p, stage, opener) { openDialog(p, { kind: "reason", stage, change: true }, opener); }

DIALOGS.reason = (p, { stage, change }) => {
  const d = p.view.stages.find((s) => s.name === stage)?.door;
  const move = change ? d?.again : d?.on && d.toggle;
  if (!move) return null;
  const key = `reason:${stage}`;
  const submit = () => {
    const reason = fieldText(p, key);
    if (!reason) { refuse(p, _("AWS requires a reason. Write it for the people who find the transition disabled."), "", "dialog"); return; }
    askInDialog(p, move, { reason });
  };
  return {
    title: change ? _("Change the reason at {stage}", { stage }) : _("Disable transition into {stage}", { stage }), submit, buttons: submitButton(change ? _("Change the reason") : _("Disable transition")),
    body: [
      !change && h("p", { key: "what" }, _("Executions that reach {stage} wait until the transition is enabled. An execution in {stage} goes on.", { stage })),
      h("label", { key: `${key}:${p.view.fork}`, class: "cp-field" }, h("span", {}, _("Reason")),
        h("input", { "data-key": key, "data-first": "true", class: "cp-input", dir: "auto", "aria-label": _("Reason at {stage}", { stage }), "aria-required": "true", initial: change ? d.reason : "", maxlength: p.view.limits?.reason })),
    ],
  };
};
