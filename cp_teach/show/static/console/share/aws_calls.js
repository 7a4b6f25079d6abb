// The tab with the AWS CLI commands and boto3 calls: each can be copied, and all commands at once.

function awsTab(p, v) {
  const shell = SHELLS[p.ui.shell] ? p.ui.shell : "posix";
  const line = SHELLS[shell][1];
  const copy = (key, label, text, title) => h("button", { type: "button", "data-key": `copy:${key}`, class: "cp-button cp-copy", "aria-label": title, title, onclick: (event) => copyText(p, text(), event.currentTarget) }, label);
  const code = (w, key, text, kind) => h("div", { key: kind, class: "cp-call" }, h("code", {}, text), copy(`${key}:${kind}`, _("Copy"), () => text, _("Copy {kind}: {title}", { kind, title: w.title })));
  const item = (list) => (w, i) => h("li", { key: `${i}${w.title}` }, h("b", {}, w.title), w.cli && code(w, `${list}${i}`, line(w.cli), "CLI"), w.boto3 && code(w, `${list}${i}`, w.boto3, "boto3"), w.note && h("span", { class: "cp-label" }, w.note));
  const lines = () => [...v.aws.done].reverse().flatMap((w) => (w.cli ? [line(w.cli)] : [])).join("\n");
  return [
    h("div", { key: "bar", class: "cp-row cp-callbar" },
      h("label", {}, h("span", { class: "cp-label" }, `${_("Shell")} `), h("select", { "data-key": "shell", class: "cp-input", onchange: (event) => { p.ui.shell = event.target.value; p.draw(); } },
        Object.entries(SHELLS).map(([id, [label]]) => h("option", { key: id, value: id, selected: id === shell }, label)))),
      v.aws.done.some((w) => w.cli) && copy("all", _("Copy all"), lines, _("Copy the commands of what was done, oldest first"))),
    v.aws.done.length > 0 && h("div", { key: "done" }, h("p", { class: "cp-label" }, _("Equivalent AWS CLI commands, newest first")), h("ul", { class: "cp-words" }, v.aws.done.map(item("done")))),
    v.aws.can.length > 0 && h("div", { key: "can" }, h("p", { class: "cp-label" }, _("Available now")), h("ul", { class: "cp-words" }, v.aws.can.map(item("can")))),
    v.aws.none && h("div", { key: "none" }, h("p", { class: "cp-label" }, _("Simulator only")), h("ul", { class: "cp-words" }, v.aws.none.map((text) => h("li", { key: text }, text)))),
  ];
}
