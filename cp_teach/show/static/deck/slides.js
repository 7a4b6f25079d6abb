// Starts the deck: splits and fits its slides, then lets reveal.js turn them. The looks are in slides.css.
(async () => {
  const bar = document.createElement("nav");
  bar.className = "bar";
  bar.setAttribute("aria-label", "Slides");
  bar.innerHTML =
    '<button type="button" data-to="prev"><span aria-hidden="true">‹ </span>Back</button>' +
    '<span class="count"></span>' +
    '<button type="button" data-to="notes" aria-pressed="false" hidden>Notes</button>' +
    '<button type="button" data-to="speaker">Speaker view</button>' +
    '<button type="button" data-to="dark" aria-pressed="false">Dark</button>' +
    '<button type="button" data-to="screen" aria-pressed="false">Full screen</button>' +
    '<button type="button" data-to="keys">Keys</button>' +
    '<button type="button" data-to="next">Next<span aria-hidden="true"> ›</span></button>';
  document.body.append(bar);
  const button = (name) => bar.querySelector(`[data-to="${name}"]`);
  const current = () => Reveal.getCurrentSlide();
  const press = (name, on) => button(name).setAttribute("aria-pressed", String(on));

  // Space and Enter are for the focused control; in a widget every key is.
  const own = (target) => target.closest?.(".cp-alive, input, select, textarea, [contenteditable]");
  const pressed = (target) => target.closest?.("a[href], button, summary");
  const scrolls = (slide) => slide && slide.scrollHeight > slide.clientHeight + 1;
  const keys = (event) => {
    if (own(event.target)) return false;
    if (pressed(event.target) && (event.key === " " || event.key === "Enter")) return false;
    // In a small window a long slide scrolls: Up and Down scroll it.
    if (["ArrowUp", "ArrowDown"].includes(event.key) && scrolls(current())) {
      current().scrollBy({ top: (event.key === "ArrowDown" ? 1 : -1) * innerHeight * 0.3 });
      return false;
    }
    return true;
  };

  const refresh = () => {
    const slide = current();
    for (const one of document.querySelectorAll(".slides > section")) {
      if (one === slide && scrolls(one)) { one.tabIndex = 0; one.setAttribute("aria-label", "Slide"); one.setAttribute("role", "group"); }
      else { one.removeAttribute("tabindex"); one.removeAttribute("aria-label"); one.removeAttribute("role"); }
    }
    const at = Reveal.getSlidePastCount();
    bar.querySelector(".count").textContent = `${at + 1} / ${Reveal.getTotalSlides()}`;
    button("prev").setAttribute("aria-disabled", String(Reveal.isFirstSlide()));
    button("next").setAttribute("aria-disabled", String(Reveal.isLastSlide() && !Reveal.availableFragments().next));
    button("notes").hidden = !document.querySelector("aside.notes");
    press("dark", theme.isDark());
    press("screen", Boolean(document.fullscreenElement));
    speakerView.tell();
  };

  const notes = () => {
    press("notes", document.body.classList.toggle("with-notes"));
    fitting.fit(current()).then(refresh);
  };
  const speak = () => {
    if (!speakerView.open() && !document.body.classList.contains("with-notes")) notes(); // the browser opened no window
  };
  const dark = () => { theme.toggle(); refresh(); };
  const screen = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.())?.catch(() => {});

  const acts = { prev: () => Reveal.prev(), next: () => Reveal.next(), notes, speaker: speak, dark, screen, keys: deckKeys.help };
  bar.addEventListener("click", (event) => acts[event.target.closest("button")?.dataset.to]?.());
  addEventListener("fullscreenchange", refresh);

  // Parts of a slide that change their size: a console with one more row, a question that was answered, an opened fold.
  let turned = null;
  const sizes = new ResizeObserver(() => { if (turned === current()) fitting.fit(turned, false).then(refresh); });
  const follow = async () => {
    turned = null;
    sizes.disconnect();
    refresh();
    const slide = current();
    await fitting.fit(slide, fitting.hasMoreRoom(slide));
    if (slide !== current()) return;
    turned = slide;
    for (const host of slide.querySelectorAll("[data-cp-widget]")) for (const part of host.shadowRoot?.children || []) sizes.observe(part);
    refresh();
  };
  const resized = () => { fitting.fitStage(); follow(); };

  // Widgets come to life before slides are split, so that both know how long the slides are.
  if (document.getElementById("cp-data") && !document.documentElement.dataset.alive) {
    await new Promise((done) => { addEventListener("cp-alive", done, { once: true }); setTimeout(done, 15000); });
  }
  await splitting.splitAll();
  // reveal.js would lay the deck out for its own paper; the style for print is ours.
  const asked = location.search;
  if (/print-pdf/.test(asked)) try { history.replaceState(null, "", location.pathname + asked.replace(/[?&]print-pdf[^&]*/, "") + location.hash); } catch { /* the address stays */ }
  await Reveal.initialize({
    hash: true, transition: "none", backgroundTransition: "none", disableLayout: true, scrollActivationWidth: 0, view: null,
    controls: false, progress: true, overview: false, center: false, help: false, keyboardCondition: keys,
    // S is reveal.js's key for the speaker view; N means notes here, not "next"; "?" shows the keys (keys.js)
    keyboard: { 68: dark, 70: screen, 78: notes, 83: speak, 191: null, 27: () => Reveal.isPaused() && Reveal.togglePause(false) },
  });
  // reveal.js calls the deck an application, which would keep the reading keys of a screen reader from working.
  document.querySelector(".reveal").removeAttribute("role");
  fitting.fitStage();
  await follow();
  Reveal.on("slidechanged", follow);
  for (const name of ["fragmentshown", "fragmenthidden"]) Reveal.on(name, refresh);
  addEventListener("resize", resized);
  document.querySelector(".slides").addEventListener("toggle", (event) => fitting.fitFold(event.target), true);
  document.documentElement.dataset.ready = "true";
})();
