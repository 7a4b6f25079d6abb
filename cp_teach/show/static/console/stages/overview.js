// Which stages are open. Where all of them have room, all are. Otherwise a strip shows each stage as a chip with its status,
// and only some are open below it: those that a person opened, those where something happens, and those beside them.

function openStages(p, stages) {
  const { room } = p;
  if (stages.length <= room) return stages.map((s, i) => i);
  const { opened, closed, before } = p.ui.stages;
  const at = new Map(stages.map((s, i) => [s.name, i]));
  const wanted = [
    ...[...opened].reverse().map((name) => at.get(name)),
    ...stages.flatMap((s, i) => (happens(s) ? [i] : [])).reverse(),
    ...before.map((name) => at.get(name)),
    ...stages.keys(),
  ].filter((i) => i != null && !closed.has(stages[i].name));
  const open = [...new Set(wanted)].slice(0, room).sort((a, b) => a - b);
  p.ui.stages.before = open.map((i) => stages[i].name);
  return open;
}

const happens = (s) => Boolean(s.door.waiting || (s.inside && s.status[0] !== "succeeded"));

function overviewOf(p, stages, open) {
  if (stages.length <= p.room) return null;
  return h("ol", { key: "overview", class: "cp-overview", "data-many": stages.length > 16 ? "true" : null, "aria-label": _("All stages") }, stages.map((s, i) => {
    const shown = open.includes(i);
    const waits = s.door.waiting?.length;
    const about = [s.status[1], s.inside && _("#{n} in it", { n: s.inside.n }), waits && _("{count} waiting to enter", { count: waits }), !s.door.on && _("transition disabled")].filter(Boolean).join(", ");
    return h("li", { key: s.name, class: "cp-over", "data-on": String(s.door.on) },
      h("button", {
        type: "button", "data-key": `over:${s.name}`, class: `cp-button cp-overchip cp-edge-${s.status[0]}`, "aria-expanded": String(shown), "aria-label": _("Stage {name}: {about}", { name: s.name, about }), title: `${s.name}: ${about}`,
        onclick: () => p.openStage(s.name, !shown),
      }, mark(s.status), h("span", { class: "cp-overname" }, s.name), s.inside && h("b", {}, `#${s.inside.n}`), waits && mark(["waiting", "", glyphs.waiting])));
  }));
}

// -- the actions of a stage: the first ones, or those where something happens, if they are many -------------------------
const COMPACT = 4; // more actions than this have one line each, without the word of their status
const ACTIONS = 5; // of more actions than this, one fewer is shown, and the rest is folded

function shownActions(s, expanded) {
  const all = s.groups.flat();
  if (all.length <= ACTIONS || expanded) return new Set(all);
  const urgent = all.filter((a) => ["failed", "waiting", "in-progress"].includes(a.status[0]));
  return new Set([...new Set([...urgent, ...all])].slice(0, ACTIONS - 1));
}

function moreActions(p, s, shown) {
  const all = s.groups.flat();
  if (all.length <= ACTIONS) return null;
  const expanded = p.ui.folds.has(`actions:${s.name}`);
  const fold = () => { expanded ? p.ui.folds.delete(`actions:${s.name}`) : p.ui.folds.add(`actions:${s.name}`); p.draw(); };
  return h("button", { type: "button", key: "more", "data-key": `actions:${s.name}`, class: "cp-button cp-quiet cp-moreactions", "aria-expanded": String(expanded), "aria-label": _("All actions of {stage}", { stage: s.name }), onclick: fold },
    expanded ? _("Show fewer") : _("and {count} more", { count: all.length - shown.size }));
}
