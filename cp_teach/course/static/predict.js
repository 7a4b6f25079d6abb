// A question with radio buttons. Reasons enter the page only after an answer; nothing here asks the kernel.

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function render({ model, el }) {
  learnWords(model.get("words") || {});
  // Radio buttons of one name exclude each other on the whole page, and a question may be shown twice.
  const group = `cp-predict-${Math.random().toString(36).slice(2)}`;
  const list = make("div", { class: "cp-predict-options" });
  const legend = make("legend");
  const button = make("button", { type: "button" });
  const status = make("p", { role: "status", class: "cp-predict-status" });
  const box = make("fieldset", {}, legend, list);
  const root = make("div", { class: "cp-widget cp-predict" }, box, button, status);

  function option(one, index, revealed, chosen) {
    const id = `${group}-${index}`;
    const radio = make("input", { type: "radio", name: group, id, value: String(index) });
    // JupyterLab would take the arrow keys to walk from cell to cell; it looks at the focused node itself.
    radio.dataset.lmSuppressShortcuts = "true";
    radio.checked = index === chosen;
    radio.disabled = revealed;
    radio.addEventListener("change", () => {
      model.set("chosen", index);
      model.save_changes();
    });
    const row = make("div", { class: "cp-predict-option" }, radio, make("label", { for: id }, one.text));
    if (!revealed) return row;
    row.classList.add(one.right ? "cp-right" : "cp-wrong");
    const mine = index === chosen ? ` ${_("(your prediction)")}` : "";
    const mark = make("strong", {}, `${one.right ? `✓ ${_("Right")}` : `✗ ${_("Incorrect")}`}${mine}: `);
    row.append(make("p", {}, mark, one.reason));
    return row;
  }

  function outcome(revealed, chosen) {
    if (!revealed) return "";
    const options = model.get("options");
    const right = options.findIndex((one) => one.right);
    if (right === chosen) return `✓ ${_("Your prediction was right.")}`;
    if (!options[chosen]) return _("What happens: {text}", options[right]);
    return `✗ ${_("You predicted: {chosen} What happens: {text}", { chosen: options[chosen].text, text: options[right].text })}`;
  }

  function draw() {
    const chosen = model.get("chosen");
    const revealed = model.get("revealed");
    legend.replaceChildren(make("strong", {}, `${_("Predict:")} `), model.get("question"));
    list.replaceChildren(...model.get("options").map((one, index) => option(one, index, revealed, chosen)));
    button.textContent = revealed ? _("Predict again") : _("Show what happens");
    status.textContent = outcome(revealed, chosen);
  }

  // A choice alone must not redraw: the radio button that has the focus would lose it.
  function choose() {
    if (model.get("revealed")) return draw();
    const chosen = model.get("chosen");
    for (const radio of list.querySelectorAll("input")) radio.checked = Number(radio.value) === chosen;
    if (chosen >= 0) status.textContent = "";
  }

  button.addEventListener("click", () => {
    const revealed = model.get("revealed");
    if (!revealed && model.get("chosen") < 0) {
      status.textContent = _("Choose an option first.");
      return;
    }
    if (revealed) model.set("chosen", -1);
    model.set("revealed", !revealed);
    model.save_changes();
  });

  const watched = { question: draw, options: draw, revealed: draw, chosen: choose };
  for (const [name, follow] of Object.entries(watched)) model.on(`change:${name}`, follow);
  el.append(root);
  draw();
  return () => {
    for (const [name, follow] of Object.entries(watched)) model.off(`change:${name}`, follow);
  };
}

export default { render };
