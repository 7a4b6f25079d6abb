// The console of a pipeline. It holds no rules: it draws the view model and sends what people ask for.
// `render({ model, el })` needs of `model` only get, set, save_changes, on, off and send, so that an exported page can
// mount it on recorded views. The parts of a view are described in docs/widget.md; all but the stages may be missing.
// Typed text belongs to its subject: each form is keyed by its execution, and is removed with it.

// -- a very small virtual DOM: what is there stays there, so focus, typed text and open lists survive a redraw -------
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
  if ("initial" in vnode.props) el.value = vnode.props.initial; // a form field's first value; then it is the person's
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

// -- the pieces of the picture ---------------------------------------------------------------------------------------
const mark = ([key, , glyph]) => h("span", { class: `cp-glyph cp-is-${key}`, "aria-hidden": "true" }, glyph);
const status = (s, extra) => h("span", { class: "cp-status" }, mark(s), h("span", { class: "cp-word" }, s[1], extra));
const glyphs = { succeeded: "✓", failed: "✗", "in-progress": "▶", waiting: "◷", stopped: "■", superseded: "»", none: "○" };

// A long name breaks where its words meet (CodeSecurity|Scan), and elsewhere only when it must.
const soft = (name) => name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[-_.])/).flatMap((part, i) => (i ? [h("wbr"), part] : part));

const SPEEDS = [0.25, 0.5, 1, 2, 5, 20, 60];
const LOST = "The kernel behind this console has ended, and this is its last picture: run the cell again to get a live one.";
const fresh = () => ({ open: "", tab: "log", hint: null, folds: new Set() });
let widgets = 0;

class Picture {
  constructor(model, el) {
    this.model = model;
    this.id = `cp${++widgets}-`;
    this.page = Math.random().toString(36).slice(2); // distinguishes the requests of two browsers on one run
    this.ui = fresh();
    this.asked = 0;
    this.pending = new Map(); // the forms whose act has not been answered yet
    this.lost = "";
    this.root = document.createElement("div");
    this.root.className = "cp-widget cp-console";
    this.root.setAttribute("role", "group"); // a page may hold many: none is a landmark
    this.root.addEventListener("keydown", (event) => this.key(event));
    // JupyterLab takes its shortcuts before a key reaches us, unless the focused element itself carries this mark:
    // only the window hears of a key earlier.
    this.mark = (event) => { if (this.root.contains(event.target)) event.target.dataset.lmSuppressShortcuts = "true"; };
    window.addEventListener("keydown", this.mark, true);
    this.body = document.createElement("div");
    this.status = this.liveRegion("status");
    this.alert = this.liveRegion("alert");
    this.root.append(this.body, this.status, this.alert);
    el.append(this.root);
    this.said = this.view.said?.n;
    this.draw();
    this.sizes = new ResizeObserver(() => this.measure());
    this.sizes.observe(this.root);
    this.measure();
  }

  get view() { return this.model.get("view") || { pipeline: {}, stages: [] }; }
  get work() { return this.model.get("work") ?? this.view.work ?? {}; }
  get stacked() { return this.root.dataset.layout === "stacked"; }
  get selected() { return this.model.get("selected") || 0; }
  get playing() { return Boolean(this.model.get("playing")); }

  liveRegion(role) {
    const el = document.createElement("div");
    el.setAttribute("role", role);
    el.className = "cp-sr";
    return el;
  }

  // Why no act is possible: the kernel has ended, or the pipeline is gone.
  get gone() { return this.lost || this.view.away || ""; }
  lose(lost) { if (lost !== this.lost) { this.lost = lost; this.draw(); } }

  // Only a widget with a kernel can lose it; an error of a page must stay visible.
  reach(send) {
    try { send(); return true; } catch (error) {
      if (!this.model.widget_manager) throw error;
      this.lose(LOST);
      return false;
    }
  }

  send(message) { return this.reach(() => this.model.send(message)); }
  put(name, value) { this.reach(() => { this.model.set(name, value); this.model.save_changes(); }); this.draw(); }
  say(text, alert) {
    this.alert.textContent = alert ? text : "";
    this.status.textContent = alert ? "" : text;
  }

  key(event) {
    if (event.key === "Escape" && this.ui.open) {
      this.ui.open = "";
      this.ui.focus = this.ui.opener;
      this.draw();
    } else if (event.key === "Escape" && event.target.closest("[data-panel]")) {
      const { panel } = event.target.closest("[data-panel]").dataset;
      this.ui.folds.delete(panel);
      this.draw();
      this.root.querySelector(`[data-key="${CSS.escape(`fold:${panel}`)}"]`)?.focus();
    }
    // Space, arrows and Enter are for the control that has the focus, not for the notebook or the slides around it.
    event.stopPropagation();
  }

