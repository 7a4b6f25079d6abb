// The order of the parts on the screen.

function layout(p) {
  const v = p.view;
  const open = openStages(p, v.stages);
  return [
    veilOf(p),
    headerOf(p, v),
    v.fault && h("p", { key: "fault", class: "cp-notice", role: "note" }, mark(["failed", "", "✗"]), h("span", {}, v.fault)),
    nowOf(p, v),
    overviewOf(p, v.stages, open),
    h("ol", { key: "stages", class: "cp-stages", "aria-label": _("Stages of {name}", { name: v.pipeline.name }) }, open.map((i) => stageOf(p, v.stages[i], i))),
    detailsOf(p, v),
    v.carried && h("p", { key: "carried", class: "cp-label cp-carried" }, v.carried),
  ];
}
