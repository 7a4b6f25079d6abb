// The picture of a console: it draws the view, keeps focus and open menus, and sends messages. It holds no rules: it needs of
// `model` only get, set, save_changes, on, off and send, so an exported page mounts it on recorded views. docs/widget.md
// describes the parts of a view; all but the stages may be missing.

const UNIT = 13; // pixels: the size of the type
const STACKED = 470; // pixels: below this width the stages are below each other
const FITTED = 825; // pixels: the least width, at that size, of a console that fills the screen
const STAGE = 11.9; // the width of a stage and the gap beside it, in units of the type
const ROOMY = 16; // the width of a stage, in the same units, from which on its name and status are on one line
const MEDIUM = 61; // the width of a console, in the same units, from which on its header is one line
const STACK = 6; // stages that are open below each other
const fresh = () => ({ open: "", read: null, tab: "log", hint: null, dialog: null, folds: new Set(), stages: { opened: new Set(), closed: new Set(), before: [] } });
let widgets = 0;

// The height of what scrolls around the console: a notebook, a slide, or the window.
function roomAround(el) {
  let tallest = 0; // the output of a cell scrolls, too, but is only as high as what it holds
  for (let at = el.parentNode; at; at = at.parentNode || at.host) {
    if (at instanceof Element && /auto|scroll/.test(getComputedStyle(at).overflowY)) tallest = Math.max(tallest, at.getBoundingClientRect().height);
  }
  return Math.min(tallest || innerHeight, innerHeight);
}

class Picture {
  constructor(model, el) {
    this.model = model;
    this.id = `cp${++widgets}-`;
    this.page = Math.random().toString(36).slice(2); // distinguishes the requests of two browsers on one run
    this.ui = fresh();
    this.asked = 0;
    this.room = Infinity; // stages side by side, until the width is known
    this.pending = new Map(); // the forms whose act has not been answered yet
    this.lost = this.slow = "";
    this.heartbeat = new Heartbeat(model, ({ lost, slow }) => { [this.lost, this.slow] = [lost, slow]; this.draw(); });
    this.root = document.createElement("div");
    this.root.className = "cp-widget cp-console";
    this.root.setAttribute("role", "group"); // a page may hold many: none is a landmark
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("fullscreenchange", () => { this.draw(); this.measure(); });
    // JupyterLab handles its shortcuts before a key reaches the widget, unless the focused element carries this mark.
    // Only a listener of the window runs earlier.
    this.outside = (event) => closeOutside(this, event);
    window.addEventListener("pointerdown", this.outside, true);
    this.mark = (event) => { if (this.root.contains(event.target)) event.target.dataset.lmSuppressShortcuts = "true"; };
    window.addEventListener("keydown", this.mark, true);
    this.body = document.createElement("div");
    this.body.className = "cp-body";
    this.status = this.liveRegion("status");
    this.alert = this.liveRegion("alert");
    this.dialog = newDialog(this);
    this.questions = new Map(); // the questions to the kernel, each with the function that takes its answer
    this.root.append(this.body, this.status, this.alert, this.dialog);
    el.append(this.root);
    this.said = this.view.said?.n;
    this.display = keptDisplay(this.view.pipeline.name);
    this.draw();
    this.sizes = new ResizeObserver(() => this.measure());
    this.sizes.observe(this.root);
    this.measure();
  }

  get view() { return this.model.get("view") || { pipeline: {}, stages: [] }; }
  get work() { return this.model.get("work") ?? this.view.work ?? {}; }
  get stacked() { return this.root.dataset.layout === "stacked"; }
  get selected() { return this.model.get("selected") || 0; }
  get big() { return this.model.get("size") === "projector"; }
  get full() { return this.root.getRootNode().fullscreenElement === this.root; }
  get fitted() { return this.big || this.full; }
  get playing() { return Boolean(this.model.get("playing")); }

