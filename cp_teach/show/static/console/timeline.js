// The timeline: back and forth in the journal, and the clock of the moment that is shown.

function timelineOf(p, v) {
  return h("div", { key: "timeline", class: "cp-timeline", role: "group", "aria-label": "Timeline" },
    button(p, "reset", "Reset", { act: () => act(p, { act: "jump", to: 0 }), no: v.undo.no, title: "Back to the beginning; nothing is lost" }),
    button(p, "undo", [h("span", { "aria-hidden": "true" }, "◂ "), "Undo"], { act: () => act(p, { act: "undo" }), no: v.undo.no, title: "Back one moment" }),
    h("input", { "data-key": "range", disabled: Boolean(p.gone), type: "range", class: "cp-range", min: "0", max: String(v.total), value: String(p.thumb(v.position)), "aria-label": "Moment", "aria-valuetext": `moment ${v.position} of ${v.total}: ${v.sentence}`,
      oninput: (e) => { p.scrub = { to: Number(e.target.value), at: performance.now() }; act(p, { act: "jump", to: p.scrub.to }); } }),
    button(p, "redo", ["Redo", h("span", { "aria-hidden": "true" }, " ▸")], { act: () => act(p, { act: "redo" }), no: v.redo?.no, title: "Forward one moment" }),
    h("span", { class: "cp-label cp-moment" }, `${v.position} / ${v.total}`));
}

function clockOf(v) {
  return v.clock && h("span", { key: "clock", class: "cp-clock", title: "The clock of this run" }, h("span", { class: "cp-sr" }, "Clock "), v.clock);
}
