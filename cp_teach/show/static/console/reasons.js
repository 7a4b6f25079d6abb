// Why each execution does not move, and what would move it.

// A button in the row of execution 4 can act on execution 1, which blocks it, so its name says which one.
function whereOf(p, r, m) { return m.command[1] === r.n ? "" : `in the row of execution ${r.n}`; }

function reasonsOf(p, v) {
  const items = v.reasons || [];
  return h("div", { key: "now", role: "group", class: "cp-now", "aria-labelledby": `${p.id}now`, tabindex: "-1", "data-key": "now" },
    h("div", { class: "cp-nowhead" }, h("strong", { id: `${p.id}now` }, "Now"), h("span", { class: `cp-sentence${v.bad ? " cp-badtext" : ""}` }, v.sentence)),
    hint(p, "now"),
    items.length > 0 && h("ul", { class: "cp-reasons" }, items.map((r) => h("li", { key: r.n, class: "cp-reasonrow", "data-dim": dimmed(p, r.n), "data-reason": r.n },
      mark(r.status),
      h("span", { class: "cp-because" }, r.text, r.who && h("span", { class: "cp-who" }, ` ${r.who}`)),
      h("span", { class: "cp-row" },
        (r.moves || []).map((m) => moveButton(p, `reason:${r.n}:${m.label}`, m, "", { where: whereOf(p, r, m) })),
        r.stop && opener(p, `stop:${r.n}`, `Stop execution ${r.n}`, "■ Stop"),
        r.stop && isOpen(p, `stop:${r.n}`) && h("span", { key: "stop", class: "cp-row", "data-menu": `stop:${r.n}` }, r.stop.map((m) => moveButton(p, `stop:${r.n}:${m.label}`, m)), hint(p, `stop:${r.n}`)))))));
}
