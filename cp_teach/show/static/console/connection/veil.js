// The veil of a console that is dead: the last picture stays readable below it, and one sentence says what to do.

function veilOf(p) {
  if (!p.gone) return p.slow && h("p", { key: "slow", class: "cp-notice cp-slow", role: "status" }, h("span", { "aria-hidden": "true" }, "…"), h("span", {}, _(p.slow)));
  const [, what, remedy] = /^(.*?\.)\s+(.*)$/s.exec(p.gone) || [null, p.gone, ""];
  return h("p", { key: "gone", class: "cp-notice cp-veil", role: "alert" }, mark(["failed", "", "✗"]), h("span", {}, h("strong", {}, what), remedy && ` ${remedy}`));
}
