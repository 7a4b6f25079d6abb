// The speaker's own window: the present and the next slide, notes, and the clock, while the deck is on the projector. It opens empty, so it
// may be written to from here, also from file://. slides.js follows this text.
const speakerView = (() => {
  let speaker = null;
  let began = 0;
  let ticking = 0;
  const slides = () => [...document.querySelectorAll(".slides > section")];
  const titled = (slide) => slide?.querySelector("h1, h2, h3")?.textContent.trim() || "Without a heading";
  const here = () => speaker && !speaker.closed;
  const put = (id, ...what) => speaker.document.getElementById(id).replaceChildren(...what);

  let shown = [];
  const preview = (all, at) => {
    const pictures = [previews.state(all[at]), previews.state(all[at + 1])];
    [["present", all[at]], ["following", all[at + 1]]].forEach(([id, slide], which) => {
      if (shown[2 + which] === slide && shown[which] === pictures[which]) return;
      previews.put(speaker.document.getElementById(id), slide);
    });
    shown = [...pictures, all[at], all[at + 1]];
  };

  // A slide that goes on with the one before has its notes.
  const notesOf = (all, at) => {
    for (let each = at; each >= 0; each -= 1) {
      const notes = [...all[each].querySelectorAll("aside.notes")];
      if (notes.length || !all[each].querySelector("h2.again")) return notes;
    }
    return [];
  };

  const tick = () => {
    if (!here()) { clearInterval(ticking); return; }
    const passed = Math.floor((Date.now() - began) / 1000);
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    put("clock", `${time} · ${Math.floor(passed / 60)}:${String(passed % 60).padStart(2, "0")} since you began`);
    const all = slides();
    preview(all, all.indexOf(Reveal.getCurrentSlide())); // its console may have moved on
  };

  const tell = () => {
    if (!here()) return;
    const all = slides();
    const at = all.indexOf(Reveal.getCurrentSlide());
    put("place", `${at + 1} / ${all.length}`);
    put("now", titled(all[at]));
    put("next", all[at + 1] ? titled(all[at + 1]) : "the end");
    const notes = notesOf(all, at).map((one) => speaker.document.importNode(one, true));
    put("notes", ...(notes.length ? notes : ["No notes for this slide."]));
    tick();
  };

  const turned = (event) => {
    const to = { ArrowRight: "next", PageDown: "next", ArrowLeft: "prev", PageUp: "prev" }[event.key];
    const space = event.key === " " && !event.target.closest("button") && "next";
    if (to || space) { event.preventDefault(); Reveal[to || space](); }
  };

  // Whether the window is open; a browser may refuse to open one.
  const open = () => {
    if (here()) { speaker.focus(); return true; }
    speaker = window.open("", "_blank", "width=1100,height=800");
    if (!speaker) return false;
    const there = speaker.document;
    there.title = `Speaker view: ${document.title}`;
    there.documentElement.lang = document.documentElement.lang;
    for (const style of document.querySelectorAll("head style")) there.head.append(there.importNode(style, true));
    Object.assign(there.documentElement.dataset, { ready: "true", stage: "fitted" }); // its previews have the style of the deck
    there.body.className = "speaker";
    there.body.innerHTML =
      '<main><p><b id="place"></b> <span id="clock"></span></p>' +
      '<div class="pair"><div><h1 id="now"></h1><div id="present" class="preview" role="img" aria-label="This slide"></div></div>' +
      '<div><p class="next">Next: <b id="next"></b></p><div id="following" class="preview" role="img" aria-label="The next slide"></div></div></div>' +
      '<div id="notes" role="region" aria-label="Notes" aria-live="polite"></div>' +
      '<p><button type="button" data-to="prev">‹ Back</button> <button type="button" data-to="next">Next ›</button></p></main>';
    for (const button of there.querySelectorAll("button")) button.onclick = () => Reveal[button.dataset.to]();
    there.addEventListener("keydown", turned);
    speaker.addEventListener("resize", () => { shown = []; tick(); });
    there.documentElement.style.colorScheme = document.documentElement.style.colorScheme;
    shown = [];
    began = Date.now();
    ticking = setInterval(tick, 1000);
    tell();
    return true;
  };
  addEventListener("pagehide", () => speaker?.close());
  return { open, tell };
})();
