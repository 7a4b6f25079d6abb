// A file of the picture as it is on the screen: SVG, which a browser shows, or PNG.

// Every rule for the classes of the console; a style sheet of a stranger cannot be read, and none of it is needed.
function consoleRules() {
  const rules = [];
  for (const sheet of [...document.styleSheets]) {
    try { for (const rule of sheet.cssRules) if (rule.cssText.includes(".cp-")) rules.push(rule.cssText); } catch { /* of another origin */ }
  }
  return rules.join("\n");
}

function pictureSvg(p) {
  const { offsetWidth: width, offsetHeight: height } = p.root;
  const style = getComputedStyle(p.root);
  const dark = style.colorScheme === "dark" || (style.colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  const copy = p.root.cloneNode(true);
  const fields = p.root.querySelectorAll("input"); // what a user chose is not in the text of an element
  copy.querySelectorAll("input").forEach((el, i) => el.setAttribute("value", fields[i].value));
  for (const el of copy.querySelectorAll("dialog, [popover], .cp-pop, .cp-sr")) el.remove();
  copy.dataset.theme = dark ? "dark" : "light";
  copy.style.width = `${width}px`;
  copy.style.fontFamily = style.fontFamily;
  const rules = document.createElement("style");
  rules.textContent = consoleRules();
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) svg.setAttribute(name, value);
  const frame = document.createElementNS("http://www.w3.org/2000/svg", "foreignObject");
  frame.setAttribute("width", "100%");
  frame.setAttribute("height", "100%");
  frame.append(rules, copy);
  svg.append(frame);
  return new XMLSerializer().serializeToString(svg);
}

async function picturePng(p) {
  const { offsetWidth: width, offsetHeight: height } = p.root;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(pictureSvg(p))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * 2; // sharp on a projector
  canvas.height = height * 2;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/png"); });
}
