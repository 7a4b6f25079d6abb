// The speaker's own window: notes, the clock and what comes next, while the deck is on the projector. It opens empty, so it
// may be written to from here, also from file://. slides.js follows this text.
const speakerView = (() => {
  let speaker = null;
  let began = 0;
  let ticking = 0;
  const slides = () => [...document.querySelectorAll(".slides > section")];
  const titled = (slide) => slide?.querySelector("h1, h2, h3")?.textContent.trim() || "Without a heading";
  const here = () => speaker && !speaker.closed;
  const put = (id, ...what) => speaker.document.getElementById(id).replaceChildren(...what);

  const tick = () => {
    if (!here()) { clearInterval(ticking); return; }
    const passed = Math.floor((Date.now() - began) / 1000);
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    put("clock", `${time} · ${Math.floor(passed / 60)}:${String(passed % 60).padStart(2, "0")} since you began`);
  };

  const tell = () => {
    if (!here()) return;
    const all = slides();
    const at = all.indexOf(Reveal.getCurrentSlide());
    put("place", `${at + 1} / ${all.length}`);
    put("now", titled(all[at]));
    put("next", all[at + 1] ? titled(all[at + 1]) : "the end");
    const notes = [...all[at].querySelectorAll("aside.notes")].map((one) => speaker.document.importNode(one, true));
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
    speaker = window.open("", "_blank", "width=700,height=800");
    if (!speaker) return false;
    const there = speaker.document;
    there.title = `Speaker view: ${document.title}`;
    there.documentElement.lang = document.documentElement.lang;
    for (const style of document.querySelectorAll("head style")) there.head.append(there.importNode(style, true));
    there.body.className = "speaker";
    there.body.innerHTML =
      '<main><p><b id="place"></b> <span id="clock"></span></p><h1 id="now"></h1>' +
      '<div id="notes" role="region" aria-label="Notes" aria-live="polite"></div><p class="next">Next: <b id="next"></b></p>' +
      '<p><button type="button" data-to="prev">‹ Back</button> <button type="button" data-to="next">Next ›</button></p></main>';
    for (const button of there.querySelectorAll("button")) button.onclick = () => Reveal[button.dataset.to]();
    there.addEventListener("keydown", turned);
    began = Date.now();
    ticking = setInterval(tick, 1000);
    tell();
    return true;
  };
  addEventListener("pagehide", () => speaker?.close());
  return { open, tell };
})();
