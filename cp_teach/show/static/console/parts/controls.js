// Buttons, menus and forms. A button that cannot be used now says why. Typed text belongs to its subject: each form is keyed
// by its execution, and is removed with it.

function button(p, key, label, { act, no: refused, kind = "", title, ...props }) {
  const no = refusalOf(p, key, refused);
  return h("button", {
    type: "button", key, "data-key": key, class: `cp-button ${kind}`, "aria-disabled": no ? "true" : null, title: no || title || null,
    onclick: (event) => (no ? refuse(p, no, key, event.currentTarget.closest("[data-menu]")?.dataset.menu) : act()), ...props,
  }, label);
}

function refusalOf(p, key, refused) {
  const no = p.gone || refused;
  p.refusals.set(key, no);
  return no;
}

// `place` is the menu in which the act was tried; the sentence stays there until the moment or the reason changes.
function refuse(p, text, key, place = "now") {
  p.ui.hint = { text, key, place, moment: p.moment };
  p.say("", false);
  p.say(text, true);
  p.draw();
}

function hint(p, place) { return p.ui.hint?.place === place && h("p", { key: "hint", class: "cp-hint" }, place === "now" && h("b", {}, `${_("Not available:")} `), p.ui.hint.text); }

// `form` holds the typed text of the act. {refused, done?} is called with the answer; `stays` keeps the form open until then.
function ask(p, move, typed, form) {
  if (!form?.stays) p.ui.open = "";
  p.ui.hint = null;
  const id = `${p.id}${p.page}-${++p.asked}`;
  if (form) p.pending.set(id, form);
  if (!p.send({ act: "do", command: move.command, id, ...(typed && { with: typed }) })) form?.refused();
}

function act(p, message) { p.ui.hint = null; p.send(message); }

// `full` is the label of a button that shows a glyph.
function moveButton(p, key, move, kind, { where, act, full } = {}) {
  const label = full || move.label;
  return button(p, key, move.label, { act: act || (() => (move.will ? confirmFirst(p, key, move, where) : ask(p, move))), no: move.no, kind, title: full, "aria-label": where ? `${label}: ${where}` : full });
}

function fieldText(p, key) { return (p.find(key)?.value || "").trim(); }

// Takes the text from a field and empties it; a refusal brings the text back unless the user has typed again.
function takeText(p, key) {
  const el = p.find(key);
  const text = el?.value || "";
  if (el) el.value = "";
  return [text.trim(), { refused: () => { const now = p.find(key); if (now && !now.value) now.value = text; } }];
}

function opener(p, name, label, text, kind = "cp-quiet", field = "") {
  const key = `open:${name}`;
  return h("button", {
    type: "button", key, "data-key": key, class: `cp-button ${kind}`, "aria-expanded": String(p.ui.open === name), "aria-label": label, title: label,
    onclick: () => {
      p.ui.open = p.ui.open === name ? "" : name;
      p.ui.opener = key;
      p.ui.hint = null;
      p.ui.focus = field && p.ui.open ? field : "";
      p.draw();
    },
  }, text);
}

function isOpen(p, name) { p.menus.add(name); return p.ui.open === name; }
