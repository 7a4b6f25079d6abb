// Mounts the widgets of a page. Each gets a shadow root, because reveal.js would treat a <section> in a widget as a slide,
// and because the styles of the page must not reach the widget.

// {"$": 7} stands for pool[7]; each is unpacked once and then shared.
function unpacker(pool) {
  const known = new Map();
  const unpack = (part) => {
    if (Array.isArray(part)) return part.map(unpack);
    if (!part || typeof part !== "object") return part;
    if ("$" in part) {
      if (!known.has(part.$)) known.set(part.$, unpack(pool[part.$]));
      return known.get(part.$);
    }
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, unpack(value)]));
  };
  return unpack;
}

async function inflated(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

const sheets = new Map();
function sheet(name) {
  if (!sheets.has(name)) {
    const style = new CSSStyleSheet();
    style.replaceSync(document.getElementById(`cp-style-${name}`).textContent);
    sheets.set(name, style);
  }
  return sheets.get(name);
}

// A widget is light or dark with the page, whose button may differ from the system; a console can have its own choice. On paper
// the still picture takes its place.
const OF_PAGE = `
  .cp-widget:not([data-theme="light"], [data-theme="dark"]) { color-scheme: inherit; }
  @media screen { slot { display: none; } }
  @media print { .cp-widget { display: none !important; } slot { display: block !important; } }
`;
// On a slide large type matters more than a long log, and what a page carries is told in docs and pages.
const OF_SLIDE = ".cp-console .cp-tabpanel { height: 5.4em; } .cp-carried { display: none; }";
const own = (text) => { const style = new CSSStyleSheet(); style.replaceSync(text); return style; };
const ofPage = own(OF_PAGE);
const ofSlide = own(OF_SLIDE);

// The still picture inside stays for readers without scripts; the shadow root shows it
// only on paper.
function shadowRoot(place, ...styles) {
  const root = place.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [...styles.map(sheet), ofPage, ...(place.closest(".slides") ? [ofSlide] : [])];
  root.append(document.createElement("slot"));
  return root;
}

const mounts = {};

mounts.console = (place, data) => {
  const shown = data.shown[Number(place.dataset.number)];
  const model = new Replay(data.recordings[Number(place.dataset.recording)], Number(place.dataset.at), data.graphs, data.rules, shown);
  render({ model, el: shadowRoot(place, "console") });
  place.model = model;
};

const drawConsole = render; // a widget that holds a console draws it with this

async function enliven() {
  const packed = await inflated("cp-data");
  learnWords(packed.words || {});
  const unpack = unpacker(packed.pool);
  const recordings = unpack(packed.recordings);
  const shown = unpack(packed.shown || []);
  const graphs = packed.atlases.map((graph) => new StateGraph(graph, packed.rules));
  const data = { ...packed, recordings, shown, graphs };
  for (const place of document.querySelectorAll("[data-cp-widget]")) mounts[place.dataset.cpWidget]?.(place, data);
  document.documentElement.dataset.alive = "true";
  dispatchEvent(new Event("cp-alive"));
}
