// Executions as chips that can be followed.

function chipOf(p, chip, kind, place, flies) {
  const on = p.selected === chip.n;
  return h("button", {
    type: "button", key: `chip:${place}:${chip.n}`, "data-key": `chip:${place}:${chip.n}`, "data-chip": flies ? chip.n : null, "data-execution": chip.n,
    class: `cp-chip ${kind}`, "aria-pressed": String(on), "aria-label": `Follow execution ${chip.n}${chip.message ? `, ${chip.message}` : ""}`, title: chip.message || null,
    "data-dim": dimmed(p, chip.n), onclick: () => p.put("selected", on ? 0 : chip.n),
  }, h("b", {}, `#${chip.n}`), chip.message && h("span", { class: "cp-message" }, chip.message));
}

function dimmed(p, n) { return p.selected && n !== p.selected ? "true" : null; }
