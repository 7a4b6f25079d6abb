// The order of the parts on the screen.

function layout(p) {
  const v = p.view;
  return [
    veilOf(p),
    headerOf(p, v),
    v.fault && h("p", { key: "fault", class: "cp-notice", role: "note" }, mark(["failed", "", "✗"]), h("span", {}, v.fault)),
    nowOf(p, v),
    h("ol", { key: "stages", class: "cp-stages", "aria-label": `Stages of ${v.pipeline.name}` }, v.stages.map((s, i) => stageOf(p, s, i))),
    panels(p),
    detailsOf(p, v),
    v.carried && h("p", { key: "carried", class: "cp-label cp-carried" }, v.carried),
  ];
}
