// A small virtual DOM: elements that are still there are kept, so focus, typed text and open lists survive a redraw.

const h = (tag, props, ...kids) => ({ tag, props: props || {}, kids: kids.flat(5).filter((k) => k != null && k !== false) });

function set(el, name, value) {
  if (name.startsWith("on")) el[name] = value || null;
  else if (name === "value" || name === "checked") { if (el[name] !== value) el[name] = value ?? ""; }
  else if (value == null || value === false) el.removeAttribute(name);
  else el.setAttribute(name, value === true ? "" : value);
}

function update(el, vnode) {
  const before = el.cpProps || {};
  for (const name in before) if (!(name in vnode.props)) set(el, name, null);
  for (const name in vnode.props) {
    const value = vnode.props[name];
    if (name !== "key" && name !== "initial" && (before[name] !== value || name === "value")) set(el, name, value);
  }
  el.cpProps = vnode.props;
  children(el, vnode.kids);
}

function create(vnode) {
  if (typeof vnode !== "object") return document.createTextNode(vnode);
  const el = document.createElement(vnode.tag);
  el.cpKey = vnode.props.key;
  update(el, vnode);
  if ("initial" in vnode.props) el.value = vnode.props.initial; // a form field's first value; then it belongs to the user
  return el;
}

const fits = (node, vnode) =>
  typeof vnode === "object" ? node.nodeType === 1 && node.localName === vnode.tag && node.cpKey === vnode.props.key : node.nodeType === 3;

function children(el, list) {
  const wanted = new Set(list.map((v) => v.props?.key).filter((k) => k != null));
  for (const node of [...el.childNodes]) if (node.cpKey != null && !wanted.has(node.cpKey)) node.remove();
  let at = el.firstChild;
  for (const vnode of list) {
    const key = vnode.props?.key;
    let node = at;
    if (key != null) while (node && !fits(node, vnode)) node = node.nextSibling;
    if (node && fits(node, vnode)) {
      if (typeof vnode === "object") update(node, vnode);
      else if (node.data !== String(vnode)) node.data = vnode;
      if (node === at) { at = at.nextSibling; continue; }
    } else node = create(vnode);
    el.insertBefore(node, at);
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; }
}
