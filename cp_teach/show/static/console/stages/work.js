// Real work: the fleet of a deployment and the log of a build. `p` is the picture, `w` the work of one action (`view.work`).

// -- in the action: one glyph for each instance, or the phase of the build; and what can be opened ---------------------
function workOf(p, s, a, name, w) {
  const [d] = w.fleet || [];
  const kind = d ? "fleet" : "log";
  const phase = w.phases?.find((one) => one.status[0] === "in-progress");
  return h("div", { key: "work", class: "cp-work" },
    d && fleetOf(d),
    phase && h("p", { key: "phase", class: "cp-label" }, `${_("Phase")} `, h("b", {}, phase.name)),
    fold(p, kind, name, d ? _("Instances") : _("Log"), workName(kind, s.name, a.name)),
    p.stacked && panel(p, s.name, a.name, kind, w));
}

function workName(kind, stage, action) {
  return kind === "fleet" ? _("Instances and events of {action} in {stage}", { action, stage }) : _("Log of {action} in {stage}", { action, stage });
}

function fleetOf(d) {
  const named = d.instances.length <= 6; // a larger fleet has its names in the table
  return [
    d.instances.length > 0 && h("ul", { key: "hosts", class: "cp-hosts", role: "list", "aria-label": d.title }, d.instances.map((one) =>
      h("li", { key: one.name, class: "cp-host", "data-status": one.status[0], title: `${one.name}: ${one.status[1]}` },
        mark(one.status), h("span", { class: named ? null : "cp-sr" }, one.name), h("span", { class: "cp-sr" }, ` ${one.status[1]}`)))),
    h("p", { key: "health", class: "cp-healthline" }, h("b", { class: "cp-health" }, d.health), d.counts.length > 1 && h("span", { class: "cp-counts" }, d.counts.map(([n, one], i) => [i > 0 && " · ", h("span", { key: one[1] }, `${n} ${one[1].toLowerCase()}`)]))),
    d.now && h("p", { key: "now", class: "cp-event" }, mark(["in-progress", "", "▶"]), ` ${d.now}`),
    d.back && h("p", { key: "back", class: "cp-back" }, h("span", { "aria-hidden": "true" }, "↶ "), _("Rollback of {deployment}: {status}", { deployment: d.back, status: d.status[1].toLowerCase() })),
  ];
}

function fold(p, kind, name, text, label) {
  const key = `${kind}:${name}`;
  const open = p.ui.folds.has(key);
  return h("button", {
    type: "button", key: "fold", "data-key": `fold:${key}`, class: "cp-button cp-fold", "aria-expanded": String(open), "aria-controls": open ? `${p.id}${key}` : null, "aria-label": label,
    onclick: () => { if (open) p.ui.folds.delete(key); else { p.ui.folds.add(key); p.ui.tab = "work"; } p.draw(); },
  }, h("span", { "aria-hidden": "true" }, open ? "▾ " : "▸ "), text);
}

// -- what is opened: inside the action if stages are below each other, else in a tab of its own --------------------------
function panels(p) {
  if (p.stacked || !p.ui.folds.size) return null;
  const open = p.view.stages.flatMap((s) => s.groups.flat().flatMap((a) => {
    const w = p.work[`${s.name}/${a.name}`];
    return w ? [panel(p, s.name, a.name, w.fleet ? "fleet" : "log", w)] : [];
  })).filter(Boolean);
  return open.length > 0 ? open : null;
}

function panel(p, stage, action, kind, w) {
  const key = `${kind}:${stage}/${action}`;
  if (!p.ui.folds.has(key)) return null;
  const label = workName(kind, stage, action);
  return h("div", { key, id: `${p.id}${key}`, "data-panel": key, role: "group", "aria-label": label, class: "cp-panel cp-workpanel" },
    h("p", {}, h("b", {}, label), h("span", { class: "cp-label" }, ` #${w.n}`)),
    kind === "fleet" ? w.fleet.map((d) => deploymentOf(p, d)) : logOf(w, label));
}

