// The tabs below the stages: log, executions, artifacts, AWS calls. All have the same height; the timeline is beside them.

function detailsOf(p, v) {
  const tabs = [["log", _("Log"), v.log], ["executions", _("Executions"), v.executions], ["artifacts", _("Artifacts"), v.artifacts], ["aws", "AWS CLI", v.aws], ["work", ...workTab(p)]].filter(([, , data]) => data);
  const times = v.total != null && v.undo && timelineOf(p, v);
  if (!tabs.length) return times;
  const now = tabs.some(([id]) => id === p.ui.tab) ? p.ui.tab : tabs[0][0];
  const go = (id) => { p.ui.tab = id; p.draw(); p.root.querySelector(`[data-key="tab:${id}"]`).focus(); };
  const turn = (event, at) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to != null) { event.preventDefault(); go(tabs[(to + tabs.length) % tabs.length][0]); }
  };
  // On a narrow page the details are folded; for the back row, only the timeline is left.
  return h("div", { key: "details", class: "cp-details" },
    h("div", { key: "bar", class: "cp-detailsbar" },
      !p.narrow && !p.big && tabListOf(p, tabs, now, go, turn), clockOf(p, v), times),
    p.big ? openWork(p) : (p.narrow
      ? h("details", { key: "folded", class: "cp-folded" }, h("summary", { "data-key": "details", class: "cp-summary" }, tabs.map(([, label]) => label).join(" · ")), tabListOf(p, tabs, now, go, turn), tabPanelOf(p, v, now))
      : tabPanelOf(p, v, now)));
}

function tabListOf(p, tabs, now, go, turn) {
  return h("div", { key: "tabs", class: "cp-tabs", role: "tablist", "aria-label": _("Details") }, tabs.map(([id, label], at) =>
    h("button", { type: "button", key: id, role: "tab", id: `${p.id}tab-${id}`, "data-key": `tab:${id}`, class: "cp-tab", "aria-selected": String(id === now), "aria-controls": `${p.id}panel`, tabindex: id === now ? "0" : "-1",
      onclick: () => go(id), onkeydown: (e) => turn(e, at) }, label)));
}

function tabPanelOf(p, v, now) {
  return h("div", { key: "panel", role: "tabpanel", id: `${p.id}panel`, "aria-labelledby": `${p.id}tab-${now}`, class: "cp-tabpanel", tabindex: "0", "data-key": "panel" }, h("div", { key: now, class: `cp-tab-${now}` }, TABS[now](p, v)));
}

function logTab(p, v) {
  const lines = [...v.log].reverse();
  return [
    lines.length > 0 ? h("ol", { class: "cp-log", reversed: true }, lines.map(([moment, at, key, text], i) => h("li", { key: `${moment}.${lines.length - i}`, class: moment === v.position ? "cp-fresh" : null }, mark([key, "", glyphs[key]]), h("span", { class: "cp-at" }, at), h("span", { dir: "auto" }, text)))) : null,
    moreOf(p, v, "log", v.more_log, ngettext("{count} earlier line", "{count} earlier lines", v.more_log || 0)),
  ];
}

// What came before opens on request. A page without a kernel has no more than it shows, and says so.
function moreOf(p, v, part, n, text) {
  if (!n) return null;
  return h("p", { key: `more:${part}`, class: "cp-more" }, v.can_show_more
    ? button(p, `more:${part}`, text, { act: () => act(p, { act: "more", of: part }) })
    : h("span", { class: "cp-label" }, _("{lines}, which this page does not carry", { lines: text })));
}

function artifactsTab(p, v) {
  const known = Object.keys(v.artifacts).map(Number).sort((a, b) => b - a);
  const n = known.includes(p.selected) ? p.selected : p.selected ? 0 : known[0];
  const list = v.artifacts[n] || [];
  if (!list.length) return h("p", { class: "cp-label" }, p.selected ? _("Execution {n} has made no artifact.", { n: p.selected }) : "");
  return [
    h("p", { class: "cp-label" }, p.selected ? _("Artifacts of execution {n}", { n }) : _("Artifacts of execution {n}, the newest (follow another to see its own)", { n })),
    h("ul", { class: "cp-artifacts" }, list.map((a) => h("li", { key: a.key }, h("b", {}, a.name), h("span", { class: "cp-label" }, ` ${_("made by {action}, from {revision}", { action: a.by, revision: a.from })}`), h("code", {}, a.key)))),
  ];
}

// Fleets and logs of real work that were opened; without tabs they are below the timeline.
function workTab(p) {
  const open = panels(p);
  return [open && open.length > 1 ? _("Work") : open?.[0].props["data-panel"].replace(/^.*:/, ""), open];
}
const openWork = (p) => { const open = panels(p); return open && h("div", { key: "work", class: "cp-tabpanel" }, open); };

const TABS = { work: panels, log: logTab, executions: executionsTab, artifacts: artifactsTab, aws: awsTab };
