// The header: the pipeline, the release, the controls of time, and how the console is shown.

function headerOf(p, v) {
  const release = () => { const [message, form] = takeText(p, "message"); ask(p, v.release, { message }, form); };
  const no = p.gone || v.release?.no;
  return h("div", { key: "header", class: "cp-header" },
    h("div", { class: "cp-title" },
      h("strong", { class: "cp-name", title: v.pipeline.name || null }, v.pipeline.name || ""),
      v.pipeline.mode && explained(v.pipeline.mode, { kind: "cp-tag" }),
      v.deleted && h("span", { class: "cp-tag cp-bad" }, "Deleted")),
    v.release && h("div", { class: "cp-release" },
      h("input", { key: "message", "data-key": "message", class: "cp-input", type: "text", placeholder: "Commit message", "aria-label": "Commit message", dir: "auto", maxlength: v.limits?.message,
        onkeydown: (e) => { if (e.key === "Enter") { e.preventDefault(); no ? refuse(p, no, "release") : release(); } } }),
      button(p, "release", v.release.label, { act: release, no: v.release.no, kind: "cp-primary" })),
    v.step && h("div", { class: "cp-drive", role: "group", "aria-label": "Time" },
      button(p, "step", ["Step", h("span", { "aria-hidden": "true" }, " ⇥")], { act: () => act(p, { act: "step" }), no: v.step.no, title: v.step.next && `Next: ${v.step.next}` }),
      p.model.get("playing") != null && button(p, "play", p.playing ? [h("span", { "aria-hidden": "true" }, "❚❚ "), "Pause"] : [h("span", { "aria-hidden": "true" }, "▶ "), "Play"], { act: () => act(p, { act: p.playing ? "pause" : "play" }), kind: p.playing ? "cp-on" : "" })),
    displayOf(p, v));
}
