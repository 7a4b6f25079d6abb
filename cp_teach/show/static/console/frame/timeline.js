// The timeline: back and forth in the journal, and the clock of the moment that is shown.

function timelineOf(p, v) {
  return h("div", { key: "timeline", class: "cp-timeline", role: "group", "aria-label": "Timeline" },
    button(p, "reset", "Reset", { act: () => act(p, { act: "jump", to: 0 }), no: v.undo.no, title: "Back to the beginning; the later steps can be redone" }),
    button(p, "undo", [h("span", { "aria-hidden": "true" }, "◂ "), "Undo"], { act: () => act(p, { act: "undo" }), no: v.undo.no, title: "Previous step" }),
    h("input", { "data-key": "range", disabled: Boolean(p.gone), type: "range", class: "cp-range", min: "0", max: String(v.total), value: String(p.thumb(v.position)), "aria-label": "Step of the run", "aria-valuetext": `Step ${v.position} of ${v.total}: ${v.sentence}`,
      oninput: (e) => { p.scrub = { to: Number(e.target.value), at: performance.now() }; act(p, { act: "jump", to: p.scrub.to }); } }),
    button(p, "redo", ["Redo", h("span", { "aria-hidden": "true" }, " ▸")], { act: () => act(p, { act: "redo" }), no: v.redo?.no, title: "Next step" }),
    h("span", { class: "cp-label cp-moment" }, `${v.position} / ${v.total}`), branchesMenu(p, v));
}

function clockOf(v) {
  return v.clock && h("span", { key: "clock", class: "cp-clock", title: "The clock of this run" }, h("span", { class: "cp-sr" }, "Clock "), v.clock);
}
