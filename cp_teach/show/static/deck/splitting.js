// Splits slides that are longer than the screen: between two blocks, and if a single block is too long, between two rows of a
// table, two items of a list, or two lines of code. The parts have the heading of the first one, with a number.
const splitting = (() => {
  const SHRINK = 0.88; // a slide that is only a little too long is reduced rather than split
  const CONSOLE = 450; // the height that is kept for a console, which fits itself into what is left
  const sheetOf = (slide) => slide.querySelector(":scope > .sheet");
  const over = (slide) => slide.scrollHeight - slide.clientHeight > 1;

  // -- the blocks of a slide: what may stand on a slide of its own ---------------------------------------------------------
  function blocksOf(sheet) {
    const found = [];
    for (const part of sheet.children) {
      if (part.matches("aside.notes, h2.again")) continue;
      if (part.matches(".text, .cell")) found.push(...[...part.children].map((child) => ({ child, part })));
      else if (part.matches(".fragment")) for (const inner of part.children) found.push(...[...inner.children].map((child) => ({ child, part: inner, fragment: part })));
    }
    return found;
  }

  // A block in the same kind of part as before: a cell, a text, a fragment.
  function place(sheet, { child, part, fragment }, last) {
    if (last.part !== part) {
      last.part = part;
      last.copy = part.cloneNode(false);
      last.top = fragment ? fragment.cloneNode(false) : last.copy;
      if (fragment) last.top.append(last.copy);
      sheet.append(last.top);
    }
    last.copy.append(child);
  }

  function remove(last) { if (!last.copy.childElementCount) { last.top.remove(); last.part = null; } }

  function heading(first) {
    const own = sheetOf(first).querySelector("h1, h2, h3, h4");
    const copy = document.createElement("h2");
    copy.className = "again";
    if (own) copy.append(...[...own.cloneNode(true).childNodes]);
    return copy;
  }

  function follower(first) {
    const slide = first.cloneNode(false);
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    sheet.append(heading(first));
    slide.append(sheet);
    return slide;
  }

  // -- a block that is too long by itself --------------------------------------------------------------------------------
  // Moves as many of `parts` from `from` into `to` as fit on the slide; at least one.
  function fill(slide, parts, to) {
    let count = 0;
    for (const part of parts) {
      to.append(part);
      if (over(slide) && count > 0) return [count, part];
      count += 1;
    }
    return [count, null];
  }

  // The parts are of about the same size: the last one is not a single row.
  const even = (all, fitting) => Math.min(fitting, Math.ceil(all / Math.ceil(all / fitting)));

  // Cuts `child`, which stands at the end of its slide, and returns the rest as a block for the next slide, or null.
  function cut(slide, child) {
    if (child.matches("ol, ul")) return cutList(slide, child);
    if (child.matches("pre")) return cutLines(slide, child);
    const table = child.matches(".wide, .rich") && child.querySelectorAll("table").length === 1 && child.querySelector("table");
    if (table && !table.querySelector("tbody [rowspan]") && table.tBodies[0]?.rows.length > 3) return cutTable(slide, child, table);
    return null;
  }

  function cutList(slide, list) {
    const items = [...list.children];
    const rest = list.cloneNode(false);
    const start = Number(list.getAttribute("start") || 1);
    list.replaceChildren();
    const [most, left] = fill(slide, items, list);
    if (!left) return null;
    const count = even(items.length, most);
    rest.append(...items.slice(count));
    if (list.matches("ol")) rest.setAttribute("start", String(start + count));
    return rest;
  }

  function cutTable(slide, child, table) {
    const rows = [...table.tBodies[0].rows];
    table.tBodies[0].replaceChildren();
    const rest = child.cloneNode(true);
    const [most, left] = fill(slide, rows, table.tBodies[0]);
    if (!left) return null;
    rest.querySelector("tbody").append(...rows.slice(even(rows.length, most)));
    return rest;
  }

  // Pygments closes its elements at the end of every line, so lines can be cut.
  function cutLines(slide, pre) {
    const box = pre.querySelector("code") || pre;
    const lines = box.innerHTML.split("\n");
    let [low, high] = [1, lines.length];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      box.innerHTML = lines.slice(0, middle).join("\n");
      if (over(slide)) high = middle - 1; else low = middle;
    }
    if (low >= lines.length) { box.innerHTML = lines.join("\n"); return null; }
    const most = even(lines.length, low);
    const blank = lines.slice(0, low).lastIndexOf("");
    const at = blank > most * 0.6 ? blank + 1 : most; // better between two functions than in one
    const rest = pre.cloneNode(true);
    box.innerHTML = lines.slice(0, at).join("\n").trimEnd();
    (rest.querySelector("code") || rest).innerHTML = lines.slice(at).join("\n");
    return rest;
  }

  // -- a slide --------------------------------------------------------------------------------------------------------------
  // A table or a formula that is wider than its box is reduced; code is wrapped.
  function narrow(root) {
    for (const box of root.querySelectorAll(".wide, .rich, pre, math[display='block']")) {
      if (!box.checkVisibility() || box.scrollWidth <= box.clientWidth + 1) continue;
      if (box.matches("pre")) { box.classList.add("wrapped"); continue; }
      const inside = box.matches("math") ? [box] : [...box.children];
      const zoom = Math.max(0.4, box.clientWidth / box.scrollWidth - 0.005);
      for (const one of inside) one.style.zoom = zoom;
    }
  }

  // Code that takes the room from a chart or a large table is folded, as the code of a console is.
  function foldCode(slide) {
    for (const code of [...slide.querySelectorAll(".cell > pre.code")].reverse()) {
      const output = [...code.parentElement.children].find((one) => one.matches(".rich") && (one.querySelector("svg, img") || one.offsetHeight > 250));
      if (!over(slide)) return;
      if (!output) continue;
      const fold = document.createElement("details");
      fold.className = "fold";
      fold.innerHTML = "<summary>Show the code</summary>";
      code.replaceWith(fold);
      fold.append(code);
      wrapFold(fold);
    }
  }

  // A heading, or a sentence that leads to what follows, must not be the last thing on a slide.
  const leads = (child) => child.matches("h1, h2, h3, h4") || (child.matches("p") && /:$/.test(child.textContent.trim()));

  function split(first) {
    const notes = [...sheetOf(first).querySelectorAll(":scope > aside.notes")];
    const slides = [first];
    narrow(first);
    if (!over(first)) return slides;
    const { style } = sheetOf(first);
    style.zoom = SHRINK;
    const little = !over(first);
    style.zoom = "";
    if (little) return slides;
    foldCode(first);
    if (!over(first)) return slides;
    const again = sheetOf(first).querySelector(":scope > h2.again");
    const queue = blocksOf(sheetOf(first));
    sheetOf(first).replaceChildren(...[again].filter(Boolean));
    let slide = first;
    let last = {};
    let count = 0;
    const next = () => {
      const fresh = follower(first);
      slide.after(fresh);
      slide.classList.remove("paged");
      fresh.classList.add("paged");
      slides.push(fresh);
      [slide, last, count] = [fresh, {}, 0];
    };
    while (queue.length) {
      const block = queue.shift();
      const { child } = block;
      const own = child.matches("h1, h2, h3, h4") && slide !== first && sheetOf(slide).childElementCount === 1 && sheetOf(slide).querySelector(":scope > h2.again");
      if (own) own.remove(); // it has a heading of its own
      place(sheetOf(slide), block, last);
      if (!over(slide)) { count += 1; continue; }
      // One block alone (below its heading): cut it, or leave it to be reduced.
      const before = [...sheetOf(slide).querySelectorAll(".text > *, .cell > *")].filter((one) => one !== child && !leads(one));
      if (!before.length || child.matches("ol, ul, pre") || child.matches(".wide")) {
        const fixed = slide.clientHeight - 160;
        const space = fixed - (child.offsetTop - sheetOf(slide).offsetTop);
        const worth = !before.length || (space > 200 && child.offsetHeight > 330);
        const rest = worth ? cut(slide, child) : null;
        if (rest) { queue.unshift({ ...block, child: rest }); next(); continue; }
        if (!before.length) { if (queue.length) next(); continue; }
      }
      const moved = [block];
      child.remove();
      remove(last);
      // what leads to the block goes with it
      for (;;) {
        const all = blocksOf(sheetOf(slide));
        const end = all.at(-1);
        if (!end || all.length < 2 || !leads(end.child)) break;
        moved.unshift(end);
        end.child.remove();
        if (!end.part.childElementCount) (end.fragment || end.part).remove();
      }
      next();
      queue.unshift(...moved);
    }
    sheetOf(first).append(...notes);
    return slides;
  }

  // "Artifacts", "Artifacts (2)": slides that go on say so.
  function number() {
    let title = "";
    let at = 1;
    for (const slide of document.querySelectorAll(".slides > section")) {
      const again = sheetOf(slide)?.querySelector(":scope > h2.again");
      if (again) {
        at = again.textContent.trim() === title ? at + 1 : 2;
        title = again.textContent.trim();
        const span = document.createElement("span");
        span.className = "part";
        span.textContent = ` (${at})`;
        again.append(span);
      }
      const all = [...(sheetOf(slide)?.querySelectorAll("h1, h2, h3, h4") || [])].filter((one) => one !== again && !one.closest("aside"));
      if (all.length) { title = all.at(-1).textContent.trim(); at = 1; }
    }
  }

  // What a fold hides is opened over the slide (slides.css).
  function wrapFold(fold) {
    const inside = document.createElement("div");
    inside.className = "folded";
    inside.append(...[...fold.childNodes].filter((node) => node.nodeName !== "SUMMARY"));
    fold.append(inside);
  }

  // The button of the only code of a slide is beside the heading, where it takes no room.
  function cornerFold(slide) {
    const folds = slide.querySelectorAll("details.fold");
    for (const fold of folds) fold.classList.toggle("corner", folds.length === 1);
  }

  // Where there is room, code and tables are as large as the text.
  function enlarge(slide) {
    if (slide.querySelector("[data-cp-widget]")) return;
    slide.classList.add("roomy");
    const cut = [...slide.querySelectorAll(".wide, .rich, pre")].some((box) => box.scrollWidth > box.clientWidth + 1);
    if (over(slide) || cut) slide.classList.remove("roomy");
  }

  // All slides, each alone in a box of the smallest projector; then the consoles in it, all at the same time.
  async function splitAll() {
    const root = document.documentElement;
    root.classList.add("splitting");
    fitting.fitStage();
    for (const fold of document.querySelectorAll(".sheet details")) wrapFold(fold);
    for (const slide of [...document.querySelectorAll(".slides > section")]) {
      slide.classList.add("paged");
      const consoles = fitting.consolesOf(slide);
      cornerFold(slide);
      for (const one of consoles) one.style.cssText = `height: ${CONSOLE / consoles.length}px; overflow: hidden`;
      const parts = split(slide);
      for (const one of parts) one.classList.remove("paged");
      for (const one of parts) { one.classList.add("paged"); enlarge(one); one.classList.remove("paged"); }
      for (const one of consoles) one.style.cssText = "";
    }
    for (const slide of document.querySelectorAll(".slides > section")) cornerFold(slide);
    number();
    const withConsole = [...document.querySelectorAll(".slides > section")].filter((slide) => fitting.consolesOf(slide).length);
    for (const slide of withConsole) slide.classList.add("paged");
    await Promise.all(withConsole.map((slide) => fitting.fit(slide)));
    for (const slide of withConsole) slide.classList.remove("paged");
    root.classList.remove("splitting");
  }
  return { splitAll };
})();
