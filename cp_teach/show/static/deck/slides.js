// Starts the deck. reveal.js turns the pages; the layout (a page that scrolls when it is long) is in slides.css.
(() => {
  // Space and Enter are for the focused control; in a replay every key is.
  const own = (target) => target.closest?.(".cp-alive, input, select, textarea, [contenteditable]");
  const pressed = (target) => target.closest?.("a[href], button, summary");

  const bar = document.createElement("nav");
  bar.className = "bar";
  bar.setAttribute("aria-label", "Slides");
  bar.innerHTML =
    '<button type="button" data-to="prev"><span aria-hidden="true">‹ </span>Back</button>' +
    '<span class="count"></span>' +
    '<button type="button" data-to="notes" aria-pressed="false" hidden>Notes</button>' +
    '<button type="button" data-to="speaker" hidden>Speaker view</button>' +
    '<button type="button" data-to="next">Next<span aria-hidden="true"> ›</span></button>';
  document.body.append(bar);
  const button = (name) => bar.querySelector(`[data-to="${name}"]`);
  const current = () => Reveal.getCurrentSlide();

  // A long slide scrolls: a keyboard can focus it, and Up and Down scroll it.
  const scrolls = (slide) => slide && slide.scrollHeight > slide.clientHeight + 1;
  const keys = (event) => {
    if (own(event.target)) return false;
    if (pressed(event.target) && (event.key === " " || event.key === "Enter")) return false;
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
    for (const name of ["notes", "speaker"]) button(name).hidden = !document.querySelector("aside.notes");
    speakerView.tell();
  };

  const notes = () => {
    const on = document.body.classList.toggle("with-notes");
    button("notes").setAttribute("aria-pressed", String(on));
    refresh();
  };

  const speak = () => {
    if (!speakerView.open() && !document.body.classList.contains("with-notes")) notes(); // the browser opened no window
  };

  bar.addEventListener("click", (event) => {
    const to = event.target.closest("button")?.dataset.to;
    if (to === "prev") Reveal.prev();
    if (to === "next") Reveal.next();
    if (to === "notes") notes();
    if (to === "speaker") speak();
  });

  Reveal.initialize({
    hash: true, transition: "none", backgroundTransition: "none", disableLayout: true, scrollActivationWidth: 0,
    controls: false, progress: true, overview: false, center: false, keyboardCondition: keys,
    keyboard: { 78: notes, 83: speak }, // S is reveal.js's key for the speaker view; N means notes here, not "next"
  }).then(() => {
    // reveal.js calls the deck an application, which would keep the reading keys of a screen reader from working.
    document.querySelector(".reveal").removeAttribute("role");
    refresh();
    for (const name of ["slidechanged", "fragmentshown", "fragmenthidden", "resize"]) Reveal.on(name, refresh);
    new ResizeObserver(refresh).observe(document.querySelector(".slides"));
    document.documentElement.dataset.ready = "true";
  });
})();
