// How the console is shown: larger or smaller type, projector size, full screen, light or dark. It is the choice of one
// person on one screen, so it is kept in the browser and not in the run.

const SCALES = [0.8, 0.9, 1, 1.15, 1.3, 1.5];
const THEMES = { auto: ["◐", N_("as the page")], light: ["☀\uFE0E", N_("light")], dark: ["☾\uFE0E", N_("dark")] };

function displayOf(p, v) {
  const { scale, theme } = p.display;
  const at = SCALES.indexOf(scale);
  const type = (by, label, text) => displayButton(p, `type${by}`, label, text, {
    act: () => p.show({ scale: SCALES[at + by] }),
    no: SCALES[at + by] ? "" : _("There is no other size."),
  });
  const next = { auto: "light", light: "dark", dark: "auto" }[theme];
  return h("div", { key: "display", class: "cp-display", role: "group", "aria-label": _("Display") },
    !p.fitted && [type(-1, _("Smaller type"), "A−"), type(1, _("Larger type"), "A+")],
    displayButton(p, "theme", _("Colors: {now}. Change to {next}", { now: _(THEMES[theme][1]), next: _(THEMES[next][1]) }), THEMES[theme][0], { act: () => p.show({ theme: next }) }),
    displayButton(p, "projector", _("Projector size"), "▣", { act: () => p.put("size", p.big ? "normal" : "projector"), pressed: p.big }),
    document.fullscreenEnabled && displayButton(p, "fullscreen", _("Full screen"), "⤢", { act: () => p.fullScreen(), pressed: p.full }),
    shareMenu(p, v),
    displayButton(p, "help", _("Help: keys and words"), "?", { act: () => openHelp(p, "help") }));
}

function displayButton(p, key, label, text, { act, no, pressed }) {
  return h("button", {
    type: "button", key, "data-key": key, class: "cp-button cp-icon", "aria-label": label, title: no || label,
    "aria-disabled": no ? "true" : null, "aria-pressed": pressed == null ? null : String(pressed), onclick: () => { if (!no) act(); },
  }, h("span", { "aria-hidden": "true" }, text));
}

// A browser can forbid a page to keep anything; the choice then lasts as long as the picture.
function keptDisplay(name) {
  const chosen = { scale: 1, theme: "auto" };
  try { Object.assign(chosen, JSON.parse(localStorage.getItem(`cp-teach-display:${name}`) || "{}")); } catch { /* as it begins */ }
  if (!SCALES.includes(chosen.scale)) chosen.scale = 1;
  if (!Object.hasOwn(THEMES, chosen.theme)) chosen.theme = "auto";
  return chosen;
}

function keepDisplay(name, chosen) {
  try { localStorage.setItem(`cp-teach-display:${name}`, JSON.stringify(chosen)); } catch { /* not kept */ }
}
