// The transition into a stage: its switch, its reason, and the executions that wait. It has the same height whatever happens.

function transitionOf(p, s, index) {
  const d = s.door;
  return h("div", { key: "door", class: `cp-door${index ? "" : " cp-first"}`, "data-on": String(d.on), "data-door": s.name },
    !d.quiet && [
      h("div", { key: "gate", class: "cp-gate" }, index > 0 && h("span", { class: "cp-arrow", "aria-hidden": "true" }), d.toggle && switchOf(p, s), h("span", { class: "cp-doorword" },
        h("span", { class: "cp-doorstate", "aria-hidden": d.toggle ? "true" : null }, d.on ? "Enabled" : "Disabled"), !d.on && h("span", { key: "reason", class: "cp-reason", title: d.reason || null, dir: "auto" }, d.reason)),
      !d.on && d.again && reasonForm(p, s)),
      h("div", { key: "queue", class: "cp-queue" }, queueOf(p, s)),
    ]);
}

function switchOf(p, { name, door: d }) {
  const no = refusalOf(p, `door:${name}`, d.toggle.no);
  return h("button", { type: "button", role: "switch", "data-key": `door:${name}`, class: "cp-switch", "aria-checked": String(d.on), "aria-label": `Transition into ${name}`,
    "aria-disabled": no ? "true" : null, title: no || (d.on ? `Disable transition into ${name}` : `Enable transition into ${name}`),
    onclick: () => (no ? refuse(p, no, `door:${name}`) : ask(p, d.toggle)) }, h("span", { class: "cp-knob", "aria-hidden": "true" }));
}

function reasonForm(p, { name, door: d }) {
  const open = `reason:${name}`;
  const change = () => ask(p, d.again, { reason: fieldText(p, open) }, {
    stays: true,
    done: () => { if (p.ui.open === open) { p.ui.open = ""; p.ui.focus = p.ui.opener; } },
    refused: () => { if (p.ui.open === open) p.ui.hint = { text: p.view.notice?.text || p.gone, place: open, moment: p.moment }; },
  });
  return [
    opener(p, open, `Change the reason at ${name}`, "✎", "cp-icon", open),
    popover(p, open, `Reason at ${name}`, h("form", { key: `reason:${p.view.fork}`, class: "cp-form", onsubmit: (e) => { e.preventDefault(); const refused = p.gone || d.again.no; refused ? refuse(p, refused, "", open) : change(); } },
      h("input", { "data-key": open, class: "cp-input", "aria-label": `Reason at ${name}`, initial: d.reason, maxlength: p.view.limits?.reason }), h("button", { class: "cp-button" }, "Change"))),
  ];
}

// One chip has room for its message; of more, the line has the numbers. The others open.
function queueOf(p, { name, door: d }) {
  const waiting = d.waiting || [];
  const gone = d.gone || [];
  return [
    waiting.length > 0 && h("div", { key: "waits", class: "cp-waits" }, mark(["waiting", "", glyphs.waiting]), h("span", { class: "cp-label" }, "waits"), chipsOf(p, waiting, `door:${name}`, `wait to enter ${name}`, 3)),
    gone.map((chip) => h("div", { key: chip.n, class: "cp-gone", title: `#${chip.n} was superseded by #${chip.by}` }, mark(["superseded", "", glyphs.superseded]), chipOf(p, chip, "cp-struck cp-number", `gone:${name}`), h("span", { class: "cp-sr" }, `superseded by #${chip.by}`))),
    d.more && h("span", { key: "more", class: "cp-label", title: `${d.more} more were superseded` }, `+${d.more}`, h("span", { class: "cp-sr" }, " more superseded")),
  ];
}