  measure() {
    const width = this.root.clientWidth;
    const n = this.view.stages.length;
    const each = this.model.get("size") === "projector" ? 320 : 228;
    const layout = width && width < n * each - 110 ? "stacked" : "columns";
    if (width && this.root.dataset.layout !== layout) {
      this.root.dataset.layout = layout;
      if (this.ui.folds.size) this.draw(); // what is open moves to where there is room
    }
    // Beside an open file browser there is just room for columns: smaller words and narrower doors make it enough.
    const tight = String(layout === "columns" && width < n * 262 - 110);
    if (width && this.root.dataset.tight !== tight) this.root.dataset.tight = tight;
    const narrow = Boolean(width) && width < 560;
    if (narrow !== Boolean(this.narrow)) { this.narrow = narrow; this.draw(); }
  }

  // -- drawing: where each revision was, the new picture, and the way from there ------------------------------------
  draw() {
    const held = this.root.contains(document.activeElement) || this.root.getRootNode().activeElement;
    const active = held ? this.root.getRootNode().activeElement : null;
    const trail = [];
    for (let el = active; el && el !== this.root && this.root.contains(el); el = el.parentElement) if (el.dataset.key) trail.push(el.dataset.key);
    const before = this.places();
    this.root.dataset.size = this.model.get("size") || "normal";
    this.root.dataset.following = this.selected ? "true" : "false";
    this.root.setAttribute("aria-label", `Pipeline ${this.view.pipeline.name || ""}`);
    this.root.dataset.gone = this.gone ? "true" : "false";
    this.settle();
    children(this.body, h("div", {}, this.tree()).kids);
    if (this.ui.focus) { this.find(this.ui.focus)?.focus(); this.ui.focus = ""; }
    if (trail.length && !this.root.contains(this.root.getRootNode().activeElement)) this.refocus(trail);
    followLog(this.body);
    this.fly(before);
    const said = this.view.said;
    if (said && said.n !== this.said) { this.said = said.n; this.say(said.text, said.alert); }
  }

  // Handle the answer to the last act, and drop what belonged to another run with the same names and numbers.
  settle() {
    const { run, answer } = this.view;
    if (this.run !== undefined && run !== this.run) { this.ui = fresh(); this.scrub = null; this.pending.clear(); this.body.replaceChildren(); }
    this.run = run;
    const form = answer && this.pending.get(answer.id);
    if (!form) return;
    this.pending.clear(); // earlier acts were answered in pictures that were skipped
    if (answer.refused) form.refused(); else form.done?.();
  }

  // The picture as a tree; a refusal or an open menu whose reason is gone is not drawn again.
  tree() {
    const { hint, open } = this.ui;
    this.refusals = new Map();
    this.menus = new Set();
    let tree = this.all();
    if (hint && (hint.moment !== this.moment || (hint.key && this.refusals.get(hint.key) !== hint.text))) this.ui.hint = null;
    if (open && !this.menus.has(open)) this.ui.open = "";
    if (hint !== this.ui.hint || open !== this.ui.open) tree = this.all();
    return tree;
  }

  get moment() { return [this.view.run, this.view.fork, this.view.position].join("|"); }
  find(key) { return this.root.querySelector(`[data-key="${CSS.escape(key)}"]`); }

  // The picture of a moment that was passed a blink ago must not pull the thumb back under a quick finger.
  thumb(position) {
    if (this.scrub && (this.scrub.to === position || performance.now() - this.scrub.at > 2000)) this.scrub = null;
    return this.scrub ? this.scrub.to : position;
  }

  refocus(trail) {
    for (const key of trail) {
      const el = this.find(key);
      if (el) { el.focus({ preventScroll: true }); if (this.root.getRootNode().activeElement === el) return; }
    }
  }

  places() {
    const found = new Map();
    for (const el of this.body.querySelectorAll("[data-chip]")) found.set(el.dataset.chip, el.getBoundingClientRect());
    return found;
  }

  fly(before) {
    if (!before.size || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const el of this.body.querySelectorAll("[data-chip]")) {
      const from = before.get(el.dataset.chip);
      if (!from) continue;
      const to = el.getBoundingClientRect();
      const [x, y] = [from.left - to.left, from.top - to.top];
      if (Math.abs(x) + Math.abs(y) < 24 || !to.width) continue;
      el.animate([{ transform: `translate(${x}px, ${y}px)`, zIndex: 5 }, { transform: "none", zIndex: 5 }], { duration: 480, easing: "cubic-bezier(.3,.7,.2,1)" });
    }
  }

