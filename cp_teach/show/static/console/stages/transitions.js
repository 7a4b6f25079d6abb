// The transition into a stage: its switch, its reason, and the executions that wait. It has the same height whatever happens.

function transitionOf(p, s, index) {
  const d = s.door;
  return h("div", { key: "door", class: `cp-door${index ? "" : " cp-first"}`, "data-on": String(d.on), "data-door": s.name },
    !d.quiet && [
      h("div", { key: "gate", class: "cp-gate" }, index > 0 && h("span", { class: "cp-arrow", "aria-hidden": "true" }), d.toggle && switchOf(p, s), h("span", { class: "cp-doorword" },
        h("span", { class: "cp-doorstate" }, explained(d.on ? "Enabled" : "Disabled", { word: d.on ? "enabled" : "disabled", kind: "cp-plainword" })), !d.on && h("span", { key: "reason", class: "cp-reason", title: d.reason || null, dir: "auto" }, d.reason)),
      !d.on && d.again && reasonButton(p, s)),
      h("div", { key: "queue", class: "cp-queue" }, queueOf(p, s)),
    ]);
}

function switchOf(p, { name, door: d }) {
  const no = refusalOf(p, `door:${name}`, d.toggle.no);
  return h("button", { type: "button", role: "switch", "data-key": `door:${name}`, class: "cp-switch", "aria-checked": String(d.on), "aria-label": `Transition into ${name}`,
    "aria-haspopup": d.on ? "dialog" : null, "aria-disabled": no ? "true" : null, title: no || (d.on ? `Disable transition into ${name}` : `Enable transition into ${name}`),
    onclick: () => (no ? refuse(p, no, `door:${name}`) : d.on ? askReason(p, name, `door:${name}`) : ask(p, d.toggle)) }, h("span", { class: "cp-knob", "aria-hidden": "true" }));
}

// The reason can be changed afterwards.
function reasonButton(p, { name }) {
  const key = `open:reason:${name}`;
  return h("button", { type: "button", key, "data-key": key, class: "cp-button cp-icon", "aria-haspopup": "dialog", "aria-label": `Change the reason at ${name}`, title: `Change the reason at ${name}`, onclick: () => changeReason(p, name, key) }, "✎");
}

// One chip has room for its message; of more, the line has the numbers. The others open.
function queueOf(p, { name, door: d }) {
  const waiting = d.waiting || [];
  const gone = d.gone || [];
  return [
    waiting.length > 0 && h("div", { key: "waits", class: "cp-waits" }, mark(["waiting", "", glyphs.waiting]), h("span", { class: "cp-label" }, explained("Waiting", { word: "inbound execution", kind: "cp-plainword" })), chipsOf(p, waiting, `door:${name}`, `wait to enter ${name}`, 3)),
    gone.map((chip) => h("div", { key: chip.n, class: "cp-gone", title: `#${chip.n} was superseded by #${chip.by}` }, mark(["superseded", "", glyphs.superseded]), chipOf(p, chip, "cp-struck cp-number", `gone:${name}`), h("span", { class: "cp-sr" }, `superseded by #${chip.by}`))),
    d.more && h("span", { key: "more", class: "cp-label", title: `${d.more} more were superseded` }, `+${d.more}`, h("span", { class: "cp-sr" }, " more superseded")),
  ];
}
