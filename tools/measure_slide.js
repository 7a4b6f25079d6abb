// What is wrong with the slide that is shown: tools/measure_decks.py. What the box of a narrower element hides does not stick out.
() => {
  const slide = document.querySelector('.slides > section.present');
  const bar = document.querySelector('.bar')?.getBoundingClientRect();
  const box = slide.getBoundingClientRect();
  const bottom = Math.min(box.bottom, bar ? bar.top : innerHeight);
  const seen = (el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true });
  const faults = [];
  if (slide.scrollHeight > slide.clientHeight + 1) faults.push(`${slide.scrollHeight} px high in ${slide.clientHeight}`);
  if (slide.scrollWidth > slide.clientWidth + 1) faults.push(`${slide.scrollWidth} px wide in ${slide.clientWidth}`);
  let text = '', pictures = 0, headed = false;
  const walk = (el, clip) => {
    if (el.matches('aside.notes') || !seen(el)) return;
    if (/^H[1-4]$/.test(el.tagName) && el.textContent.trim() && !clip.shadow) headed = true;
    const rect = el.getBoundingClientRect();
    const inside = { left: Math.max(rect.left, clip.left), right: Math.min(rect.right, clip.right), top: Math.max(rect.top, clip.top), bottom: Math.min(rect.bottom, clip.bottom) };
    const drawn = inside.right > inside.left && inside.bottom > inside.top && rect.width > 2 && rect.height > 2;
    if (drawn && (inside.left < box.left - 1 || inside.right > box.right + 1 || inside.top < box.top - 1 || inside.bottom > bottom + 1)) {
      if (faults.length < 4) faults.push(`<${el.tagName.toLowerCase()} class="${el.className.baseVal ?? el.className}"> sticks out: ${[rect.left, rect.top, rect.right, rect.bottom].map(Math.round)}`);
    }
    if (el.matches('svg, img, canvas, math, input, button, progress')) pictures += 1;
    const style = getComputedStyle(el);
    const clips = (way) => way !== 'visible';
    const next = { ...clip };
    if (clips(style.overflowX)) { next.left = inside.left; next.right = inside.right; }
    if (clips(style.overflowY)) {
      next.top = inside.top; next.bottom = inside.bottom;
      if (el !== slide && style.overflowY !== 'clip' && el.scrollHeight > el.clientHeight + 2 && style.display !== 'inline' && !clip.shadow) faults.push(`<${el.tagName.toLowerCase()} class="${el.className}"> scrolls inside the slide: ${el.scrollHeight} in ${el.clientHeight}`);
    }
    if (el.tagName === 'svg') return;
    for (const node of (el.shadowRoot ?? el).childNodes) {
      if (node.nodeType === 3 && !el.closest('h1, h2, h3, h4')) text += node.data.trim();
      if (node.nodeType === 1) walk(node, el.shadowRoot ? { ...next, shadow: true } : next);
    }
  };
  const none = { left: -1e9, right: 1e9, top: -1e9, bottom: 1e9 };
  walk(slide, none);
  return { faults, headed, empty: text.length < 40 && !pictures, lives: Boolean(slide.querySelector('[data-cp-widget="console"]')) };
}
