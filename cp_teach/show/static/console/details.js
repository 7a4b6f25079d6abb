// The tabs below the stages: log, executions, artifacts, AWS calls. All have the same height; the timeline is beside them.

function detailsOf(p, v) {
  const tabs = [["log", "Log", v.log], ["executions", "Executions", v.executions], ["artifacts", "Artifacts", v.artifacts], ["aws", "AWS CLI", v.aws]].filter(([, , data]) => data);
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
      !p.narrow && !p.big && tabListOf(p, tabs, now, go, turn), clockOf(v), times),
    !p.big && (p.narrow
      ? h("details", { key: "folded", class: "cp-folded" }, h("summary", { "data-key": "details", class: "cp-summary" }, tabs.map(([, label]) => label).join(" · ")), tabListOf(p, tabs, now, go, turn), tabPanelOf(p, v, now))
      : tabPanelOf(p, v, now)));
}

function tabListOf(p, tabs, now, go, turn) {
  return h("div", { key: "tabs", class: "cp-tabs", role: "tablist", "aria-label": "Details" }, tabs.map(([id, label], at) =>
    h("button", { type: "button", key: id, role: "tab", id: `${p.id}tab-${id}`, "data-key": `tab:${id}`, class: "cp-tab", "aria-selected": String(id === now), "aria-controls": `${p.id}panel`, tabindex: id === now ? "0" : "-1",
      onclick: () => go(id), onkeydown: (e) => turn(e, at) }, label)));
}

function tabPanelOf(p, v, now) {
  return h("div", { key: "panel", role: "tabpanel", id: `${p.id}panel`, "aria-labelledby": `${p.id}tab-${now}`, class: "cp-tabpanel", tabindex: "0" }, h("div", { key: now, class: `cp-tab-${now}` }, TABS[now](p, v)));
}

function logTab(p, v) {
  const lines = [...v.log].reverse();
  return [
    lines.length > 0 ? h("ol", { class: "cp-log", reversed: true }, lines.map(([moment, at, key, text], i) => h("li", { key: `${moment}.${lines.length - i}`, class: moment === v.position ? "cp-fresh" : null }, mark([key, "", glyphs[key]]), h("span", { class: "cp-at" }, at), h("span", {}, text)))) : null,
    v.more_log && h("p", { class: "cp-label" }, `${v.more_log} earlier lines are not shown.`),
  ];
}

function artifactsTab(p, v) {
  const known = Object.keys(v.artifacts).map(Number).sort((a, b) => b - a);
  const n = known.includes(p.selected) ? p.selected : p.selected ? 0 : known[0];
  const list = v.artifacts[n] || [];
  if (!list.length) return h("p", { class: "cp-label" }, p.selected ? `Execution ${p.selected} has made no artifact.` : "");
  return [
    h("p", { class: "cp-label" }, `Artifacts of execution ${n}${p.selected ? "" : ", the newest (follow another to see its own)"}`),
    h("ul", { class: "cp-artifacts" }, list.map((a) => h("li", { key: a.key }, h("b", {}, a.name), h("span", { class: "cp-label" }, ` made by ${a.by}, from ${a.from}`), h("code", {}, a.key)))),
  ];
}

function awsTab(p, v) {
  const item = (w, i) => h("li", { key: `${i}${w.title}` }, h("b", {}, w.title), w.cli && h("code", {}, w.cli), w.boto3 && h("code", {}, w.boto3), w.note && h("span", { class: "cp-label" }, w.note));
  return [
    v.aws.done.length > 0 && h("div", { key: "done" }, h("p", { class: "cp-label" }, "What was done, newest first, as you would ask AWS for it"), h("ul", { class: "cp-words" }, v.aws.done.map(item))),
    v.aws.can.length > 0 && h("div", { key: "can" }, h("p", { class: "cp-label" }, "What can be done now"), h("ul", { class: "cp-words" }, v.aws.can.map(item))),
    v.aws.none && h("div", { key: "none" }, h("p", { class: "cp-label" }, "What only this kit can do"), h("ul", { class: "cp-words" }, v.aws.none.map((text) => h("li", { key: text }, text)))),
  ];
}

const TABS = { log: logTab, executions: executionsTab, artifacts: artifactsTab, aws: awsTab };
