// The header: the pipeline, the release, the controls of time, and how the console is shown.

function headerOf(p, v) {
  const release = () => { const [message, form] = takeText(p, "message"); ask(p, v.release, { message }, form); };
  const no = p.gone || v.release?.no;
  return h("div", { key: "header", class: "cp-header" },
    h("div", { class: "cp-title" },
      h("strong", { class: "cp-name", title: v.pipeline.name || null }, v.pipeline.name || ""),
      v.pipeline.mode && explained(v.pipeline.mode, { kind: "cp-tag" }),
      v.deleted && h("span", { class: "cp-tag cp-bad" }, _("Deleted"))),
    v.release && h("div", { class: "cp-release" },
      h("input", { key: "message", "data-key": "message", class: "cp-input", type: "text", placeholder: _("Commit message"), "aria-label": _("Commit message"), dir: "auto", maxlength: v.limits?.message,
        onkeydown: (e) => { if (e.key === "Enter") { e.preventDefault(); no ? refuse(p, no, "release") : release(); } } }),
      button(p, "release", v.release.label, { act: release, no: v.release.no, kind: "cp-primary" })),
    v.step && h("div", { class: "cp-drive", role: "group", "aria-label": _("Time") },
      button(p, "step", [_("Step"), h("span", { "aria-hidden": "true" }, " ⇥")], { act: () => act(p, { act: "step" }), no: v.step.no, title: v.step.next && _("Next: {step}", { step: v.step.next }) }),
      p.model.get("playing") != null && button(p, "play", p.playing ? [h("span", { "aria-hidden": "true" }, "❚❚ "), _("Pause")] : [h("span", { "aria-hidden": "true" }, "▶ "), _("Play")], { act: () => act(p, { act: p.playing ? "pause" : "play" }), kind: p.playing ? "cp-on" : "" })),
    displayOf(p, v));
}