  all() {
    const v = this.view;
    const big = this.model.get("size") === "projector";
    return [
      this.gone && h("p", { key: "gone", class: "cp-notice", role: "alert" }, mark(["failed", "", "✗"]), h("span", {}, this.gone)),
      this.header(v),
      v.fault && h("p", { key: "fault", class: "cp-notice", role: "note" }, mark(["failed", "", "✗"]), h("span", {}, v.fault)),
      v.notice && h("p", { key: "notice", class: "cp-notice" }, mark(["failed", "", "✗"]), h("span", {}, h("b", {}, "Not done. "), v.notice.text)),
      h("ol", { key: "stages", class: "cp-stages", "aria-label": `Stages of ${v.pipeline.name}` }, v.stages.map((s, i) => this.stage(s, i))),
      panels(this),
      this.now(v),
      v.total != null && v.undo && this.timeline(v),
      h("div", { key: "below", class: "cp-below" }, v.executions && this.executions(v), !big && this.tabs(v)),
      v.carried && h("p", { key: "carried", class: "cp-label cp-carried" }, v.carried),
    ];
  }

  // A button that knows why it cannot be used now, and says so instead of lying there dead.
  button(key, label, { act, no: refused, kind = "", title, ...props }) {
    const no = this.refusal(key, refused);
    return h("button", {
      type: "button", key, "data-key": key, class: `cp-button ${kind}`, "aria-disabled": no ? "true" : null, title: no || title || null,
      onclick: (event) => (no ? this.refuse(no, key, event.currentTarget.closest("[data-menu]")?.dataset.menu) : act()), ...props,
    }, label);
  }

  refusal(key, refused) {
    const no = this.gone || refused;
    this.refusals.set(key, no);
    return no;
  }

  // `place` is the menu in which the act was tried; the sentence stays there until the moment or the reason changes.
  refuse(text, key, place = "now") {
    this.ui.hint = { text, key, place, moment: this.moment };
    this.say("", false);
    this.say(text, true);
    this.draw();
  }

  hint(place) { return this.ui.hint?.place === place && h("p", { key: "hint", class: "cp-hint" }, place === "now" && h("b", {}, "Not now. "), this.ui.hint.text); }

  // `form` holds the typed text of the act. {refused, done?} is called with the answer; `stays` keeps the form open until then.
  ask(move, typed, form) {
    if (!form?.stays) this.ui.open = "";
    this.ui.hint = null;
    const id = `${this.id}${this.page}-${++this.asked}`;
    if (form) this.pending.set(id, form);
    if (!this.send({ act: "do", command: move.command, id, ...(typed && { with: typed }) })) form?.refused();
  }

  act(message) { this.ui.hint = null; this.send(message); }
  move(key, move, kind, { where, act } = {}) {
    return this.button(key, move.label, { act: act || (() => this.ask(move)), no: move.no, kind, "aria-label": where ? `${move.label}: ${where}` : null });
  }

  field(key) { return (this.find(key)?.value || "").trim(); }

  // Takes the text from a field and empties it; a refusal brings the text back unless the user has typed again.
  take(key) {
    const el = this.find(key);
    const text = el?.value || "";
    if (el) el.value = "";
    return [text.trim(), { refused: () => { const now = this.find(key); if (now && !now.value) now.value = text; } }];
  }

  opener(name, label, text, kind = "cp-quiet", field = "") {
    const key = `open:${name}`;
    return h("button", {
      type: "button", key, "data-key": key, class: `cp-button ${kind}`, "aria-expanded": String(this.ui.open === name), "aria-label": label, title: label,
      onclick: () => {
        this.ui.open = this.ui.open === name ? "" : name;
        this.ui.opener = key;
        this.ui.hint = null;
        this.ui.focus = field && this.ui.open ? field : "";
        this.draw();
      },
    }, text);
  }

  opened(name) { this.menus.add(name); return this.ui.open === name; }

