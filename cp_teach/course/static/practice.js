// The panel above a practice console: levels, task, goals, hints. It draws `page` and sends what people ask for.

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(5).filter((child) => child != null && child !== false));
  return node;
}

let panels = 0;

function render({ model, el }) {
  learnWords(model.get("words") || {});
  const id = `cp-practice-${++panels}`;
  const ui = { open: new Set(), picked: {}, wiping: false, level: "" };
  const body = make("div");
  const status = make("div", { role: "status", class: "cp-practice-said" });
  const alert = make("div", { role: "alert", class: "cp-practice-said cp-practice-alert" });
  const root = make("div", { class: "cp-widget cp-practice", role: "group", "aria-label": _("Practice") }, body, status, alert);
  const file = make("input", { type: "file", accept: "application/json,.json", hidden: true });
  let heard = null;

  const heartbeat = new Heartbeat(model, () => draw());
  const veil = () => heartbeat.lost && make("p", { class: "cp-practice-lost", role: "alert" }, make("strong", {}, "✗ "), _(heartbeat.lost));
  const answered = (message) => { if (message?.heard) heartbeat.heard(message.heard); };
  const ended = () => heartbeat.say(ENDED);
  const send = (message) => {
    try { model.send({ ...message, ...heartbeat.next() }); } catch (error) {
      if (!model.widget_manager) throw error; // only the widget of a kernel can lose it
      ended();
    }
  };
  // JupyterLab takes its shortcuts before a key reaches us, unless the focused element carries this mark.
  const mark = (event) => { if (root.contains(event.target)) event.target.dataset.lmSuppressShortcuts = "true"; };
  window.addEventListener("keydown", mark, true);
  root.addEventListener("keydown", (event) => event.stopPropagation());

  file.addEventListener("change", async () => {
    if (file.files.length) send({ act: "import", text: await file.files[0].text() });
    file.value = "";
  });

  function button(key, text, act, more = {}) {
    return make("button", { type: "button", "data-key": key, onclick: typeof act === "function" ? act : () => send(act), ...more }, text);
  }

  function folded(key, title, ...inside) {
    const details = make("details", { "data-key": `fold:${key}`, open: ui.open.has(key) }, make("summary", { "data-key": `summary:${key}` }, title), ...inside);
    details.addEventListener("toggle", () => { details.open ? ui.open.add(key) : ui.open.delete(key); });
    return details;
  }

  function list(page) {
    return folded("levels", _("Levels: {done} of {count} solved", page),
      page.chapters.map((chapter) => [
        make("h4", {}, chapter.name),
        make("ol", {}, chapter.levels.map((one) => make("li", {},
          button(`level:${one.name}`, make("span", {}, make("span", { class: `cp-mark cp-mark-${one.state || "open"}`, "aria-hidden": "true" }, one.glyph), ` ${one.title} `, make("small", {}, one.word)),
            { act: "open", level: one.name }, one.name === page.level ? { "aria-current": "true" } : {})))),
      ]),
      make("p", { class: "cp-practice-row" },
        button("export", _("Export progress"), () => save(page.export)),
        button("import", _("Import progress …"), () => file.click()),
        ui.wiping
          ? [make("span", {}, _("Forget all that was solved?")), button("wipe-yes", _("Yes, wipe it"), () => { ui.wiping = false; send({ act: "wipe" }); }), button("wipe-no", _("No"), () => { ui.wiping = false; draw(); focus("wipe"); })]
          : button("wipe", _("Wipe progress …"), () => { ui.wiping = true; draw(); focus("wipe-no"); })),
      make("p", { class: "cp-quiet" }, page.kept ? page.kept : page.file ? _("Your progress is kept in {file}, in the folder of this notebook, and nowhere else.", page) : _("Your progress is kept until this notebook's kernel ends: export it to keep it.")));
  }

  function save(text) {
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: "cp-teach-progress.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say(_("Exported: {file}.", { file: "cp-teach-progress.json" }), false);
  }

  function question(key, heading, asked, message) {
    const name = `${id}-${key}`;
    const answered = asked.chosen >= 0;
    const rows = asked.options.map((option, at) => {
      const radio = make("input", { type: "radio", name, id: `${name}-${at}`, "data-key": `${key}:${at}`, disabled: answered && heading === "Predict" });
      radio.checked = answered ? asked.chosen === at : ui.picked[key] === at;
      radio.addEventListener("change", () => { ui.picked[key] = at; });
      const row = make("div", { class: "cp-option" }, radio, make("label", { for: `${name}-${at}` }, option.text));
      if ("reason" in option && (heading === "Predict" || at === asked.chosen)) {
        row.append(make("p", { class: option.right ? "cp-right" : "cp-wrong" }, make("strong", {}, option.right ? `✓ ${_("Right")}` : `✗ ${_("Incorrect")}`, at === asked.chosen ? ` ${_("(your answer)")}: ` : ": "), option.reason));
      }
      return row;
    });
    const act = () => {
      const option = ui.picked[key] ?? (heading === "Predict" ? -1 : asked.chosen);
      if (option < 0 || option == null) say(_("Choose an option first."), true);
      else send({ ...message, option });
    };
    return make("div", { class: "cp-practice-question" },
      make("fieldset", {}, make("legend", {}, make("strong", {}, `${heading === "Predict" ? _("Predict:") : _("Answer:")} `), asked.question), ...rows),
      !(answered && heading === "Predict") && button(`${key}:go`, heading === "Predict" ? _("Show what happens") : _("This is my answer"), act));
  }

  function level(page) {
    const over = page.moves > page.par;
    return [
      make("p", { class: "cp-quiet" }, _("Level {number} of {count}", page)),
      make("h3", { "data-key": "title", tabindex: "-1" }, page.title),
      make("p", { class: "cp-task" }, page.task),
      make("ul", { class: "cp-goals", "aria-label": _("Goals") }, page.goals.map((goal) => make("li", { class: goal.met ? "cp-met" : "" },
        make("span", { class: "cp-mark", "aria-hidden": "true" }, goal.met ? "✓" : "○"), " ", goal.text, make("small", {}, ` ${goal.met ? _("Met") : _("Not yet")}`)))),
      page.predictions.map((asked, at) => question(`predict${at}`, "Predict", asked, { act: "predict", number: at })),
      page.question && question("answer", "Answer", page.question, { act: "answer" }),
      page.won && make("p", { class: "cp-practice-won" }, make("strong", {}, `✓ ${_("Solved.")} `), page.teaches),
      page.lost && make("p", { class: "cp-practice-lost" }, make("strong", {}, `✗ ${_("Lost.")} `), page.lost),
      page.hint && make("p", { class: "cp-practice-hint" }, make("strong", {}, `${_("Hint:")} `), page.hint),
      page.solution.length > 0 && make("div", { class: "cp-practice-hint" }, make("strong", {}, _("From where you asked:")), make("ol", {}, page.solution.map((one) => make("li", {}, one)))),
      make("p", { class: "cp-practice-row" },
        make("span", { class: over ? "cp-over" : "" }, _("Moves: {moves}, par: {par}", page)),
        button("undo", _("Undo"), { act: "undo" }), button("reset", _("Reset"), { act: "reset" }),
        button("hint", _("Hint"), { act: "hint" }), button("solution", _("Show solution"), { act: "solution" }),
        page.won && page.number < page.count
          ? button("next", _("Next level"), { act: "next" }, { class: "cp-primary" })
          : page.number < page.count && button("skip", _("Skip"), { act: "skip" })),
      folded("moves", _("Every move you may make now ({count})", { count: page.possible.length }),
        page.possible.length
          ? make("ul", { class: "cp-moves" }, page.possible.map((one) => make("li", {}, button(`move:${one.move}`, one.label, { act: "move", move: one.move }))))
          : make("p", { class: "cp-quiet" }, page.question ? _("None: this level only asks.") : _("None: there is nothing more to be done."))),
    ];
  }

  function focus(key) {
    root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }

  // What the panel shows anyway (a hint, the solution) is only read aloud.
  function say(text, loud, shown) {
    status.classList.toggle("cp-practice-sr", Boolean(shown));
    status.textContent = loud ? "" : text;
    alert.textContent = loud ? text : "";
  }

  function draw() {
    const page = model.get("page");
    if (!page.level) return;
    const active = root.getRootNode().activeElement;
    const inside = root.contains(active);
    const key = inside ? active.dataset.key : "";
    const fresh = ui.level !== page.level;
    if (fresh) { ui.picked = {}; ui.wiping = false; ui.level = page.level; }
    body.replaceChildren(...[veil(), list(page), level(page)].flat(3).filter(Boolean));
    // Whoever works by keyboard goes on where they were; where that is gone, at what comes next.
    if (inside) {
      for (const next of [key, page.won ? "next" : "", key?.endsWith(":go") ? "hint" : "", "title"]) {
        if (!next) continue;
        focus(next);
        if (root.getRootNode().activeElement?.dataset.key === next) break;
      }
    }
    if (page.said && page.said.n !== heard) {
      if (heard !== null || page.said.alert) say(page.said.text, page.said.alert, page.said.shown);
      heard = page.said.n;
    }
  }

  model.on("change:page", draw);
  model.on("msg:custom", answered);
  model.on("comm_live_update", ended);
  el.append(root, file);
  draw();
  if (model.widget_manager) send({}); // an answer proves that the kernel is there
  return () => {
    heartbeat.stop();
    model.off("change:page", draw);
    model.off("msg:custom", answered);
    model.off("comm_live_update", ended);
    window.removeEventListener("keydown", mark, true);
  };
}

export default { render };
