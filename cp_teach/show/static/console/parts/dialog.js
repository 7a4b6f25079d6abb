// A dialog over the page: what has to be read or typed before an act. One is open at a time; the browser keeps the focus in it,
// Escape closes it, and the focus returns to its opener.

// Kind -> a function of the picture and the dialog's subject that returns {title, body, buttons, submit?}, or null once the
// subject is gone.
const DIALOGS = {};

function newDialog(p) {
  const el = document.createElement("dialog");
  el.className = "cp-dialog";
  el.setAttribute("role", "dialog");
  el.setAttribute("aria-modal", "true");
  el.setAttribute("aria-labelledby", `${p.id}dialog`);
  el.addEventListener("cancel", (event) => { event.preventDefault(); closeDialog(p); });
  el.addEventListener("pointerdown", (event) => { if (event.target === el) closeDialog(p); }); // on the backdrop
  return el;
}

function openDialog(p, subject, opener) {
  const from = opener || p.ui.opener;
  p.ui.dialog = { ...subject, opener: from, trail: p.trailOf(p.find(from)) };
  p.ui.open = "";
  p.ui.hint = null;
  p.draw();
}

function closeDialog(p) {
  const { dialog } = p.ui;
  if (!dialog) return;
  p.ui.dialog = null;
  p.ui.hint = null;
  p.ui.focus = dialog.opener;
  p.draw();
}

function dialogOf(p) {
  const subject = p.ui.dialog;
  return subject && DIALOGS[subject.kind](p, subject);
}

function drawDialog(p, parts) {
  const el = p.dialog;
  if (!parts) {
    if (p.ui.dialog) { p.ui.focus ||= p.ui.dialog.opener; p.ui.dialog = null; }
    if (el.open) el.close();
    children(el, []);
    return;
  }
  const { title, body, buttons, submit } = parts;
  children(el, [h(submit ? "form" : "div", {
    key: `${p.ui.dialog.kind}:${title}`, class: "cp-dialogbody", "data-menu": "dialog", novalidate: true,
    onsubmit: submit && ((event) => { event.preventDefault(); submit(); }),
  },
  h("h2", { id: `${p.id}dialog`, class: "cp-dialogtitle", tabindex: "-1" }, title),
  body,
  hint(p, "dialog"),
  h("div", { key: "buttons", class: "cp-row cp-dialogbuttons" }, buttons,
    h("button", { type: "button", key: "cancel", "data-key": "dialog:cancel", class: "cp-button", onclick: () => closeDialog(p) }, parts.close || _("Cancel"))))]);
  if (el.open) return;
  el.showModal();
  (el.querySelector("[data-first]") || el.querySelector("h2")).focus();
}

const submitButton = (label) => h("button", { key: "submit", "data-key": "dialog:submit", class: "cp-button cp-primary" }, label);

// The form of a dialog: the text stays until its act is done, and a refusal is shown in the dialog.
function askInDialog(p, move, typed, done) {
  const no = p.gone || move.no;
  if (no) { refuse(p, no, "", "dialog"); return; }
  const { dialog } = p.ui;
  ask(p, move, typed, {
    stays: true,
    done: () => { done?.(); if (p.ui.dialog === dialog) { p.ui.focus = dialog.opener; p.ui.dialog = null; } },
    refused: () => { p.ui.read = p.view.said?.n; if (p.ui.dialog === dialog) p.ui.hint = { text: p.view.notice?.text || p.gone, place: "dialog", moment: p.moment }; },
  });
}
