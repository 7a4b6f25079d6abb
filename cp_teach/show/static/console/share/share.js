// Share: a file of this moment, a picture of it, and the commands.

function shareMenu(p, v) {
  const name = `${v.pipeline.name || "pipeline"}-step-${v.position ?? 0}`;
  const done = () => { p.ui.open = ""; p.ui.focus = p.ui.opener; p.draw(); };
  const picture = (kind, make) => async () => {
    done();
    await new Promise(requestAnimationFrame); // the menu must not be in the picture
    try { download(`${name}.${kind}`, await make(p)); } catch { refuse(p, _("This browser cannot make the picture. Take a screenshot instead."), "open:share"); }
  };
  return menu(p, "share", _("Share"), "⇪", "cp-icon", h("div", { key: "list", class: "cp-poplist" },
    p.live && button(p, "share:run", _("Run file (JSON)"), { act: () => p.question({ act: "save" }, (answer) => {
      if (answer.refused) refuse(p, answer.refused, "", "share"); else { download(answer.name, new Blob([answer.text], { type: "application/json" })); done(); }
    }), title: _("Open it with {code}", { code: "Run.load(…)" }) }),
    button(p, "share:svg", _("Picture (SVG)"), { act: picture("svg", async () => new Blob([pictureSvg(p)], { type: "image/svg+xml" })) }),
    button(p, "share:png", _("Picture (PNG)"), { act: picture("png", picturePng) }),
    v.aws && !p.big && button(p, "share:aws", _("AWS CLI commands"), { act: () => { p.ui.tab = "aws"; p.ui.open = ""; p.ui.focus = "tab:aws"; p.draw(); } })));
}

function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function copyText(p, text, from) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // an old browser, or a page that may not use the clipboard
    const field = document.createElement("textarea");
    field.value = text;
    (p.dialog.open ? p.dialog : p.root).append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    from.focus();
  }
  p.say("", false);
  p.say(_("Copied."), false);
  from.dataset.copied = "true";
  setTimeout(() => { delete from.dataset.copied; }, 1500);
}
