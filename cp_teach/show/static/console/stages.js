// A stage with its conditions.

function stageOf(p, s, index) {
  const title = `${p.id}s${index}`;
  const n = s.inside?.n;
  return h("li", { key: s.name, class: "cp-step" },
    transitionOf(p, s, index),
    h("div", { role: "group", "aria-labelledby": title, class: `cp-stage cp-edge-${s.status[0]}`, tabindex: "-1", "data-key": `stage:${s.name}`, "data-stage": s.name, "data-dim": p.selected && n !== p.selected ? "true" : null },
      h("div", { class: "cp-stagehead" },
        h("strong", { id: title, class: "cp-stagename" }, soft(s.name)),
        status(s.status),
        s.retry && opener(p, `stage:${s.name}`, `More for stage ${s.name}`, "⋯", "cp-icon")),
      h("div", { class: "cp-inside" }, s.inside ? [chipOf(p, s.inside, "cp-live", `in:${s.name}`, true), (s.also || []).map((chip) => chipOf(p, chip, "cp-live", `in:${s.name}`, true))] : h("span", { class: "cp-empty" }, "Nobody inside")),
      s.retry && isOpen(p, `stage:${s.name}`) && h("div", { key: "more", class: "cp-form", role: "group", "data-menu": `stage:${s.name}`, "aria-label": `Stage ${s.name}` }, s.retry.map((m) => moveButton(p, `retry:${s.name}:${m.label}`, m, "", { where: s.name })), hint(p, `stage:${s.name}`)),
      s.conditions && h("ul", { key: "conditions", class: "cp-conditions", "aria-label": `Conditions of ${s.name}` }, s.conditions.map((one) => conditionOf(p, s, one))),
      h("ol", { class: "cp-groups", "aria-label": `Actions of ${s.name}` }, s.groups.map((group, g) =>
        h("li", { key: g, class: "cp-group" }, group.length > 1 && h("span", { class: "cp-parallel" }, "in parallel"),
          h("ul", { class: "cp-actions" }, group.map((a) => actionOf(p, s, a)))))),
      s.retry?.some((m) => !m.no) && p.ui.open !== `stage:${s.name}` && h("div", { key: "retry", class: "cp-row", role: "group", "aria-label": `Retry ${s.name}` }, s.retry.filter((m) => !m.no).map((m, i) => moveButton(p, `again:${s.name}:${m.label}`, m, i ? "" : "cp-strong", { where: s.name }))),
      h("div", { class: "cp-delivered" }, s.delivered
        ? [h("span", { class: "cp-label" }, `In ${s.name}: `), chipOf(p, s.delivered, "cp-small", `delivered:${s.name}`)]
        : h("span", { class: "cp-label" }, `Nothing is in ${s.name} yet`))));
}

function conditionOf(p, s, one) {
  return h("li", { key: one.name, class: "cp-condition" },
    h("span", { class: "cp-label" }, `${one.name}: ${one.result} unless met`),
    one.rules.map((rule) => h("div", { key: rule.name, class: "cp-rule", title: rule.provider }, h("b", {}, soft(rule.name)), status(rule.status),
      rule.moves && h("span", { class: "cp-row", role: "group", "aria-label": `Rule ${rule.name} of ${s.name}` }, rule.moves.map((m) => moveButton(p, `rule:${s.name}:${rule.name}:${m.label}`, m, "", { where: `${rule.name} of ${s.name}` }))))),
    one.override && moveButton(p, `override:${s.name}:${one.override.label}`, one.override, "cp-strong", { where: s.name }));
}