  // A person opens a stage that was folded, or folds one; what opens last stays longest.
  openStage(name, open) {
    const { opened, closed } = this.ui.stages;
    opened.delete(name);
    closed.delete(name);
    (open ? opened : closed).add(name);
    this.draw();
    if (open) this.find(`stage:${name}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // How it is shown on this screen.
  show(chosen) {
    Object.assign(this.display, chosen);
    keepDisplay(this.view.pipeline.name, this.display);
    this.draw();
    this.measure();
  }

  fullScreen() {
    if (this.full) document.exitFullscreen(); else this.root.requestFullscreen();
  }

  liveRegion(role) {
    const el = document.createElement("div");
    el.setAttribute("role", role);
    el.className = "cp-sr";
    return el;
  }

  // Why no act is possible: the kernel has ended, or the pipeline is gone.
  get gone() { return this.lost ? _(this.lost) : this.view.away || ""; }

  // Only a widget with a kernel can lose it; an error of a page must stay visible.
  reach(send) {
    try { send(); return true; } catch (error) {
      if (!this.model.widget_manager) throw error;
      this.heartbeat.say(ENDED);
      return false;
    }
  }

  // A kernel answers questions about the run; a page carries only pictures.
  get live() { return Boolean(this.model.widget_manager) && !this.gone; }
  question(message, then) {
    const id = `${this.id}${this.page}-q${++this.asked}`;
    this.questions.set(id, then);
    if (!this.send({ ...message, id })) { this.questions.delete(id); then({ refused: this.gone }); }
  }
  answered({ id, ...answer }) {
    const then = this.questions.get(id);
    this.questions.delete(id);
    then?.(answer);
  }

  send(message) { return this.reach(() => this.model.send({ ...message, ...this.heartbeat.next() })); }
  put(name, value) { this.reach(() => { this.model.set(name, value); this.model.save_changes(); }); this.draw(); }
  say(text, alert) {
    this.alert.textContent = alert ? text : "";
    this.status.textContent = alert ? "" : text;
  }

  key(event) {
    if (event.key === "Escape") this.leave(event.target);
    if (event.key === "?" && !this.ui.dialog && !event.target.matches("input, textarea, select")) openHelp(this, event.target.dataset.key);
    // Space, arrows and Enter are for the control that has the focus, not for the notebook or the slides around it. The page
    // keys are those of a presenter's remote: they always turn slides.
    if (!["PageUp", "PageDown"].includes(event.key)) event.stopPropagation();
  }

  // Escape closes what is open, from the inside outwards, and at last leaves the console.
  leave(from) {
    if (from.closest(".cp-explanation")) return; // the browser closes it
    if (this.ui.dialog) { closeDialog(this); return; }
    const panel = from.closest("[data-panel]")?.dataset.panel;
    if (this.ui.open) {
      this.ui.open = "";
      this.ui.focus = this.ui.opener;
      this.draw();
    } else if (panel) {
      this.ui.folds.delete(panel);
      this.draw();
      this.find(`fold:${panel}`)?.focus();
    } else from.blur();
  }

  // Stages are below each other only where a telephone has no room for two.
  measure() {
    const width = this.root.clientWidth;
    if (!width) return;
    const stacked = width < STACKED * this.display.scale;
    const layout = stacked && !this.fitted ? "stacked" : "columns";
    const changed = this.root.dataset.layout !== layout;
    this.root.dataset.layout = layout;
    if (changed && this.ui.folds.size) this.draw(); // open parts move to where there is room
    const narrow = stacked && !this.fitted;
    const unit = this.fitted ? UNIT * width / FITTED : UNIT * this.display.scale;
    const room = narrow ? STACK : Math.max(1, Math.floor(width / (unit * STAGE)));
    this.root.dataset.medium = String(!narrow && width / unit < MEDIUM);
    // A column that is too narrow for the name and the status of its stage has them on two lines.
    this.root.dataset.tight = String(!narrow && width / (unit * Math.min(room, this.view.stages.length)) < ROOMY);
    if (narrow !== Boolean(this.narrow) || room !== this.room) { this.narrow = narrow; this.room = room; this.draw(); }
    this.fit();
    placePopover(this);
  }

  // The size of the type: the one that was chosen, or the largest with which the console fills the screen.
  fit() {
    const { style } = this.root;
    if (!this.fitted) { style.setProperty("--cp-unit", `${UNIT * this.display.scale}px`); return; }
    const room = this.full ? innerHeight : roomAround(this.root);
    const unit = UNIT * this.root.clientWidth / FITTED;
    style.setProperty("--cp-unit", `${unit}px`);
    const height = this.body.getBoundingClientRect().height + unit * 1.2;
    if (height > room) style.setProperty("--cp-unit", `${unit * room / height}px`);
  }

  // -- drawing: where each revision was, the new picture, and the movement between them -----------------------------
  draw() {
    const held = this.root.contains(document.activeElement) || this.root.getRootNode().activeElement;
    const active = held ? this.root.getRootNode().activeElement : null;
    const trail = this.trailOf(active);
    if (this.dialog.contains(active)) trail.push(...(this.ui.dialog?.trail || [])); // it can close, and its opener be gone
    const before = this.places();
    this.root.dataset.size = this.model.get("size") || "normal";
    this.root.dataset.theme = this.display.theme;
    this.root.dataset.following = this.selected ? "true" : "false";
    this.root.setAttribute("aria-label", _("Pipeline {name}", { name: this.view.pipeline.name || "" }));
    this.root.dataset.gone = this.gone ? "true" : "false";
    this.settle();
    children(this.body, h("div", {}, this.tree()).kids);
    drawDialog(this, this.modal);
    if (this.ui.focus) { this.find(this.ui.focus)?.focus(); this.ui.focus = ""; }
    if (trail.length && !this.root.contains(this.root.getRootNode().activeElement)) this.refocus(trail);
    placePopover(this);
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
    let tree = layout(this);
    this.modal = dialogOf(this);
    if (hint && (hint.moment !== this.moment || (hint.key && this.refusals.get(hint.key) !== hint.text))) this.ui.hint = null;
    if (open && !this.menus.has(open)) this.ui.open = "";
    if (hint !== this.ui.hint || open !== this.ui.open) { tree = layout(this); this.modal = dialogOf(this); }
    return tree;
  }

  get moment() { return [this.view.run, this.view.fork, this.view.position].join("|"); }
  find(key) { return this.root.querySelector(`[data-key="${CSS.escape(key)}"]`); }

  // The picture of an earlier moment must not pull the thumb back while a finger moves it.
  thumb(position) {
    if (this.scrub && (this.scrub.to === position || performance.now() - this.scrub.at > 2000)) this.scrub = null;
    return this.scrub ? this.scrub.to : position;
  }

  // The keys of an element and of all around it: where the focus goes if the element disappears.
  trailOf(element) {
    const trail = [];
    for (let el = element; el && el !== this.root && this.root.contains(el); el = el.parentElement) if (el.dataset.key) trail.push(el.dataset.key);
    return trail;
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
}
