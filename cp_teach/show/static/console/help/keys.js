// Help: the keys of the console, and its words.

const KEYS = [
  ["Tab, Shift + Tab", "to the next and the previous control"],
  ["Enter, Space", "use the control"],
  ["← → Home End", "in the tabs: another tab; on the timeline: another step"],
  ["Escape", "close what is open, and at last leave the console"],
  ["Page Up, Page Down", "in a deck: turn the slide"],
  ["?", "this help"],
];

function openHelp(p, opener) { openDialog(p, { kind: "help" }, opener); }

DIALOGS.help = (p) => ({
  title: "Help", buttons: null, close: "Close",
  body: [
    h("section", { key: "keys", class: "cp-facts" }, h("h3", {}, "Keys"), h("dl", { class: "cp-rows" }, KEYS.map(([key, text]) => [h("dt", { key }, h("kbd", {}, key)), h("dd", { key: text }, text)]))),
    h("section", { key: "words", class: "cp-facts" }, h("h3", {}, "Words"), h("dl", { class: "cp-rows" }, Object.entries(EXPLANATIONS).map(([word, [text, address]]) =>
      [h("dt", { key: word }, word), h("dd", { key: `${word}d` }, text, " ", h("a", { href: address, target: "_blank", rel: "noopener", "aria-label": `AWS documentation: ${word}` }, "AWS"))]))),
  ],
});
