// The transition into a stage: its switch, its reason, and the executions that wait. It has the same height whatever happens.

function transitionOf(p, s, index) {
  const d = s.door;
  return h("div", { key: "door", class: `cp-door${index ? "" : " cp-first"}`, "data-on": String(d.on), "data-door": s.name },
    !d.quiet && [
      h("div", { key: "gate", class: "cp-gate" }, index > 0 && h("span", { class: "cp-arrow", "aria-hidden": "true" }), d.toggle && switchOf(p, s), h("span", { class: "cp-doorword" },
        h("span", { class: "cp-doorstate" }, explained(d.on ? _("Enabled") : _("Disabled"), { word: d.on ? "enabled" : "disabled", kind: "cp-plainword" })), !d.on && h("span", { key: "reason", class: "cp-reason", title: d.reason || null, dir: "auto" }, d.reason)),
      !d.on && d.again && reasonButton(p, s)),
      h("div", { key: "queue", class: "cp-queue" }, queueOf(p, s)),
    ]);
}

function switchOf(p, { name, door: d }) {
  const no = refusalOf(p, `door:${name}`, d.toggle.no);
  return h("button", { type: "button", role: "switch", "data-key": `door:${name}`, class: "cp-switch", "aria-checked": String(d.on), "aria-label": _("Transition into {stage}", { stage: name }),
    "aria-haspopup": d.on ? "dialog" : null, "aria-disabled": no ? "true" : null, title: no || (d.on ? _("Disable transition into {stage}", { stage: name }) : _("Enable transition into {stage}", { stage: name })),
    onclick: () => (no ? refuse(p, no, `door:${name}`) : d.on ? askReason(p, name, `door:${name}`) : ask(p, d.toggle)) }, h("span", { class: "cp-knob", "aria-hidden": "true" }));
}

// The reason can be changed afterwards.
function reasonButton(p, { name }) {
  const key = `open:reason:${name}`;
  return h("button", { type: "button", key, "data-key": key, class: "cp-button cp-icon", "aria-haspopup": "dialog", "aria-label": _("Change the reason at {stage}", { stage: name }), title: _("Change the reason at {stage}", { stage: name }), onclick: () => changeReason(p, name, key) }, "✎");
}

// One chip has room for its message; of more, the line has the numbers. The others open, or are in the table of executions.
function queueOf(p, { name, door: d }) {
  const waiting = d.waiting || [];
  const [gone, ...others] = d.gone || [];
  const more = others.length + (d.more || 0);
  return [
    waiting.length > 0 && h("div", { key: "waits", class: `cp-waits${gone ? " cp-number" : ""}` }, mark(["waiting", "", glyphs.waiting]), h("span", { class: "cp-label" }, explained(_("Waiting"), { word: "inbound execution", kind: "cp-plainword" })), chipsOf(p, waiting, `door:${name}`, _("wait to enter {stage}", { stage: name }), 3)),
    gone && h("div", { key: gone.n, class: "cp-gone", title: _("#{n} was superseded by #{newer}", { n: gone.n, newer: gone.by }) }, mark(["superseded", "", glyphs.superseded]), chipOf(p, gone, "cp-struck cp-number", `gone:${name}`), h("span", { class: "cp-sr" }, _("superseded by #{newer}", { newer: gone.by }))),
    more > 0 && h("button", { type: "button", key: "more", "data-key": `gone:${name}`, class: "cp-button cp-quiet cp-tight", "aria-label": _("{count} more superseded at {stage}: show the executions", { count: more, stage: name }), title: _("{count} more superseded", { count: more }), onclick: () => { p.ui.tab = "executions"; p.draw(); } }, `+${more}`),
  ];
}
