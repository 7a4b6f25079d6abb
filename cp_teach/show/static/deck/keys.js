// The keys of a deck. A presenter's remote sends PageUp, PageDown and arrows: these turn slides wherever the focus is, except
// arrows in a control that needs them itself.
const deckKeys = (() => {
  const TABLE = [
    ["PageDown, PageUp", "next and previous slide, wherever the focus is"],
    ["→ ← Space", "next and previous slide"],
    ["↑ ↓", "scroll a slide that is longer than a small window"],
    ["Home, End", "first and last slide"],
    ["G", "go to a slide by its number"],
    ["Tab", "to the next control on the slide"],
    ["Esc", "leave a control, so that all keys are the deck's again"],
    ["S", "speaker view: a second window with the notes, the clock, and the next slide"],
    ["N", "show the notes below the slide"],
    ["D", "dark or light"],
    ["B", "black out the screen, and back"],
    ["F", "full screen, and back"],
    ["?", "these keys"],
  ];
  const TYPING = "input:not([type]), input[type=text], input[type=search], input[type=number], textarea, select, [contenteditable]";
  const OWN_ARROWS = `${TYPING}, input[type=range], input[type=radio], [role=tab], [role=slider], [role=menu] *, [role=listbox] *`;
  const deepest = (event) => event.composedPath()[0];
  const within = (event) => event.composedPath().some((el) => el.matches?.(".cp-alive"));
  const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

  let dialog = null;
  function help() {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "keys";
      dialog.setAttribute("aria-labelledby", "keys-title");
      dialog.innerHTML = `<h2 id="keys-title">Keys</h2><table><tbody>${TABLE.map(([keys, what]) => `<tr><th scope="row">${keys.split(/[ ,]+/).map((key) => `<kbd>${key}</kbd>`).join(" ")}</th><td>${what}</td></tr>`).join("")}</tbody></table>
        <form method="dialog"><button autofocus>Close</button></form>`;
      dialog.addEventListener("keydown", (event) => event.stopPropagation());
      document.body.append(dialog);
    }
    if (dialog.open) dialog.close(); else dialog.showModal();
  }

  // Something of the widget is open that Esc closes first: a menu, a dialog.
  const busy = (event) => {
    const root = deepest(event).getRootNode();
    return Boolean(deepest(event).closest?.("dialog, [data-menu], [data-panel]") || root.querySelector?.('dialog[open], [aria-expanded="true"]'));
  };

  // Before any widget sees the key.
  function early(event) {
    if (dialog?.open || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && Reveal.isPaused()) { Reveal.togglePause(false); event.stopImmediatePropagation(); return; }
    if (!plain(event)) return;
    const turn = { PageDown: "next", PageUp: "prev" }[event.key] || (within(event) && !deepest(event).closest?.(OWN_ARROWS) && { ArrowRight: "next", ArrowLeft: "prev" }[event.key]);
    if (turn) {
      event.preventDefault();
      event.stopImmediatePropagation();
      Reveal[turn]();
      return;
    }
    if (event.key === "Escape" && within(event) && !busy(event)) { deepest(event).blur(); return; }
    if (event.key === "?" && !deepest(event).closest?.(TYPING)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      help();
    }
  }
  addEventListener("keydown", early, true);
  return { help };
})();
