// The review of an approval: the details, the revision and the artifacts that would be approved, and the answer.

const draftOf = (p, key) => (p.ui.drafts ??= new Map()).get(key) || "";
const keepDraft = (p, key, text) => (p.ui.drafts ??= new Map()).set(key, text);

function reviewOpeners(p, s, a) {
  return a.reviews.filter((r) => r.moves).map((r) => { // a page may not carry the answers
    const key = `review:${s.name}/${a.name}:${r.n}`;
    return h("button", {
      type: "button", key, "data-key": key, class: "cp-button cp-strong", "aria-haspopup": "dialog", "aria-label": `${r.label}: ${placeOf(s, a)}`,
      onclick: () => openDialog(p, { kind: "review", stage: s.name, action: a.name, n: r.n, attempt: r.attempt, fork: p.view.fork }, key),
    }, r.label);
  });
}

const actionIn = (p, stage, action) => p.view.stages.find((s) => s.name === stage)?.groups.flat().find((a) => a.name === action);

// A text belongs to one execution, one attempt, and one fork of the run.
DIALOGS.review = (p, { stage, action, n, attempt, fork }) => {
  const r = actionIn(p, stage, action)?.reviews?.find((one) => one.n === n && one.attempt === attempt);
  if (!r || fork !== p.view.fork) return null;
  const key = ["comment", stage, action, n, attempt, fork].join(":");
  const submit = () => {
    const chosen = p.dialog.querySelector("input[type=radio]:checked");
    if (!chosen) { refuse(p, _("Choose Approve or Reject."), "", "dialog"); return; }
    askInDialog(p, r.moves[Number(chosen.value)], { summary: draftOf(p, key).trim() }, () => p.ui.drafts.delete(key));
  };
  return {
    title: _("Review #{n}: {action} in {stage}", { n, action, stage }), submit, buttons: submitButton(_("Submit")),
    body: [
      revisionsOf(p, r),
      (r.details || r.link) && h("div", { key: "details", class: "cp-facts" }, h("b", {}, _("Details")), r.details && h("p", { dir: "auto" }, r.details), r.link && linkTo(r.link)),
      h("fieldset", { key: "answer", class: "cp-row cp-answers" }, h("legend", { class: "cp-sr" }, _("Answer about execution {n}", { n })), r.moves.map((m, i) =>
        h("label", { key: m.label, title: m.no || null }, h("input", { type: "radio", name: `${p.id}answer`, value: String(i), "data-key": `answer:${i}`, "data-first": i ? null : "true" }), ` ${m.label}`))),
      h("label", { key, class: "cp-field" }, h("span", {}, r.required ? _("Comments (required)") : _("Comments")),
        h("textarea", { "data-key": key, class: "cp-input", rows: "2", dir: "auto", initial: draftOf(p, key), maxlength: p.view.limits?.summary, "aria-label": _("Comments on {action} for execution {n}", { action, n }),
          oninput: (event) => keepDraft(p, key, event.target.value) })),
    ],
  };
};

function revisionsOf(p, r) {
  const row = p.view.executions?.find((x) => x.n === r.n);
  const made = (p.view.artifacts?.[r.n] || []).filter((a) => r.artifacts.includes(a.name));
  return h("dl", { key: "revisions", class: "cp-rows" },
    row && [h("dt", { key: "r" }, _("Revision")), h("dd", { key: "rd", dir: "auto" }, h("code", {}, row.revision), row.message && ` ${row.message}`)],
    made.map((a) => [h("dt", { key: a.key }, _("Artifact {name}", { name: a.name })), h("dd", { key: `${a.key}d` }, `${_("made by {action}, from {revision}", { action: a.by, revision: a.from })} `, h("code", {}, a.key))]),
    !made.length && r.artifacts.length > 0 && [h("dt", { key: "a" }, _("Artifacts")), h("dd", { key: "ad" }, r.artifacts.join(", "))]);
}

// Only an address of the web becomes a link: the text comes from a definition that a stranger may have written.
const linkTo = (address) => h("p", {}, /^https?:\/\//.test(address) ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address) : address);