  header(v) {
    const release = () => { const [message, form] = this.take("message"); this.ask(v.release, { message }, form); };
    const no = this.gone || v.release?.no;
    return h("div", { key: "header", class: "cp-header" },
      h("div", { class: "cp-title" },
        h("strong", { class: "cp-name" }, soft(v.pipeline.name || "")),
        v.pipeline.mode && h("span", { class: "cp-tag", title: "Execution mode" }, v.pipeline.mode),
        v.deleted && h("span", { class: "cp-tag cp-bad" }, "Deleted"),
        v.clock && h("span", { class: "cp-clock", title: "The clock of this run" }, h("span", { class: "cp-sr" }, "Clock "), v.clock)),
      v.release && h("div", { class: "cp-release" },
        h("input", { key: "message", "data-key": "message", class: "cp-input", type: "text", placeholder: "Commit message", "aria-label": "Commit message", maxlength: "80",
          onkeydown: (e) => { if (e.key === "Enter") { e.preventDefault(); no ? this.refuse(no, "release") : release(); } } }),
        this.button("release", v.release.label, { act: release, no: v.release.no, kind: "cp-primary" })),
      v.step && h("div", { class: "cp-drive", role: "group", "aria-label": "Time" },
        this.button("step", ["Step", h("span", { "aria-hidden": "true" }, " ⇥")], { act: () => this.act({ act: "step" }), no: v.step.no, title: v.step.next && `Next: ${v.step.next}` }),
        this.model.get("playing") != null && this.button("play", this.playing ? [h("span", { "aria-hidden": "true" }, "❚❚ "), "Pause"] : [h("span", { "aria-hidden": "true" }, "▶ "), "Play"], { act: () => this.act({ act: this.playing ? "pause" : "play" }), kind: this.playing ? "cp-on" : "" }),
        this.model.get("speed") != null && h("label", { class: "cp-speed" }, h("span", { class: "cp-sr" }, "Speed: "),
          h("select", { "data-key": "speed", class: "cp-input", disabled: Boolean(this.gone), onchange: (e) => this.put("speed", Number(e.target.value)) },
            [...new Set([...SPEEDS, this.model.get("speed")])].sort((a, b) => a - b).map((s) => h("option", { key: s, value: String(s), selected: s === this.model.get("speed") }, `${s} min/s`))))));
  }

  chip(chip, kind, place, flies) {
    const on = this.selected === chip.n;
    return h("button", {
      type: "button", key: `chip:${place}:${chip.n}`, "data-key": `chip:${place}:${chip.n}`, "data-chip": flies ? chip.n : null, "data-execution": chip.n,
      class: `cp-chip ${kind}`, "aria-pressed": String(on), "aria-label": `Follow execution ${chip.n}${chip.message ? `, ${chip.message}` : ""}`, title: chip.message || null,
      "data-dim": this.dim(chip.n), onclick: () => this.put("selected", on ? 0 : chip.n),
    }, h("b", {}, `#${chip.n}`), chip.message && h("span", { class: "cp-message" }, chip.message));
  }

  dim(n) { return this.selected && n !== this.selected ? "true" : null; }

  stage(s, index) {
    const title = `${this.id}s${index}`;
    const n = s.inside?.n;
    return h("li", { key: s.name, class: "cp-step" },
      this.door(s, index),
      h("div", { role: "group", "aria-labelledby": title, class: `cp-stage cp-edge-${s.status[0]}`, tabindex: "-1", "data-key": `stage:${s.name}`, "data-stage": s.name, "data-dim": this.selected && n !== this.selected ? "true" : null },
        h("div", { class: "cp-stagehead" },
          h("strong", { id: title, class: "cp-stagename" }, soft(s.name)),
          status(s.status),
          s.retry && this.opener(`stage:${s.name}`, `More for stage ${s.name}`, "⋯", "cp-icon")),
        h("div", { class: "cp-inside" }, s.inside ? [this.chip(s.inside, "cp-live", `in:${s.name}`, true), (s.also || []).map((chip) => this.chip(chip, "cp-live", `in:${s.name}`, true))] : h("span", { class: "cp-empty" }, "Nobody inside")),
        s.retry && this.opened(`stage:${s.name}`) && h("div", { key: "more", class: "cp-form", role: "group", "data-menu": `stage:${s.name}`, "aria-label": `Stage ${s.name}` }, s.retry.map((m) => this.move(`retry:${s.name}:${m.label}`, m, "", { where: s.name })), this.hint(`stage:${s.name}`)),
        s.conditions && h("ul", { key: "conditions", class: "cp-conditions", "aria-label": `Conditions of ${s.name}` }, s.conditions.map((one) => this.condition(s, one))),
        h("ol", { class: "cp-groups", "aria-label": `Actions of ${s.name}` }, s.groups.map((group, g) =>
          h("li", { key: g, class: "cp-group" }, group.length > 1 && h("span", { class: "cp-parallel" }, "in parallel"),
            h("ul", { class: "cp-actions" }, group.map((a) => this.action(s, a)))))),
        s.retry?.some((m) => !m.no) && this.ui.open !== `stage:${s.name}` && h("div", { key: "retry", class: "cp-row", role: "group", "aria-label": `Retry ${s.name}` }, s.retry.filter((m) => !m.no).map((m, i) => this.move(`again:${s.name}:${m.label}`, m, i ? "" : "cp-strong", { where: s.name }))),
        h("div", { class: "cp-delivered" }, s.delivered
          ? [h("span", { class: "cp-label" }, `In ${s.name}: `), this.chip(s.delivered, "cp-small", `delivered:${s.name}`)]
          : h("span", { class: "cp-label" }, `Nothing is in ${s.name} yet`))));
  }

