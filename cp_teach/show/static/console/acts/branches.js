// Branches of time: what an act in the past starts, the list of branches, and the comparison of two.

function actingNote(v) {
  const text = v.branches?.acting;
  return text && h("span", { key: "acting", class: "cp-acting", title: text }, text);
}

function branchesMenu(p, v) {
  const { names, current, total } = v.branches || { total: 0 };
  if (total < 2) return null;
  const go = (n) => { p.ui.open = ""; act(p, { act: "branch", to: n }); };
  return menu(p, "branches", _("Branches"), _("Branch {current} of {total}", { current, total }), "cp-quiet",
    h("ul", { key: "list", class: "cp-branches" }, names.map(([n, name]) =>
      h("li", { key: n, "aria-current": n === current ? "true" : null },
        h("span", {}, name, n === current && h("b", {}, ` ${_("(shown)")}`)),
        n !== current && h("span", { class: "cp-row" },
          button(p, `branch:${n}`, _("Go to it"), { act: () => go(n), "aria-label": _("Go to branch {n}", { n }) }),
          p.live && button(p, `compare:${n}`, _("Compare"), { act: () => inspect(p, { act: "compare", first: n, second: current }, "open:branches"), "aria-label": _("Compare branch {n} with branch {current}", { n, current }) }))))),
    total > names.length && h("p", { key: "more", class: "cp-label" }, _("{count} earlier branches: {code}", { count: total - names.length, code: "run.branches()" })));
}
