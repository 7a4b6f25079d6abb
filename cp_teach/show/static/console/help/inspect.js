// View details: facts about an action, an execution, a stage, or two branches, which the kernel computes on request.

function inspect(p, question, opener) {
  openDialog(p, { kind: "inspect", title: _("Details"), groups: null }, opener);
  const { dialog } = p.ui;
  p.question(question, (answer) => { if (p.ui.dialog === dialog) { Object.assign(dialog, answer.refused ? { groups: [], text: answer.refused } : answer.details); p.draw(); } });
}

DIALOGS.inspect = (p, { title, text, groups, log }) => ({
  title, buttons: null, close: _("Close"),
  body: groups === null ? h("p", { key: "wait", class: "cp-label", role: "status" }, _("One moment…")) : [
    text && h("p", { key: "text" }, text),
    groups.map((group) => h("section", { key: group.title, class: "cp-facts" }, h("h3", {}, group.title),
      group.heads ? h("table", { class: "cp-compare" }, h("thead", {}, h("tr", {}, group.heads.map((head, i) => h("th", { key: i, scope: "col" }, head)))), h("tbody", {}, group.rows.map((row, i) => h("tr", { key: i }, row.map((cell, j) => h(j ? "td" : "th", { key: j, scope: j ? null : "row" }, cell))))))
        : h("dl", { class: "cp-rows" }, group.rows.map(([name, value], i) => [h("dt", { key: i }, name), h("dd", { key: `${i}d`, dir: "auto" }, explained(value))])))),
    log?.length > 0 && h("section", { key: "log", class: "cp-facts" }, h("h3", {}, _("Log")), h("pre", { class: "cp-lines", tabindex: "0" }, log.join("\n"))),
  ],
});

// An item of a menu; nothing in a page without a kernel, which does not carry the facts.
function detailsItem(p, question, what, opener) {
  return p.live && button(p, `details:${question.join("/")}`, _("View details"), { act: () => inspect(p, { act: "details", of: question }, opener), "aria-label": _("View details: {what}", { what }) });
}
