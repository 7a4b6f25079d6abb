// Help: the keys of the console, and its words.

const KEYS = [
  [N_("Tab, Shift + Tab"), N_("to the next and the previous control")],
  [N_("Enter, Space"), N_("use the control")],
  [N_("← → Home End"), N_("in the tabs: another tab; on the timeline: another step")],
  [N_("Escape"), N_("close what is open, and at last leave the console")],
  [N_("Page Up, Page Down"), N_("in a deck: turn the slide")],
  ["?", N_("this help")],
];

function openHelp(p, opener) { openDialog(p, { kind: "help" }, opener); }

DIALOGS.help = (p) => ({
  title: _("Help"), buttons: null, close: _("Close"),
  body: [
    h("section", { key: "keys", class: "cp-facts" }, h("h3", {}, _("Keys")), h("dl", { class: "cp-rows" }, KEYS.map(([key, text]) => [h("dt", { key }, h("kbd", {}, _(key))), h("dd", { key: text }, _(text))]))),
    h("section", { key: "words", class: "cp-facts" }, h("h3", {}, _("Words")), h("dl", { class: "cp-rows" }, Object.entries(EXPLANATIONS).map(([word, [text, address]]) =>
      [h("dt", { key: word }, _(word)), h("dd", { key: `${word}d` }, _(text), " ", h("a", { href: address, target: "_blank", rel: "noopener", "aria-label": _("AWS documentation: {word}", { word: _(word) }) }, "AWS"))]))),
  ],
});
