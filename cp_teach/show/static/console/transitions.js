// The transition into a stage: its switch, its reason, and the executions that wait.

function transitionOf(p, s, index) {
  const d = s.door;
  const name = s.name;
  const menu = `reason:${name}`;
  const open = !d.on && d.again && isOpen(p, menu);
  const silent = d.quiet;
  const no = d.toggle && refusalOf(p, `door:${name}`, d.toggle.no);
  const change = () => ask(p, d.again, { reason: fieldText(p, menu) }, {
    stays: true,
    done: () => { if (p.ui.open === menu) { p.ui.open = ""; p.ui.focus = p.ui.opener; } },
    refused: () => { if (p.ui.open === menu) p.ui.hint = { text: p.view.notice?.text || p.gone, place: menu, moment: p.moment }; },
  });
  return h("div", { key: "door", class: `cp-door${index ? "" : " cp-first"}${silent ? " cp-silent" : ""}`, "data-on": String(d.on), "data-door": name },
    h("span", { class: "cp-arrow", "aria-hidden": "true" }),
    !silent && d.toggle && h("button", { type: "button", role: "switch", "data-key": `door:${name}`, class: "cp-switch", "aria-checked": String(d.on), "aria-label": `Transition into ${name}`,
      "aria-disabled": no ? "true" : null, title: no || (d.on ? `Disable transition into ${name}` : `Enable transition into ${name}`),
      onclick: () => (no ? refuse(p, no, `door:${name}`) : ask(p, d.toggle)) }, h("span", { class: "cp-knob", "aria-hidden": "true" })),
    !silent && h("span", { class: "cp-doorword", "aria-hidden": d.toggle ? "true" : null }, d.on ? "enabled" : "disabled"),
    !d.on && h("div", { key: "reason", class: "cp-reason" },
      !open && h("span", {}, d.reason), !open && d.again && opener(p, menu, `Change the reason at ${name}`, "✎", "cp-icon", menu),
      open && h("form", { key: `reason:${p.view.fork}`, class: "cp-form", "data-menu": menu, onsubmit: (e) => { e.preventDefault(); const refused = p.gone || d.again.no; refused ? refuse(p, refused, "", menu) : change(); } },
        h("input", { "data-key": menu, class: "cp-input", "aria-label": `Reason at ${name}`, initial: d.reason, maxlength: p.view.limits?.reason }), h("button", { class: "cp-button" }, "Change"), hint(p, menu))),
    (d.waiting || d.gone) && h("div", { key: "queue", class: "cp-queue" },
      (d.waiting || []).map((chip) => h("div", { key: chip.n, class: "cp-waits" }, mark(["waiting", "", glyphs.waiting]), h("span", { class: "cp-label" }, "waits"), chipOf(p, chip, "cp-live", `door:${name}`, true))),
      (d.gone || []).map((chip) => h("div", { key: chip.n, class: "cp-gone" }, mark(["superseded", "", glyphs.superseded]), chipOf(p, chip, "cp-struck", `gone:${name}`), h("span", { class: "cp-label" }, `superseded by #${chip.by}`))),
      d.more && h("span", { class: "cp-label" }, `and ${d.more} more`)));
}
