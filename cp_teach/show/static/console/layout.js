// The order of the parts on the screen.

function layout(p) {
  const v = p.view;
  const big = p.model.get("size") === "projector";
  return [
    veilOf(p),
    headerOf(p, v),
    v.fault && h("p", { key: "fault", class: "cp-notice", role: "note" }, mark(["failed", "", "✗"]), h("span", {}, v.fault)),
    v.notice && h("p", { key: "notice", class: "cp-notice" }, mark(["failed", "", "✗"]), h("span", {}, h("b", {}, "Not done. "), v.notice.text)),
    h("ol", { key: "stages", class: "cp-stages", "aria-label": `Stages of ${v.pipeline.name}` }, v.stages.map((s, i) => stageOf(p, s, i))),
    panels(p),
    reasonsOf(p, v),
    v.total != null && v.undo && timelineOf(p, v),
    h("div", { key: "below", class: "cp-below" }, v.executions && executionsOf(p, v), !big && detailsOf(p, v)),
    v.carried && h("p", { key: "carried", class: "cp-label cp-carried" }, v.carried),
  ];
}
