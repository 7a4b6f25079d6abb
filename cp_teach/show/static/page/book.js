// A page of a book: light or dark, the place where a reader was, and answers that wait for a prediction.
(() => {
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const file = location.pathname.split("/").at(-1) || "index.html";
  const STORED = `cp-teach-book:${location.pathname.split("/").slice(0, -1).join("/")}`;
  const kept = () => { try { return JSON.parse(localStorage.getItem(STORED)) || {}; } catch { return {}; } };
  const keep = (places) => { try { localStorage.setItem(STORED, JSON.stringify(places)); } catch { /* the browser keeps nothing */ } };

  // -- light or dark --------------------------------------------------------------------------------------------------------
  const dark = make("button", { type: "button", class: "dark", "aria-pressed": String(theme.isDark()) }, "Dark");
  dark.addEventListener("click", () => dark.setAttribute("aria-pressed", String(theme.toggle())));
  document.querySelector(".tools")?.append(dark);

  // -- where was I ----------------------------------------------------------------------------------------------------------
  const headings = [...document.querySelectorAll("main :is(h1, h2, h3)[id]")];
  const links = new Map([...document.querySelectorAll(".outline a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const title = document.querySelector("h1")?.textContent || document.title;

  function here() {
    const passed = headings.filter((one) => one.getBoundingClientRect().top < innerHeight * 0.35);
    return passed.at(-1) || headings[0];
  }

  function follow() {
    const now = here();
    for (const [id, link] of links) if (now && id === now.id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    if (!now || scrollY < 200) return;
    const places = kept();
    const share = Math.min(1, (scrollY + innerHeight) / document.documentElement.scrollHeight);
    const before = places.pages?.[file]?.most || 0;
    places.pages = { ...places.pages, [file]: { anchor: now.id, heading: now.textContent, title, most: Math.max(before, share) } };
    places.last = file;
    keep(places);
  }

  const place = (name, { anchor, heading, title: of }, words) => make("p", { class: "goon" }, words, make("a", { href: `${name === file ? "" : name}#${encodeURIComponent(anchor)}` }, name === file || heading === of ? heading : `${of}: ${heading}`));

  const places = kept();
  if (headings.length && file !== "index.html") {
    const mine = places.pages?.[file];
    if (mine && !location.hash && mine.anchor !== headings[0].id) document.querySelector("main").prepend(place(file, mine, "Last time you were at "));
    let waits = 0;
    addEventListener("scroll", () => { clearTimeout(waits); waits = setTimeout(follow, 200); }, { passive: true });
    follow();
  }
  const contents = document.querySelector("ol.contents");
  if (contents) {
    if (places.pages?.[places.last]) contents.before(place(places.last, places.pages[places.last], "Go on where you were: "));
    for (const link of contents.querySelectorAll("h2 a")) {
      const { most = 0 } = places.pages?.[link.getAttribute("href")] || {};
      if (most) link.closest("li").querySelector(".more").append(most > 0.97 ? " · read" : ` · ${Math.round(100 * most)}% read`);
    }
  }

  // -- answers ----------------------------------------------------------------------------------------------------------------
  const answers = [...document.querySelectorAll("details.answer")];
  addEventListener("cp-alive", () => {
    for (const answer of answers) {
      const question = answer.previousElementSibling?.querySelector('[data-cp-widget="predict"]');
      question?.model?.on("change:revealed", () => { if (question.model.get("revealed")) answer.open = true; });
    }
  });
  const outline = document.querySelector(".outline details");
  if (outline && innerWidth < 1200) outline.open = false;
})();
