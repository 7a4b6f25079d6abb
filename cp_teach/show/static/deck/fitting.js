// Fits slides to the screen. A slide is laid out in a box of at least 1280 × 676 pixels, and the box is enlarged or reduced to
// the window: what fits on one projector fits on all. In a small window (a telephone) slides keep their size and scroll.
const fitting = (() => {
  const WIDE = 1280;
  const HIGH = 676; // a screen of 1280 × 720 without the bar
  const SMALL = 900;
  const LEAST = 0.35;
  const TYPE = 2; // a console is enlarged at most so far
  const stage = () => document.querySelector(".slides");
  const isPaging = () => document.documentElement.classList.contains("splitting");
  const isSmall = () => !isPaging() && (innerWidth < SMALL || matchMedia("print").matches);
  const consolesOf = (slide) => [...slide.querySelectorAll('[data-cp-widget="console"]')];
  const over = (slide) => slide.scrollHeight - slide.clientHeight > 1 || slide.scrollWidth - slide.clientWidth > 1;
  const zoomOf = (el) => Number(el.style.zoom) || 1;
  const frame = () => new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 50); });

  // The box of all slides, in pixels of its own. While slides are split it is the smallest one.
  function fitStage() {
    const { style } = stage();
    const paging = isPaging();
    document.documentElement.dataset.stage = isSmall() ? "small" : "fitted";
    if (isSmall()) { style.cssText = ""; return; }
    const bar = document.querySelector(".bar")?.offsetHeight || 44;
    const zoom = paging ? 1 : Math.min(innerWidth / WIDE, (innerHeight - bar) / HIGH);
    style.width = `${paging ? WIDE : innerWidth / zoom}px`;
    style.height = `${paging ? HIGH : (innerHeight - bar) / zoom}px`;
    style.zoom = zoom;
  }

  // Reduces a slide whose parts do not fit, all of it at once.
  function fitSheet(slide) {
    const sheet = slide.querySelector(".sheet");
    if (!sheet) return;
    sheet.style.zoom = "";
    for (let zoom = 0.97; over(slide) && zoom > LEAST; zoom -= 0.03) sheet.style.zoom = zoom;
  }

  // The free height for the consoles of a slide, if the other parts keep theirs.
  function room(slide, all) {
    const used = all.reduce((sum, one) => sum + one.getBoundingClientRect().height, 0);
    const sheet = slide.querySelector(".sheet").getBoundingClientRect();
    const style = getComputedStyle(slide);
    const scale = slide.getBoundingClientRect().height / slide.offsetHeight;
    const inner = slide.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    return { used: used / scale, free: inner - (sheet.height - used) / scale };
  }

  // Enlarges or reduces the consoles of a slide until they fill it. A console chooses its own layout for the width that it gets,
  // one frame later, so that this takes some frames. `grow` is false while a person acts: a console that changes its size with
  // every step is hard to follow.
  async function fitConsoles(slide, grow) {
    const all = consolesOf(slide);
    const sheet = slide.querySelector(".sheet");
    if (!all.length || !sheet) return;
    sheet.style.zoom = "";
    let best = 0;
    let low = LEAST;
    let high = grow ? TYPE : zoomOf(all[0]);
    const put = (zoom) => { for (const one of all) one.style.zoom = zoom; };
    const fits = async (zoom) => {
      put(zoom);
      await frame();
      await frame();
      const { used, free } = room(slide, all);
      return used <= free + 0.5 && !over(slide);
    };
    if (!grow && await fits(high)) return;
    for (let turn = 0; turn < 7 && high - low > 0.02; turn += 1) {
      const zoom = turn ? (low + high) / 2 : high;
      if (await fits(zoom)) { best = zoom; low = zoom; if (!turn) break; } else high = zoom;
    }
    put(best || LEAST);
    await frame();
    await frame();
  }

  async function fit(slide, grow = true) {
    if (!slide) return;
    if (isSmall()) {
      for (const one of [...consolesOf(slide), slide.querySelector(".sheet")]) if (one) one.style.zoom = "";
      delete slide.dataset.fitted;
      return;
    }
    await fitConsoles(slide, grow);
    fitSheet(slide);
    if (grow) slide.dataset.fitted = stage().offsetHeight;
  }

  // Whether the box is higher than it was when the consoles of this slide were enlarged. A little is not worth a search.
  function hasMoreRoom(slide) { return stage().offsetHeight > 1.08 * Number(slide.dataset.fitted || 0); }

  // What a fold shows lies over the slide, and is reduced until it can be read without scrolling.
  function fitFold(fold) {
    const inside = fold.querySelector(":scope > .folded");
    if (!inside) return;
    inside.style.fontSize = "";
    for (let size = 0.95; fold.open && !isSmall() && inside.scrollHeight > inside.clientHeight + 1 && size > 0.5; size -= 0.05) inside.style.fontSize = `${size}em`;
  }

  return { fitStage, fit, fitFold, hasMoreRoom, over, isSmall, consolesOf, zoomOf };
})();
