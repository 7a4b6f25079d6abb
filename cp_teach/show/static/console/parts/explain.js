// What a word of the console means: the word is a button that opens one sentence and a link to AWS's page.

// "Superseded by #3" and "Waiting to enter Beta" are explained by the word that they begin with. A word may be translated.
const explainedWords = Object.keys(EXPLANATIONS).sort((a, b) => b.length - a.length);
function explanationOf(text) {
  const word = text in EXPLANATIONS ? text : explainedWords.find((one) => text === _(one) || text.startsWith(`${_(one)} `));
  return word && [word, ...EXPLANATIONS[word]];
}

// `tab` is -1 where many words are alike, as in the cells of a table: the same words can be reached elsewhere.
function explained(text, { word = text, kind = "cp-word", tab } = {}, ...extra) {
  const found = explanationOf(word);
  if (!found) return h("span", { class: kind }, text, extra);
  return h("button", {
    type: "button", class: `${kind} cp-explains`, "data-explains": found[0], "aria-haspopup": "dialog", title: _(found[1]), tabindex: tab ?? null,
    onclick: (event) => { event.stopPropagation(); explain(event.currentTarget, found); },
  }, text, extra);
}

function explain(from, [word, text, address]) {
  const root = from.closest(".cp-widget") || from.parentElement;
  let el = root.querySelector(":scope > .cp-explanation");
  if (!el) {
    el = document.createElement("div");
    el.className = "cp-explanation";
    el.setAttribute("popover", "auto"); // the browser closes it on Escape and on a click beside it
    el.setAttribute("role", "dialog");
    el.tabIndex = -1;
    root.append(el);
  }
  el.setAttribute("aria-label", _("What “{word}” means", { word: _(word) }));
  children(el, [h("p", { key: word }, h("b", {}, _(word)), ` – ${_(text)}`),
    h("p", { key: address }, h("a", { href: address, target: "_blank", rel: "noopener" }, _("AWS documentation")))]);
  el.hidePopover?.();
  el.showPopover?.();
  const [at, size] = [from.getBoundingClientRect(), el.getBoundingClientRect()];
  const below = at.bottom + 6 + size.height <= innerHeight;
  el.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  el.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - size.height - 6)}px`;
  el.ontoggle = ({ newState }) => { if (newState === "closed" && (el.contains(document.activeElement) || document.activeElement === document.body)) from.focus(); };
  el.focus({ preventScroll: true });
}
