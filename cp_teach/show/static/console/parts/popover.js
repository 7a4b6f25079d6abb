// Popovers: what opens over the picture instead of pushing it: menus, forms, and what would be too long for its line. It is in the
// document behind its opener, so that Tab goes from one to the other, and on the screen below it, inside the console.

function popover(p, name, label, ...kids) {
  if (!isOpen(p, name)) return null;
  return h("div", { key: `pop:${name}`, class: "cp-pop", role: "group", "data-menu": name, "data-pop": `open:${name}`, "aria-label": label }, kids, hint(p, name));
}

// An opener with what it opens.
function menu(p, name, label, text, kind, ...kids) {
  return [opener(p, name, label, text, kind), popover(p, name, label, ...kids)];
}

// A popover stays inside the console: it must not make the page longer. A console in a deck can be scaled, so lengths on the
// screen are turned into those of the style sheet.
function placePopover(p) {
  const el = p.root.querySelector("[data-pop]");
  const from = el && p.find(el.dataset.pop);
  if (!from) return;
  const frame = p.root.getBoundingClientRect();
  const scale = frame.width / p.root.offsetWidth || 1;
  const at = from.getBoundingClientRect();
  const base = el.offsetParent.getBoundingClientRect(); // the console, or what a page around it made of a part
  el.style.maxHeight = `${p.root.clientHeight - 12}px`;
  const { width, height } = { width: el.offsetWidth, height: el.offsetHeight };
  const [left, top, bottom] = [(at.left - frame.left) / scale, (at.top - frame.top) / scale, (at.bottom - frame.top) / scale];
  const room = { x: p.root.clientWidth - width - 6, y: p.root.clientHeight - height - 6 };
  const below = bottom + 4;
  const shift = { x: (base.left - frame.left) / scale + el.offsetParent.clientLeft, y: (base.top - frame.top) / scale + el.offsetParent.clientTop };
  el.style.left = `${Math.max(6, Math.min(left, room.x)) - shift.x}px`;
  el.style.top = `${Math.max(6, below <= room.y ? below : top - height - 4 >= 6 ? top - height - 4 : room.y) - shift.y}px`;
}

// A click beside a popover closes it, as Escape does; the click itself does what it does. A refusal that covers a part of the
// picture goes with the next click, too.
function closeOutside(p, event) {
  const covered = p.ui.hint?.place === "now" || (p.view.notice && p.ui.read !== p.view.said?.n);
  if (covered && event.composedPath().includes(p.root)) {
    if (p.ui.hint?.place === "now") p.ui.hint = null;
    p.ui.read = p.view.said?.n;
    setTimeout(() => p.draw());
  }
  if (!p.ui.open) return;
  const el = p.root.querySelector("[data-pop]");
  const path = event.composedPath();
  const from = el && p.find(el.dataset.pop);
  if (el && (path.includes(el) || path.includes(from))) return;
  p.ui.open = "";
  // The control under the pointer must still be there when the click arrives.
  setTimeout(() => p.draw());
}
