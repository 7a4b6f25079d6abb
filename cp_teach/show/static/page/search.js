// Search in a book without a network. Each page holds the words of all of them, packed; they are unpacked at the first search.
(() => {
  const packed = document.getElementById("cp-index");
  const tools = document.querySelector(".tools");
  if (!packed || !tools) return;
  const MOST = 12;
  let sections = null;

  async function unpack() {
    const bytes = Uint8Array.from(atob(packed.textContent.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const { files, sections: rows } = JSON.parse(await new Response(stream).text());
    // Accents and capitals do not matter. The plain text has as many letters as the shown one, so that a find can be marked.
    const plain = (text) => [...text].map((letter) => letter.normalize("NFD")[0].toLowerCase()).join("");
    return rows.map(([at, anchor, heading, text]) => {
      const [file, title] = files[at];
      return { file, title, anchor, heading, text: [...text].join(""), plainHeading: plain(`${title} ${heading}`), plainText: plain(text) };
    });
  }

  // Every word must be there; words in headings and at the beginning of a word count more.
  function find(query) {
    const words = [...new Set(query.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().split(/\s+/).filter(Boolean))];
    const found = [];
    for (const section of sections) {
      let score = 0;
      for (const word of words) {
        const inHeading = section.plainHeading.indexOf(word);
        const inText = section.plainText.indexOf(word);
        if (inHeading < 0 && inText < 0) { score = 0; break; }
        const begins = (text, at) => at >= 0 && !/[\p{L}\p{N}]/u.test(text[at - 1] || " ");
        score += (inHeading >= 0 ? 8 : 0) + (begins(section.plainHeading, inHeading) ? 8 : 0) + (inText >= 0 ? 1 : 0) + (begins(section.plainText, inText) ? 2 : 0);
      }
      if (score) found.push({ ...section, score, at: Math.max(0, section.plainText.indexOf(words[0])), words });
    }
    return found.sort((one, other) => other.score - one.score);
  }

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  function snippet({ text, plainText, at, words }) {
    const from = Math.max(0, text.lastIndexOf(" ", Math.max(0, at - 50)));
    const cut = text.slice(from, from + 170);
    const plain = plainText.slice(from, from + 170);
    const line = make("span", { class: "snippet" }, from ? "… " : "");
    let done = 0;
    while (done < cut.length) {
      const next = words.map((word) => [plain.indexOf(word, done), word]).filter(([place]) => place >= 0).sort(([one], [other]) => one - other)[0];
      if (!next) break;
      line.append(cut.slice(done, next[0]), make("mark", {}, cut.slice(next[0], next[0] + next[1].length)));
      done = next[0] + next[1].length;
    }
    line.append(cut.slice(done), from + 170 < text.length ? " …" : "");
    return line;
  }

  const input = make("input", { type: "search", placeholder: "Search", "aria-label": "Search in the book", "aria-keyshortcuts": "/", autocomplete: "off" });
  const status = make("p", { role: "status", class: "count" });
  const list = make("ol");
  const results = make("div", { class: "results", hidden: "" }, status, list);
  const box = make("search", {}, input, results);
  tools.prepend(box);

  async function search() {
    const query = input.value.trim();
    results.hidden = !query;
    if (!query) return;
    sections ??= await unpack();
    if (query !== input.value.trim()) return; // another letter was typed meanwhile
    const found = find(query);
    status.textContent = found.length ? `${found.length} ${found.length === 1 ? "place" : "places"}${found.length > MOST ? `, the best ${MOST} first` : ""}` : `Nothing is found for “${query}”.`;
    list.replaceChildren(...found.slice(0, MOST).map((one) => make("li", {}, make("a", { href: `${one.file}${one.anchor ? `#${encodeURIComponent(one.anchor)}` : ""}` },
      make("b", {}, one.heading && one.heading !== one.title ? `${one.title}: ${one.heading}` : one.title), snippet(one)))));
  }
  const close = () => { results.hidden = true; };
  input.addEventListener("input", search);
  input.addEventListener("focus", search);
  box.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { close(); input.focus(); close(); }
    else if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    else if (event.key === "ArrowUp" && at >= 0) { event.preventDefault(); (links[at - 1] || input).focus(); }
    else if (event.key === "Enter" && at < 0 && links.length) { event.preventDefault(); links[0].click(); }
  });
  list.addEventListener("click", close);
  addEventListener("pointerdown", (event) => { if (!box.contains(event.target)) close(); });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, .cp-alive")) return;
    event.preventDefault();
    input.focus();
  });
})();