  condition(s, one) {
    return h("li", { key: one.name, class: "cp-condition" },
      h("span", { class: "cp-label" }, `${one.name}: ${one.result} unless met`),
      one.rules.map((rule) => h("div", { key: rule.name, class: "cp-rule", title: rule.provider }, h("b", {}, soft(rule.name)), status(rule.status),
        rule.moves && h("span", { class: "cp-row", role: "group", "aria-label": `Rule ${rule.name} of ${s.name}` }, rule.moves.map((m) => this.move(`rule:${s.name}:${rule.name}:${m.label}`, m, "", { where: `${rule.name} of ${s.name}` }))))),
      one.override && this.move(`override:${s.name}:${one.override.label}`, one.override, "cp-strong", { where: s.name }));
  }

  door(s, index) {
    const d = s.door;
    const name = s.name;
    const menu = `reason:${name}`;
    const open = !d.on && d.again && this.opened(menu);
    const silent = d.quiet;
    const no = d.toggle && this.refusal(`door:${name}`, d.toggle.no);
    const change = () => this.ask(d.again, { reason: this.field(menu) }, {
      stays: true,
      done: () => { if (this.ui.open === menu) { this.ui.open = ""; this.ui.focus = this.ui.opener; } },
      refused: () => { if (this.ui.open === menu) this.ui.hint = { text: this.view.notice?.text || this.gone, place: menu, moment: this.moment }; },
    });
    return h("div", { key: "door", class: `cp-door${index ? "" : " cp-first"}${silent ? " cp-silent" : ""}`, "data-on": String(d.on), "data-door": name },
      h("span", { class: "cp-arrow", "aria-hidden": "true" }),
      !silent && d.toggle && h("button", { type: "button", role: "switch", "data-key": `door:${name}`, class: "cp-switch", "aria-checked": String(d.on), "aria-label": `Transition into ${name}`,
        "aria-disabled": no ? "true" : null, title: no || (d.on ? `Disable transition into ${name}` : `Enable transition into ${name}`),
        onclick: () => (no ? this.refuse(no, `door:${name}`) : this.ask(d.toggle)) }, h("span", { class: "cp-knob", "aria-hidden": "true" })),
      !silent && h("span", { class: "cp-doorword", "aria-hidden": d.toggle ? "true" : null }, d.on ? "enabled" : "disabled"),
      !d.on && h("div", { key: "reason", class: "cp-reason" },
        !open && h("span", {}, d.reason), !open && d.again && this.opener(menu, `Change the reason at ${name}`, "✎", "cp-icon", menu),
        open && h("form", { key: `reason:${this.view.fork}`, class: "cp-form", "data-menu": menu, onsubmit: (e) => { e.preventDefault(); const refused = this.gone || d.again.no; refused ? this.refuse(refused, "", menu) : change(); } },
          h("input", { "data-key": menu, class: "cp-input", "aria-label": `Reason at ${name}`, initial: d.reason, maxlength: "300" }), h("button", { class: "cp-button" }, "Change"), this.hint(menu))),
      (d.waiting || d.gone) && h("div", { key: "queue", class: "cp-queue" },
        (d.waiting || []).map((chip) => h("div", { key: chip.n, class: "cp-waits" }, mark(["waiting", "", glyphs.waiting]), h("span", { class: "cp-label" }, "waits"), this.chip(chip, "cp-live", `door:${name}`, true))),
        (d.gone || []).map((chip) => h("div", { key: chip.n, class: "cp-gone" }, mark(["superseded", "", glyphs.superseded]), this.chip(chip, "cp-struck", `gone:${name}`), h("span", { class: "cp-label" }, `superseded by #${chip.by}`))),
        d.more && h("span", { class: "cp-label" }, `and ${d.more} more`)));
  }

