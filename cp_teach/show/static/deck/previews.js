// A small copy of a slide for the speaker's window, with its consoles as they are at this moment.
const previews = (() => {
  const styles = () => [...document.querySelectorAll("head style")].map((one) => one.textContent).join("\n");

  function copyShadow(from, to) {
    const hosts = (root) => [...root.querySelectorAll("[data-cp-widget]")];
    const copies = hosts(to);
    hosts(from).forEach((host, at) => {
      if (!host.shadowRoot) return;
      const root = copies[at].attachShadow({ mode: "open" });
      const style = to.ownerDocument.createElement("style");
      style.textContent = host.shadowRoot.adoptedStyleSheets.map((sheet) => [...sheet.cssRules].map((rule) => rule.cssText).join("\n")).join("\n");
      root.append(style, ...[...host.shadowRoot.childNodes].map((node) => to.ownerDocument.importNode(node, true)));
    });
  }

  // What the copy shows; another text means that the copy is out of date.
  const state = (slide) => (slide ? [...slide.querySelectorAll("[data-cp-widget]")].map((host) => host.shadowRoot?.innerHTML || "").join("") + slide.querySelectorAll(".fragment.visible").length : "");

  function put(place, slide) {
    place.replaceChildren();
    if (!slide) return;
    const stage = document.querySelector(".slides");
    const box = place.ownerDocument.createElement("div");
    box.className = "reveal";
    const slides = place.ownerDocument.createElement("div");
    slides.className = "slides";
    const copy = place.ownerDocument.importNode(slide, true);
    copyShadow(slide, copy);
    copy.className = "present";
    copy.removeAttribute("hidden");
    copy.removeAttribute("aria-hidden");
    copy.style.display = "block";
    for (const notes of copy.querySelectorAll("aside.notes")) notes.remove();
    slides.append(copy);
    box.append(slides);
    const width = parseFloat(stage.style.width) || 1280;
    const height = parseFloat(stage.style.height) || 676;
    slides.style.cssText = `width: ${width}px; height: ${height}px; zoom: ${place.clientWidth / width}`;
    place.style.height = `${place.clientWidth * height / width}px`;
    place.inert = true;
    place.append(box);
  }
  return { put, state, styles };
})();
