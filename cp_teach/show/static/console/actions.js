// An action: its status, its approval, and its menu.

function actionOf(p, s, a) {
  const name = `${s.name}/${a.name}`;
  const menu = `action:${name}`;
  const more = (a.finish && !a.by_hand) || (p.view.inject && a.category !== "Approval");
  const where = `${a.name} in ${s.name}`;
  const work = p.work[name];
  return h("li", { key: a.name, class: `cp-action cp-edge-${a.status[0]}`, "data-action": name, "data-old": a.old ? "true" : null },
    h("div", { class: "cp-actionhead" }, h("span", { class: "cp-actionname" }, soft(a.name)),
      more && opener(p, menu, `More for ${where}`, "⋯", "cp-icon")),
    h("div", { class: "cp-provider" }, a.provider === a.category ? a.provider : `${a.category} · ${a.provider}`),
    status(a.status, [a.old && ` #${a.old}`, a.attempt && `, attempt ${a.attempt}`]),
    a.progress != null && h("div", { key: "progress", class: "cp-progress" }, h("div", { class: "cp-bar", "aria-hidden": "true" }, h("span", { style: `width:${a.progress * 100}%` })), h("span", { class: "cp-label" }, a.left)),
    work && workOf(p, s, a, name, work),
    a.note && h("p", { key: "note", class: "cp-note" }, a.note),
    a.planned && h("p", { key: "planned", class: "cp-planned" }, h("span", { "aria-hidden": "true" }, "⚡ "), a.planned),
    a.approval && approvalOf(p, s, a, name),
    a.finish && a.by_hand && h("div", { key: "hand", class: "cp-row", role: "group", "aria-label": `Finish ${a.name}` }, a.finish.map((m, i) => moveButton(p, `hand:${name}:${m.label}`, m, i ? "" : "cp-strong", { where }))),
    more && isOpen(p, menu) && actionMenu(p, s, a, name, menu));
}

function approvalOf(p, s, a, name) {
  const [, n] = a.approval[0].command;
  const comment = ["comment", name, n, a.attempt || 1, p.view.fork || 0].join(":");
  const answer = (m) => { const [summary, form] = takeText(p, comment); ask(p, m, { summary }, form); };
  return h("div", { key: comment, class: "cp-form", role: "group", "aria-label": `Review ${a.name} in ${s.name}` },
    h("input", { "data-key": comment, class: "cp-input", placeholder: "Comment", "aria-label": `Comment on ${a.name} for execution ${n}`, maxlength: p.view.limits?.summary }),
    h("div", { class: "cp-row" }, a.approval.map((m, i) => moveButton(p, `answer:${comment}:${m.label}`, m, i ? "" : "cp-strong", { where: `${a.name} in ${s.name}`, act: () => answer(m) }))));
}

function actionMenu(p, s, a, name, menu) {
  const inject = p.view.inject;
  const target = { stage: s.name, action: a.name };
  const plan = () => {
    const when = fieldText(p, `when:${name}`);
    p.ui.open = "";
    act(p, { act: "inject", ...target, when: when.startsWith("chance") ? "chance" : when, failure: fieldText(p, `type:${name}`), ...(when.startsWith("chance") && { chance: Number(when.slice(6)) / 100 }) });
  };
  return h("div", { key: "more", class: "cp-form", role: "group", "data-menu": menu, "aria-label": `${a.name} in ${s.name}` },
    a.finish && !a.by_hand && h("div", { class: "cp-row" }, h("span", { class: "cp-label" }, "By hand:"), a.finish.map((m) => moveButton(p, `finish:${name}:${m.label}`, m, "", { where: `${a.name} in ${s.name}` }))),
    inject && h("div", { class: "cp-plan" },
      h("label", {}, h("span", { class: "cp-label" }, "Make it fail"), h("select", { "data-key": `when:${name}`, class: "cp-input" },
        [["next", "at its next run"], ["always", "at every run"], ["chance50", "by chance, 50 %"], ["chance20", "by chance, 20 %"]].map(([value, text]) => h("option", { key: value, value }, text)))),
      h("label", {}, h("span", { class: "cp-label" }, "with"), h("select", { "data-key": `type:${name}`, class: "cp-input" }, inject.types.map((t) => h("option", { key: t, value: t }, t)))),
      h("div", { class: "cp-row" }, button(p, `inject:${name}`, "Inject failure", { act: plan, no: inject.no }),
        button(p, `heal:${name}`, "Heal", { act: () => { p.ui.open = ""; act(p, { act: "heal", ...target }); }, no: a.planned ? inject.no : `No failure is planned for ${a.name}.` }))),
    hint(p, menu));
}