  action(s, a) {
    const name = `${s.name}/${a.name}`;
    const menu = `action:${name}`;
    const more = (a.finish && !a.by_hand) || (this.view.inject && a.category !== "Approval");
    const where = `${a.name} in ${s.name}`;
    const work = this.work[name];
    return h("li", { key: a.name, class: `cp-action cp-edge-${a.status[0]}`, "data-action": name, "data-old": a.old ? "true" : null },
      h("div", { class: "cp-actionhead" }, h("span", { class: "cp-actionname" }, soft(a.name)),
        more && this.opener(menu, `More for ${where}`, "⋯", "cp-icon")),
      h("div", { class: "cp-provider" }, a.provider === a.category ? a.provider : `${a.category} · ${a.provider}`),
      status(a.status, [a.old && ` #${a.old}`, a.attempt && `, attempt ${a.attempt}`]),
      a.progress != null && h("div", { key: "progress", class: "cp-progress" }, h("div", { class: "cp-bar", "aria-hidden": "true" }, h("span", { style: `width:${a.progress * 100}%` })), h("span", { class: "cp-label" }, a.left)),
      work && workOf(this, s, a, name, work),
      a.note && h("p", { key: "note", class: "cp-note" }, a.note),
      a.planned && h("p", { key: "planned", class: "cp-planned" }, h("span", { "aria-hidden": "true" }, "⚡ "), a.planned),
      a.approval && this.approval(s, a, name),
      a.finish && a.by_hand && h("div", { key: "hand", class: "cp-row", role: "group", "aria-label": `Finish ${a.name}` }, a.finish.map((m, i) => this.move(`hand:${name}:${m.label}`, m, i ? "" : "cp-strong", { where }))),
      more && this.opened(menu) && this.more(s, a, name, menu));
  }

  approval(s, a, name) {
    const [, n] = a.approval[0].command;
    const comment = ["comment", name, n, a.attempt || 1, this.view.fork || 0].join(":");
    const answer = (m) => { const [summary, form] = this.take(comment); this.ask(m, { summary }, form); };
    return h("div", { key: comment, class: "cp-form", role: "group", "aria-label": `Review ${a.name} in ${s.name}` },
      h("input", { "data-key": comment, class: "cp-input", placeholder: "Comment", "aria-label": `Comment on ${a.name} for execution ${n}`, maxlength: "512" }),
      h("div", { class: "cp-row" }, a.approval.map((m, i) => this.move(`answer:${comment}:${m.label}`, m, i ? "" : "cp-strong", { where: `${a.name} in ${s.name}`, act: () => answer(m) }))));
  }

  more(s, a, name, menu) {
    const inject = this.view.inject;
    const target = { stage: s.name, action: a.name };
    const plan = () => {
      const when = this.field(`when:${name}`);
      this.ui.open = "";
      this.act({ act: "inject", ...target, when: when.startsWith("chance") ? "chance" : when, failure: this.field(`type:${name}`), ...(when.startsWith("chance") && { chance: Number(when.slice(6)) / 100 }) });
    };
    return h("div", { key: "more", class: "cp-form", role: "group", "data-menu": menu, "aria-label": `${a.name} in ${s.name}` },
      a.finish && !a.by_hand && h("div", { class: "cp-row" }, h("span", { class: "cp-label" }, "By hand:"), a.finish.map((m) => this.move(`finish:${name}:${m.label}`, m, "", { where: `${a.name} in ${s.name}` }))),
      inject && h("div", { class: "cp-plan" },
        h("label", {}, h("span", { class: "cp-label" }, "Make it fail"), h("select", { "data-key": `when:${name}`, class: "cp-input" },
          [["next", "at its next run"], ["always", "at every run"], ["chance50", "by chance, 50 %"], ["chance20", "by chance, 20 %"]].map(([value, text]) => h("option", { key: value, value }, text)))),
        h("label", {}, h("span", { class: "cp-label" }, "with"), h("select", { "data-key": `type:${name}`, class: "cp-input" }, inject.types.map((t) => h("option", { key: t, value: t }, t)))),
        h("div", { class: "cp-row" }, this.button(`inject:${name}`, "Inject failure", { act: plan, no: inject.no }),
          this.button(`heal:${name}`, "Heal", { act: () => { this.ui.open = ""; this.act({ act: "heal", ...target }); }, no: a.planned ? inject.no : `No failure is planned for ${a.name}.` }))),
      this.hint(menu));
  }

