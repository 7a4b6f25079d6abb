// An action: its status, the approvals that wait, and its menu.

const placeOf = (s, a) => _("{action} in {stage}", { action: a.name, stage: s.name });

function actionOf(p, s, a) {
  const name = `${s.name}/${a.name}`;
  const menuName = `action:${name}`;
  const more = (a.finish && !a.by_hand) || (p.view.inject && a.category !== "Approval") || p.live;
  const where = placeOf(s, a);
  const work = p.work[name];
  const asks = a.reviews || (a.finish && a.by_hand);
  const notes = [a.note, a.planned].filter(Boolean);
  return h("li", { key: a.name, class: `cp-action cp-edge-${a.status[0]}`, "data-action": name, "data-old": a.old ? "true" : null },
    a.progress != null && h("div", { key: "progress", class: "cp-bar", "aria-hidden": "true" }, h("span", { style: `width:${a.progress * 100}%` })),
    h("div", { key: "head", class: "cp-actionhead" },
      h("span", { class: "cp-actionname", title: a.name }, a.name),
      !asks && a.provider !== a.name && h("span", { class: "cp-provider", title: a.provider === a.category ? a.provider : `${a.category} · ${a.provider}` }, a.provider),
      a.reviews && reviewsOf(p, s, a),
      a.finish && a.by_hand && h("span", { key: "hand", class: "cp-hand", role: "group", "aria-label": _("Complete {action} manually", { action: a.name }) }, handMoves(p, a, name, where)),
      more && menu(p, menuName, _("More for {what}", { what: where }), "⋯", "cp-icon", actionMenu(p, s, a, name))),
    h("div", { key: "state", class: "cp-actionstate", title: notes.join(" ") || null },
      status(a.status, [a.old && ` #${a.old}`, a.attempt && `, ${_("attempt {n}", { n: a.attempt })}`]),
      a.left && h("span", { key: "left", class: "cp-label cp-left" }, a.left),
      a.planned && h("span", { key: "planned", class: "cp-planned" }, h("span", { "aria-hidden": "true" }, "⚡ "), a.planned),
      a.note && h("span", { key: "note", class: "cp-note", dir: "auto" }, a.note)),
    work && workOf(p, s, a, name, work));
}

// In PARALLEL mode several executions wait in one action: the first review is a button, the others open.
function reviewsOf(p, s, a) {
  const openers = reviewOpeners(p, s, a);
  const name = `reviews:${s.name}/${a.name}`;
  return h("span", { key: "reviews", class: "cp-hand" }, openers[0],
    openers.length > 1 && menu(p, name, _("{count} more to review in {stage}", { count: openers.length - 1, stage: s.name }), `+${openers.length - 1}`, "cp-quiet cp-tight", h("div", { class: "cp-poplist" }, openers.slice(1))));
}

// Where one execution is in the action, a glyph is enough; of several, each button has its number.
function handMoves(p, a, name, where) {
  const one = a.finish.length === 2;
  const short = (m, i) => ({ ...m, label: one ? (i % 2 ? "✗" : "✓") : `${i % 2 ? "✗" : "✓"} #${m.command[1]}` });
  return a.finish.map((m, i) => moveButton(p, `hand:${name}:${m.label}`, short(m, i), i % 2 ? "" : "cp-strong", { where, full: m.label }));
}

function actionMenu(p, s, a, name) {
  const inject = p.view.inject;
  const target = { stage: s.name, action: a.name };
  const plan = () => {
    const when = fieldText(p, `when:${name}`);
    p.ui.open = "";
    act(p, { act: "inject", ...target, when: when.startsWith("chance") ? "chance" : when, failure: fieldText(p, `type:${name}`), ...(when.startsWith("chance") && { chance: Number(when.slice(6)) / 100 }) });
  };
  return h("div", { key: "more", class: "cp-form" },
    detailsItem(p, ["action", s.name, a.name], placeOf(s, a), `open:action:${name}`),
    a.planned && h("p", { key: "planned", class: "cp-planned" }, h("span", { "aria-hidden": "true" }, "⚡ "), a.planned),
    a.finish && !a.by_hand && h("div", { class: "cp-row" }, h("span", { class: "cp-label" }, _("Complete manually:")), a.finish.map((m) => moveButton(p, `finish:${name}:${m.label}`, m, "", { where: placeOf(s, a) }))),
    inject && a.category !== "Approval" && h("div", { class: "cp-plan" },
      h("label", {}, h("span", { class: "cp-label" }, _("Fail")), h("select", { "data-key": `when:${name}`, class: "cp-input" },
        [["next", _("the next run")], ["always", _("every run")], ["chance50", _("50% of the runs")], ["chance20", _("20% of the runs")]].map(([value, text]) => h("option", { key: value, value }, text)))),
      h("label", {}, h("span", { class: "cp-label" }, _("with")), h("select", { "data-key": `type:${name}`, class: "cp-input" }, inject.types.map((t) => h("option", { key: t, value: t }, t)))),
      h("div", { class: "cp-row" }, button(p, `inject:${name}`, _("Plan failure"), { act: plan, no: inject.no }),
        button(p, `heal:${name}`, _("Clear planned failure"), { act: () => { p.ui.open = ""; act(p, { act: "heal", ...target }); }, no: a.planned ? inject.no : _("No failure is planned for {action}.", { action: a.name }) }))));
}
