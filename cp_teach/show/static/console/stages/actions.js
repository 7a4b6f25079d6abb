// An action: its status, its approval, and its menu.

function actionOf(p, s, a) {
  const name = `${s.name}/${a.name}`;
  const menuName = `action:${name}`;
  const more = (a.finish && !a.by_hand) || (p.view.inject && a.category !== "Approval");
  const where = `${a.name} in ${s.name}`;
  const work = p.work[name];
  const asks = a.approval || (a.finish && a.by_hand);
  const notes = [a.note, a.planned].filter(Boolean);
  return h("li", { key: a.name, class: `cp-action cp-edge-${a.status[0]}`, "data-action": name, "data-old": a.old ? "true" : null },
    a.progress != null && h("div", { key: "progress", class: "cp-bar", "aria-hidden": "true" }, h("span", { style: `width:${a.progress * 100}%` })),
    h("div", { key: "head", class: "cp-actionhead" },
      h("span", { class: "cp-actionname", title: a.name }, a.name),
      !asks && a.provider !== a.name && h("span", { class: "cp-provider", title: a.provider === a.category ? a.provider : `${a.category} · ${a.provider}` }, a.provider),
      a.approval && approvalOf(p, s, a, name),
      a.finish && a.by_hand && h("span", { key: "hand", class: "cp-hand", role: "group", "aria-label": `Finish ${a.name}` }, a.finish.map((m, i) => moveButton(p, `hand:${name}:${m.label}`, { ...m, label: i ? "✗" : "✓" }, i ? "" : "cp-strong", { where, full: m.label }))),
      more && menu(p, menuName, `More for ${where}`, "⋯", "cp-icon", actionMenu(p, s, a, name))),
    h("div", { key: "state", class: "cp-actionstate", title: notes.join(" ") || null },
      status(a.status, [a.old && ` #${a.old}`, a.attempt && `, attempt ${a.attempt}`]),
      a.left && h("span", { key: "left", class: "cp-label cp-left" }, a.left),
      a.planned && h("span", { key: "planned", class: "cp-planned" }, h("span", { "aria-hidden": "true" }, "⚡ "), a.planned),
      a.note && h("span", { key: "note", class: "cp-note", dir: "auto" }, a.note)),
    work && workOf(p, s, a, name, work));
}

function approvalOf(p, s, a, name) {
  const [, n] = a.approval[0].command;
  const comment = ["comment", name, n, a.attempt || 1, p.view.fork || 0].join(":");
  const answer = (m) => { const [summary, form] = takeText(p, comment); ask(p, m, { summary }, form); };
  return menu(p, `review:${comment}`, `Review ${a.name} in ${s.name} for execution ${n}`, `Review #${n}`, "cp-strong",
    h("div", { key: comment, class: "cp-form" },
      h("input", { "data-key": comment, class: "cp-input", placeholder: "Comment", "aria-label": `Comment on ${a.name} for execution ${n}`, maxlength: p.view.limits?.summary }),
      h("div", { class: "cp-row" }, a.approval.map((m, i) => moveButton(p, `answer:${comment}:${m.label}`, m, i ? "" : "cp-strong", { where: `${a.name} in ${s.name}`, act: () => answer(m) })))));
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
    a.planned && h("p", { key: "planned", class: "cp-planned" }, h("span", { "aria-hidden": "true" }, "⚡ "), a.planned),
    a.finish && !a.by_hand && h("div", { class: "cp-row" }, h("span", { class: "cp-label" }, "By hand:"), a.finish.map((m) => moveButton(p, `finish:${name}:${m.label}`, m, "", { where: `${a.name} in ${s.name}` }))),
    inject && h("div", { class: "cp-plan" },
      h("label", {}, h("span", { class: "cp-label" }, "Make it fail"), h("select", { "data-key": `when:${name}`, class: "cp-input" },
        [["next", "at its next run"], ["always", "at every run"], ["chance50", "by chance, 50 %"], ["chance20", "by chance, 20 %"]].map(([value, text]) => h("option", { key: value, value }, text)))),
      h("label", {}, h("span", { class: "cp-label" }, "with"), h("select", { "data-key": `type:${name}`, class: "cp-input" }, inject.types.map((t) => h("option", { key: t, value: t }, t)))),
      h("div", { class: "cp-row" }, button(p, `inject:${name}`, "Inject failure", { act: plan, no: inject.no }),
        button(p, `heal:${name}`, "Heal", { act: () => { p.ui.open = ""; act(p, { act: "heal", ...target }); }, no: a.planned ? inject.no : `No failure is planned for ${a.name}.` }))));
}