  // A button in the row of execution 4 can act on execution 1, which blocks it, so its name says which one.
  because(r, m) { return m.command[1] === r.n ? "" : `in the row of execution ${r.n}`; }

  now(v) {
    const items = v.reasons || [];
    return h("div", { key: "now", role: "group", class: "cp-now", "aria-labelledby": `${this.id}now`, tabindex: "-1", "data-key": "now" },
      h("div", { class: "cp-nowhead" }, h("strong", { id: `${this.id}now` }, "Now"), h("span", { class: `cp-sentence${v.bad ? " cp-badtext" : ""}` }, v.sentence)),
      this.hint("now"),
      items.length > 0 && h("ul", { class: "cp-reasons" }, items.map((r) => h("li", { key: r.n, class: "cp-reasonrow", "data-dim": this.dim(r.n), "data-reason": r.n },
        mark(r.status),
        h("span", { class: "cp-because" }, r.text, r.who && h("span", { class: "cp-who" }, ` ${r.who}`)),
        h("span", { class: "cp-row" },
          (r.moves || []).map((m) => this.move(`reason:${r.n}:${m.label}`, m, "", { where: this.because(r, m) })),
          r.stop && this.opener(`stop:${r.n}`, `Stop execution ${r.n}`, "■ Stop"),
          r.stop && this.opened(`stop:${r.n}`) && h("span", { key: "stop", class: "cp-row", "data-menu": `stop:${r.n}` }, r.stop.map((m) => this.move(`stop:${r.n}:${m.label}`, m)), this.hint(`stop:${r.n}`)))))));
  }

  timeline(v) {
    return h("div", { key: "timeline", class: "cp-timeline", role: "group", "aria-label": "Timeline" },
      this.button("reset", "Reset", { act: () => this.act({ act: "jump", to: 0 }), no: v.undo.no, title: "Back to the beginning; nothing is lost" }),
      this.button("undo", [h("span", { "aria-hidden": "true" }, "◂ "), "Undo"], { act: () => this.act({ act: "undo" }), no: v.undo.no, title: "Back one moment" }),
      h("input", { "data-key": "range", disabled: Boolean(this.gone), type: "range", class: "cp-range", min: "0", max: String(v.total), value: String(this.thumb(v.position)), "aria-label": "Moment", "aria-valuetext": `moment ${v.position} of ${v.total}: ${v.sentence}`,
        oninput: (e) => { this.scrub = { to: Number(e.target.value), at: performance.now() }; this.act({ act: "jump", to: this.scrub.to }); } }),
      this.button("redo", ["Redo", h("span", { "aria-hidden": "true" }, " ▸")], { act: () => this.act({ act: "redo" }), no: v.redo?.no, title: "Forward one moment" }),
      h("span", { class: "cp-label cp-moment" }, `${v.position} / ${v.total}`));
  }

  executions(v) {
    return h("div", { key: "executions", role: "group", class: "cp-panel cp-executions", "aria-label": "Executions" },
      h("div", { class: "cp-scroll", tabindex: "0", role: "group", "aria-label": "Table of executions" }, h("table", {}, h("caption", {}, "Executions"),
        h("thead", {}, h("tr", {}, ["Execution", "Status", ...v.stages.map((s) => s.name)].map((name) => h("th", { key: name, scope: "col" }, name)))),
        h("tbody", {}, v.executions.map((x) => h("tr", { key: x.n, "data-dim": this.dim(x.n), "data-row": x.n, class: x.by ? "cp-was" : null },
          h("th", { scope: "row" }, this.chip(x, "cp-small", "row")),
          h("td", {}, status(x.status)),
          x.cells.map((c, i) => h("td", { key: i }, c ? status(c) : h("span", { class: "cp-none" }, h("span", { "aria-hidden": "true" }, "·"), h("span", { class: "cp-sr" }, "not yet"))))))))),
      !v.executions.length && h("p", { key: "none", class: "cp-label" }, "No execution yet."),
      v.more_executions && h("p", { key: "more", class: "cp-label" }, `${v.more_executions} earlier executions are not shown.`));
  }

