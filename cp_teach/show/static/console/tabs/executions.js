// The table of executions.

function executionsTab(p, v) {
  if (!v.executions.length) return h("p", { key: "none", class: "cp-label" }, _("No execution yet."));
  return [
    h("div", { key: "table", class: "cp-executions" }, h("table", {}, h("caption", { class: "cp-sr" }, _("Executions")),
      h("thead", {}, h("tr", {}, [_("Execution"), _("Status"), ...v.stages.map((s) => s.name)].map((name) => h("th", { key: name, scope: "col" }, name)))),
      h("tbody", {}, v.executions.map((x) => h("tr", { key: x.n, "data-dim": dimmed(p, x.n), "data-row": x.n, class: x.by ? "cp-was" : null },
        h("th", { scope: "row" }, chipOf(p, x, "cp-small", "row")),
        h("td", {}, status(x.status)),
        x.cells.map((c, i) => h("td", { key: i }, c ? status(c, null, -1) : h("span", { class: "cp-none" }, h("span", { "aria-hidden": "true" }, "·"), h("span", { class: "cp-sr" }, _("not yet")))))))))),
    moreOf(p, v, "executions", v.more_executions, ngettext("{count} earlier execution", "{count} earlier executions", v.more_executions || 0)),
  ];
}
