// The table of executions.

function executionsOf(p, v) {
  return h("div", { key: "executions", role: "group", class: "cp-panel cp-executions", "aria-label": "Executions" },
    h("div", { class: "cp-scroll", tabindex: "0", role: "group", "aria-label": "Table of executions" }, h("table", {}, h("caption", {}, "Executions"),
      h("thead", {}, h("tr", {}, ["Execution", "Status", ...v.stages.map((s) => s.name)].map((name) => h("th", { key: name, scope: "col" }, name)))),
      h("tbody", {}, v.executions.map((x) => h("tr", { key: x.n, "data-dim": dimmed(p, x.n), "data-row": x.n, class: x.by ? "cp-was" : null },
        h("th", { scope: "row" }, chipOf(p, x, "cp-small", "row")),
        h("td", {}, status(x.status)),
        x.cells.map((c, i) => h("td", { key: i }, c ? status(c) : h("span", { class: "cp-none" }, h("span", { "aria-hidden": "true" }, "·"), h("span", { class: "cp-sr" }, "not yet"))))))))),
    !v.executions.length && h("p", { key: "none", class: "cp-label" }, "No execution yet."),
    v.more_executions && h("p", { key: "more", class: "cp-label" }, `${v.more_executions} earlier executions are not shown.`));
}
