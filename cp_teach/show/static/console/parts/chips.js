// Executions as chips that can be followed.

function chipOf(p, chip, kind, place, flies) {
  const on = p.selected === chip.n;
  return h("button", {
    type: "button", key: `chip:${place}:${chip.n}`, "data-key": `chip:${place}:${chip.n}`, "data-chip": flies ? chip.n : null, "data-execution": chip.n,
    class: `cp-chip ${kind}`, "aria-pressed": String(on), "aria-label": _("Follow execution {n}", { n: chip.n }) + (chip.message ? `, ${chip.message}` : ""), title: chip.message || null,
    "data-dim": dimmed(p, chip.n), onclick: () => p.put("selected", on ? 0 : chip.n),
  }, h("b", {}, `#${chip.n}`), chip.message && h("span", { class: "cp-message", dir: "auto" }, chip.message));
}

// As many chips as a line has room for; the others open. Several in one line show their numbers only.
function chipsOf(p, chips, place, where, room = 4) {
  const shown = chips.length > room ? chips.slice(0, room - 1) : chips;
  const rest = chips.slice(shown.length);
  const one = (chip) => chipOf(p, chip, `cp-live${chips.length > 1 ? " cp-number" : ""}`, place, true);
  return [
    shown.map(one),
    rest.length > 0 && menu(p, `chips:${place}`, _("{count} more {where}", { count: rest.length, where }), `+${rest.length}`, "cp-quiet cp-tight",
      h("div", { class: "cp-poplist" }, rest.map((chip) => chipOf(p, chip, "cp-small", `more:${place}`)))),
  ];
}

function dimmed(p, n) { return p.selected && n !== p.selected ? "true" : null; }
