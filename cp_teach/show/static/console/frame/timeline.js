// The timeline: back and forth in the journal; the clock of the moment that is shown, and how fast it goes while it plays.

const SPEEDS = [0.25, 0.5, 1, 2, 5, 20, 60];

function timelineOf(p, v) {
  return h("div", { key: "timeline", class: "cp-timeline", role: "group", "aria-label": _("Timeline") },
    button(p, "reset", _("Reset"), { act: () => act(p, { act: "jump", to: 0 }), no: v.undo.no, title: _("Back to the beginning; the later steps can be redone") }),
    button(p, "undo", [h("span", { "aria-hidden": "true" }, "◂ "), _("Undo")], { act: () => act(p, { act: "undo" }), no: v.undo.no, title: _("Previous step") }),
    h("input", { "data-key": "range", disabled: Boolean(p.gone), type: "range", class: "cp-range", min: "0", max: String(v.total), value: String(p.thumb(v.position)), "aria-label": _("Step of the run"), "aria-valuetext": _("Step {position} of {total}: {text}", { position: v.position, total: v.total, text: v.sentence }),
      oninput: (e) => { p.scrub = { to: Number(e.target.value), at: performance.now() }; act(p, { act: "jump", to: p.scrub.to }); } }),
    button(p, "redo", [_("Redo"), h("span", { "aria-hidden": "true" }, " ▸")], { act: () => act(p, { act: "redo" }), no: v.redo?.no, title: _("Next step") }),
    h("span", { class: "cp-label cp-moment" }, `${v.position} / ${v.total}`), branchesMenu(p, v));
}

function clockOf(p, v) {
  const speed = p.model.get("speed");
  return [
    v.clock && h("span", { key: "clock", class: "cp-clock", title: _("The clock of this run") }, h("span", { class: "cp-sr" }, `${_("Clock")} `), v.clock),
    v.step && speed != null && h("label", { key: "speed", class: "cp-speed", title: _("How fast the clock goes while it plays") }, h("span", { class: "cp-sr" }, `${_("Speed:")} `),
      h("select", { "data-key": "speed", class: "cp-input", disabled: Boolean(p.gone), onchange: (e) => p.put("speed", Number(e.target.value)) },
        [...new Set([...SPEEDS, speed])].sort((a, b) => a - b).map((s) => h("option", { key: s, value: String(s), selected: s === speed }, _("{minutes} min/s", { minutes: s }))))),
  ];
}