  tabs(v) {
    const tabs = [["log", "Log", v.log], ["artifacts", "Artifacts", v.artifacts], ["aws", "AWS CLI", v.aws]].filter(([, , data]) => data);
    if (!tabs.length) return null;
    const now = tabs.some(([id]) => id === this.ui.tab) ? this.ui.tab : tabs[0][0];
    const go = (id) => { this.ui.tab = id; this.draw(); this.root.querySelector(`[data-key="tab:${id}"]`).focus(); };
    const turn = (event, at) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to != null) { event.preventDefault(); go(tabs[(to + tabs.length) % tabs.length][0]); }
    };
    // Where there is little room the details wait folded up; elsewhere they are simply there.
    return h(this.narrow ? "details" : "div", { key: "tabs", role: this.narrow ? null : "group", class: "cp-panel cp-details", "aria-label": this.narrow ? null : "Details" },
      this.narrow && h("summary", { "data-key": "details", class: "cp-summary" }, tabs.map(([, label]) => label).join(" · ")),
      h("div", { class: "cp-tabs", role: "tablist", "aria-label": "Details" }, tabs.map(([id, label], at) =>
        h("button", { type: "button", key: id, role: "tab", id: `${this.id}tab-${id}`, "data-key": `tab:${id}`, class: "cp-tab", "aria-selected": String(id === now), "aria-controls": `${this.id}panel`, tabindex: id === now ? "0" : "-1",
          onclick: () => go(id), onkeydown: (e) => turn(e, at) }, label))),
      h("div", { role: "tabpanel", id: `${this.id}panel`, "aria-labelledby": `${this.id}tab-${now}`, class: "cp-tabpanel", tabindex: "0" }, h("div", { key: now }, this[now](v))));
  }

  log(v) {
    const lines = [...v.log].reverse();
    return [
      lines.length ? h("ol", { class: "cp-log", reversed: true }, lines.map(([moment, at, key, text], i) => h("li", { key: `${moment}.${lines.length - i}`, class: moment === v.position ? "cp-fresh" : null }, mark([key, "", glyphs[key]]), h("span", { class: "cp-at" }, at), h("span", {}, text)))) : h("p", { class: "cp-label" }, "Nothing has happened yet."),
      v.more_log && h("p", { class: "cp-label" }, `${v.more_log} earlier lines are not shown.`),
    ];
  }

  artifacts(v) {
    const known = Object.keys(v.artifacts).map(Number).sort((a, b) => b - a);
    const n = known.includes(this.selected) ? this.selected : this.selected ? 0 : known[0];
    const list = v.artifacts[n] || [];
    if (!list.length) return h("p", { class: "cp-label" }, this.selected ? `Execution ${this.selected} has made no artifact.` : "No artifact has been made yet.");
    return [
      h("p", { class: "cp-label" }, `Artifacts of execution ${n}${this.selected ? "" : ", the newest (follow another to see its own)"}`),
      h("ul", { class: "cp-artifacts" }, list.map((a) => h("li", { key: a.key }, h("b", {}, a.name), h("span", { class: "cp-label" }, ` made by ${a.by}, from ${a.from}`), h("code", {}, a.key)))),
    ];
  }

  aws(v) {
    const item = (w, i) => h("li", { key: `${i}${w.title}` }, h("b", {}, w.title), w.cli && h("code", {}, w.cli), w.boto3 && h("code", {}, w.boto3), w.note && h("span", { class: "cp-label" }, w.note));
    return [
      v.aws.done.length > 0 && h("div", { key: "done" }, h("p", { class: "cp-label" }, "What was done, newest first, as you would ask AWS for it"), h("ul", { class: "cp-words" }, v.aws.done.map(item))),
      v.aws.can.length > 0 && h("div", { key: "can" }, h("p", { class: "cp-label" }, "What can be done now"), h("ul", { class: "cp-words" }, v.aws.can.map(item))),
      v.aws.none && h("div", { key: "none" }, h("p", { class: "cp-label" }, "What only this kit can do"), h("ul", { class: "cp-words" }, v.aws.none.map((text) => h("li", { key: text }, text)))),
    ];
  }
}

export function render({ model, el }) {
  const picture = new Picture(model, el);
  const redraw = () => picture.draw();
  const news = ["change:view", "change:work", "change:selected", "change:playing", "change:speed", "change:size"];
  // The widget manager reports this for a shown model only when its kernel has ended; a new picture proves otherwise.
  const parted = () => picture.lose(LOST);
  const heard = () => { picture.lost = ""; };
  model.on("comm_live_update", parted);
  model.on("change:view", heard);
  for (const name of news) model.on(name, redraw);
  picture.send({ act: "shown" });
  return () => {
    for (const name of news) model.off(name, redraw);
    model.off("comm_live_update", parted);
    model.off("change:view", heard);
    picture.sizes.disconnect();
    window.removeEventListener("keydown", picture.mark, true);
    picture.root.remove();
    try { model.send({ act: "hidden" }); } catch { /* the kernel is gone: nobody is left to tell */ }
  };
}

export default { render };
