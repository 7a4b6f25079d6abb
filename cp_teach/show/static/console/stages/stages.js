// A stage with its conditions. Whatever happens in it, its parts stay where they are: every line has its place from the start.

function stageOf(p, s, index) {
  const title = `${p.id}s${index}`;
  const n = s.inside?.n;
  return h("li", { key: s.name, class: "cp-step" },
    transitionOf(p, s, index),
    h("div", { role: "group", "aria-labelledby": title, class: `cp-stage cp-edge-${s.status[0]}`, tabindex: "-1", "data-key": `stage:${s.name}`, "data-stage": s.name, "data-dim": p.selected && n !== p.selected ? "true" : null },
      h("div", { class: "cp-stagehead" },
        h("strong", { id: title, class: "cp-stagename", title: s.name }, s.name),
        status(s.status),
        s.retry && menu(p, `stage:${s.name}`, _("More for stage {stage}", { stage: s.name }), "⋯", "cp-icon", detailsItem(p, ["stage", s.name], _("stage {stage}", { stage: s.name }), `open:stage:${s.name}`), retryMoves(p, s, "retry", s.retry))),
      h("div", { class: "cp-inside" },
        h("span", { class: "cp-chips" }, s.inside && chipsOf(p, [s.inside, ...(s.also || [])], `in:${s.name}`, _("in {stage}", { stage: s.name }))),
        besidesOf(p, s)),
      s.conditions && h("ul", { key: "conditions", class: "cp-conditions", "aria-label": _("Conditions of {stage}", { stage: s.name }) }, s.conditions.map((one) => conditionOf(p, s, one))),
      actionsOf(p, s)));
}

function actionsOf(p, s) {
  const expanded = p.ui.folds.has(`actions:${s.name}`);
  const shown = shownActions(s, expanded);
  const compact = s.groups.flat().length > COMPACT;
  const groups = s.groups.map((group) => group.filter((a) => shown.has(a)));
  return [
    h("ol", { key: "actions", class: "cp-groups", "data-compact": compact ? "true" : null, "data-expanded": expanded ? "true" : null, "aria-label": _("Actions of {stage}", { stage: s.name }) }, groups.map((group, g) => group.length > 0 &&
      h("li", { key: g, class: "cp-group", "data-parallel": s.groups[g].length > 1 ? "true" : null }, s.groups[g].length > 1 && h("span", { class: "cp-parallel" }, _("in parallel")),
        h("ul", { class: "cp-actions" }, group.map((a) => actionOf(p, s, a)))))),
    moreActions(p, s, shown),
  ];
}

const retryMoves = (p, s, kind, moves) => h("div", { class: "cp-poplist" }, moves.map((m) => moveButton(p, `${kind}:${s.name}:${m.label}`, m, "", { where: s.name })));

// Beside the execution in the stage: the retry of one that failed, else the newest that succeeded in the stage.
function besidesOf(p, s) {
  const can = (s.retry || []).filter((m) => !m.no);
  const failed = ["failed", "stopped"].includes(s.status[0]);
  if (failed && can.length) return menu(p, `again:${s.name}`, _("Retry {stage}", { stage: s.name }), _("Retry"), "cp-strong", retryMoves(p, s, "again", can));
  return s.delivered && h("span", { key: "delivered", class: "cp-delivered", title: _("Last succeeded in {stage}: {execution}", { stage: s.name, execution: `#${s.delivered.n} ${s.delivered.message}` }) },
    mark(["succeeded", "", glyphs.succeeded]), h("span", { class: "cp-sr" }, `${_("Last succeeded:")} `), chipOf(p, s.delivered, "cp-small cp-number", `delivered:${s.name}`));
}

function conditionOf(p, s, one) {
  return h("li", { key: one.name, class: "cp-condition" },
    h("span", { class: "cp-label" }, explained(one.name, { kind: "cp-plainword" }), ` (${_("result: {result}", { result: one.result })})`),
    one.overrides && one.overrides.map((m) => moveButton(p, `override:${s.name}:${one.name}:${m.label}`, m, "cp-strong", { where: _("{condition} of {stage}", { condition: one.name, stage: s.name }) })),
    one.rules.map((rule) => h("div", { key: rule.name, class: "cp-rule", title: rule.provider }, h("b", {}, soft(rule.name)), status(rule.status),
      rule.moves && h("span", { class: "cp-row", role: "group", "aria-label": _("Rule {rule} of {stage}", { rule: rule.name, stage: s.name }) }, rule.moves.map((m) => moveButton(p, `rule:${s.name}:${rule.name}:${m.label}`, m, "", { where: _("{rule} of {stage}", { rule: rule.name, stage: s.name }) }))))));
}
