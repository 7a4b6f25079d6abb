// Now: what happened last, why each execution does not move, and what would move it. The first lines are always there; the
// others open over the picture.

const NOW_LINES = 2;

// A button in the row of execution 4 can act on execution 1, which blocks it, so its name says which one.
function whereOf(p, r, m) { return m.command[1] === r.n ? "" : _("in the row of execution {n}", { n: r.n }); }

function nowOf(p, v) {
  const items = v.reasons || [];
  const lines = items.length > 0 ? items.slice(0, NOW_LINES) : [];
  const rest = items.slice(lines.length);
  return h("div", { key: "now", role: "group", class: "cp-now", "aria-labelledby": `${p.id}now`, tabindex: "-1", "data-key": "now" },
    h("div", { class: "cp-nowhead" }, h("strong", { id: `${p.id}now` }, _("Now")),
      h("span", { class: `cp-sentence${v.bad ? " cp-badtext" : ""}`, title: v.sentence }, v.sentence),
      refusalsOf(p, v), actingNote(v),
      rest.length > 0 && menu(p, "waits", ngettext("{count} more execution", "{count} more executions", rest.length), _("and {count} more", { count: rest.length }), "cp-quiet", h("ul", { class: "cp-reasons" }, rest.map((r) => reasonOf(p, r))))),
    h("ul", { class: "cp-reasons" }, lines.map((r) => reasonOf(p, r))));
}

// A refusal takes the place of the sentence, which it does not contradict: nothing happened.
function refusalsOf(p, v) {
  if (p.ui.hint?.place === "now") return hint(p, "now");
  return v.notice && v.said?.n !== p.ui.read && h("p", { key: "notice", class: "cp-notice" }, mark(["failed", "", "✗"]), h("span", {}, h("b", {}, `${_("Not done.")} `), v.notice.text));
}

// What a person is asked for is a button; the rest is behind ⋯, with what stops the execution.
function reasonOf(p, r) {
  const asked = r.status[0] !== "in-progress";
  const moves = r.moves || [];
  const button = (m) => moveButton(p, `reason:${r.n}:${m.label}`, m, "", { where: whereOf(p, r, m) });
  const behind = [detailsItem(p, ["execution", r.n], _("execution {n}", { n: r.n }), `open:stop:${r.n}`), ...(asked ? [] : moves.map(button)), ...(r.stop || []).map((m) => moveButton(p, `stop:${r.n}:${m.label}`, m))];
  return h("li", { key: r.n, class: "cp-reasonrow", "data-dim": dimmed(p, r.n), "data-reason": r.n },
    mark(r.status),
    h("span", { class: "cp-because", title: [r.text, r.who].filter(Boolean).join(" ") }, h("span", { dir: "auto" }, r.text), r.who && h("span", { class: "cp-who" }, r.who)),
    h("span", { class: "cp-row" },
      asked && moves.map(button),
      behind.length > 0 && menu(p, `stop:${r.n}`, _("Stop execution {n}", { n: r.n }), "⋯", "cp-icon", h("div", { class: "cp-poplist" }, behind))));
}