// A screen reader announces each phase as it ends, not every line.
function logOf(w, label) {
  const lines = w.log || { text: "", more: 0 };
  const ended = (w.phases || []).filter((one) => one.status[0] !== "in-progress");
  return [
    lines.more > 0 && h("p", { key: "more", class: "cp-label" }, _("{count} earlier lines are not shown.", { count: lines.more })),
    h("div", { key: "log", role: "log", "aria-live": "polite", "aria-label": label, class: "cp-output" },
      h("pre", { key: "lines", class: "cp-lines", tabindex: "0", role: "group", "aria-live": "off", "aria-label": _("Lines"), onscroll: ({ target: el }) => { el.cpAway = el.scrollHeight - el.scrollTop - el.clientHeight > 8; } }, lines.text || _("Nothing was written yet.")),
      ended.length > 0 && h("ol", { key: "phases", class: "cp-phases", "aria-label": _("Phases") }, ended.map((one) =>
        h("li", { key: one.name, title: one.status[1] }, mark(one.status), h("b", {}, one.name), h("span", { class: "cp-label" }, h("span", { class: one.status[0] === "failed" ? null : "cp-sr" }, ` ${one.status[1]}`), ` ${one.seconds} s`))))),
  ];
}

// A log shows its end, unless the user has scrolled up to read.
function followLog(root) {
  for (const el of root.querySelectorAll(".cp-lines")) if (!el.cpAway) el.scrollTop = el.scrollHeight;
}

function deploymentOf(p, d) {
  const roomy = !p.narrow && d.instances.length <= 4;
  const cell = (one) => (!one ? h("span", { class: "cp-none" }, h("span", { "aria-hidden": "true" }, "·"), h("span", { class: "cp-sr" }, _("does not have it"))) : roomy ? status(one) : [mark(one), h("span", { class: "cp-sr" }, one[1])]);
  const seen = new Map([...d.instances.map((one) => one.status), ...d.events.flatMap((row) => row.cells)].filter(Boolean).map((one) => [one[1], one]));
  // On a narrow page, many instances become the rows, and the few events become the columns.
  const turned = p.narrow && d.instances.length > 6;
  const rows = [{ name: _("The instance"), cells: d.instances.map((one) => one.status) }, ...d.events];
  const names = d.instances.map((one) => one.name);
  const [corner, heads, body] = turned
    ? [_("Instance"), rows.map((one) => one.name), names.map((name, i) => ({ name, cells: rows.map((one) => one.cells[i]) }))]
    : [_("Event"), names, rows];
  const row = (name, cells, strong) => h("tr", { key: name, class: strong ? "cp-whole" : null }, h("th", { scope: "row" }, name), cells.map((one, i) => h("td", { key: i }, cell(one))));
  return h("div", { key: d.id, class: "cp-deployment" },
    h("p", {}, h("b", {}, d.title, ": "), status(d.status)),
    h("p", { class: "cp-label" }, d.about),
    d.said.map((text) => h("p", { key: text }, text)),
    d.instances.length > 0 && h("div", { key: "table", class: "cp-scroll", tabindex: "0", role: "group", "aria-label": _("Table of {deployment}", { deployment: d.title }) },
      h("table", { class: `cp-matrix${roomy ? "" : " cp-dense"}${turned ? " cp-turned" : ""}` }, h("caption", { class: "cp-sr" }, _("Lifecycle events of {deployment}", { deployment: d.title })),
        h("thead", {}, h("tr", {}, [corner, ...heads].map((name) => h("th", { key: name, scope: "col" }, h("span", {}, name))))),
        h("tbody", {}, body.map((one, i) => row(one.name, one.cells, !turned && !i))))),
    !roomy && seen.size > 0 && h("p", { key: "legend", class: "cp-label cp-legend", "aria-hidden": "true" }, [...seen.values()].map((one) => h("span", { key: one[1] }, mark(one), ` ${one[1]}`))),
    d.faults.map((one) => h("div", { key: `${one.instance}:${one.event}`, class: "cp-fault" },
      h("p", {}, h("b", {}, `${one.instance}, ${one.event}`), h("span", {}, `: ${one.code}: ${one.message}`)),
      one.log && h("details", {}, h("summary", {}, _("Log of {event} on {instance}", { event: one.event, instance: one.instance })), h("pre", { class: "cp-tail" }, one.log)))));
}
