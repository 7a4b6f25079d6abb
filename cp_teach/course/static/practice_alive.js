// Practice in a page without a kernel. Python computed goals, hints and solutions for every moment of every level; the page
// looks them up. `rules` (formats, states, labels) come with the levels: practice_widget.py. practice.js draws the panel.
const STORED = "cp-teach-progress";
const countMoves = (count) => (count === 1 ? _("1 move") : _("{count} moves", { count }));
const countLevels = (count) => (count === 1 ? _("1 level") : _("{count} levels", { count }));

// The levels in an exported text. It accepts and refuses the same texts as progress.py (a test compares them). Names and
// states are untrusted, so nothing is looked up in the prototype of an object.
const whole = (value) => Number.isInteger(value) && value >= 0;
function readProgress(text, { format, version, states }) {
  let file = null;
  try { file = JSON.parse(text); } catch { throw new Error("it is not JSON"); }
  if (!file || typeof file !== "object" || file.format !== format) throw new Error(`it does not say "format": "${format}"`);
  if (file.version !== version) throw new Error(`it is of version ${JSON.stringify(file.version)}, and version ${version} is known here`);
  if (!file.levels || typeof file.levels !== "object" || Array.isArray(file.levels)) throw new Error('it has no "levels"');
  return Object.entries(file.levels).map(([name, row]) => {
    if (!states.includes(row?.state)) throw new Error(`level ${name}: its state has to be one of ${states.join(", ")}`);
    if (row.state !== "solved") return [name, { state: row.state }];
    for (const key of ["moves", "hints"]) if (!whole(row[key])) throw new Error(`level ${name}: "${key}" has to be a whole number`);
    return [name, { state: row.state, moves: row.moves, hints: row.hints }];
  });
}

// Fewer moves are better; for the same number of moves, fewer hints are.
const better = (one, other) => one.moves < other.moves || (one.moves === other.moves && one.hints < other.hints);

// The progress of a learner, as the text that a notebook exports and imports. A browser may refuse to store it.
class Progress {
  constructor(rules) {
    this.rules = rules;
    this.levels = Object.create(null);
    this.kept = _("Your progress is kept in this browser, and nowhere else.");
    let text = null;
    try { text = localStorage.getItem(STORED); localStorage.setItem(STORED, text ?? this.text); }
    catch { this.kept = _("Your progress is kept as long as this page is open: export it to keep it."); }
    try { if (text) this.take(text); }
    catch (error) { // as in a notebook: an unreadable text is moved aside, and nothing is overwritten
      this.kept = _("Your progress could not be read ({error}). It is kept in this browser as {file}, and you start from the beginning.", { error: error.message, file: `${STORED}.bad` });
      localStorage.setItem(`${STORED}.bad`, text);
    }
  }
  get text() { return `${JSON.stringify({ format: this.rules.format, version: this.rules.version, levels: this.levels }, null, 1)}\n`; }
  state(name) { return this.levels[name]?.state || ""; }
  put(name, row) {
    const old = this.levels[name];
    if (old?.state === "solved" && (row.state !== "solved" || !better(row, old))) return;
    this.levels[name] = row;
    this.write();
  }
  write() { try { localStorage.setItem(STORED, this.text); } catch { /* `kept` says so */ } }
  wipe() { this.levels = Object.create(null); this.write(); }
  take(text) {
    const levels = readProgress(text, this.rules);
    for (const [name, row] of levels) this.put(name, row);
    return levels.length;
  }
}

class Desk {
  constructor(levels, first, rules, consoleRules, mountConsole) {
    Object.assign(this, { levels, rules, consoleRules, mountConsole, progress: new Progress(rules), listeners: {}, n: 0 });
    this.names = Object.keys(levels);
    this.start(Object.hasOwn(levels, first) ? first : this.names[0]);
  }

  // -- what anywidget's model has; the panel only reads `page` ----------------------------------------------------------
  get(name) { return name === "page" ? this.page : undefined; }
  on(event, listener) { (this.listeners[event] ??= new Set()).add(listener); }
  off(event, listener) { this.listeners[event]?.delete(listener); }

  start(name) {
    this.level = this.levels[name];
    Object.assign(this, { hint: "", solution: [], rung: 0, hints: 0, shown: false, announced: false, chosen: -1, predicted: {} });
    this.unmount?.();
    this.console = new Replay(this.level.recording, 0, [new StateGraph(this.level.atlas, this.consoleRules)], this.consoleRules);
    this.console.changed = () => { this.hint = ""; this.rung = 0; this.refresh(); };
    this.unmount = this.mountConsole(this.console);
    this.refresh();
  }

  get place() { return this.names.indexOf(this.level.name); }
  get moment() { return this.console.moment; }
  get graph() { return this.console.moments[0].graph; }
  get now() { return this.graph.nodes[this.moment.node][6]; }
  get won() { return this.now.left === 0; }
  get moves() { return this.console.at; }

  say(text, alert = false, shown = false) { this.n += 1; this.said = { n: this.n, text, alert, shown }; }

  refresh() {
    if (this.won && !this.announced) { this.announced = true; this.win(); }
    else if (!this.won) this.announced = false;
    this.page = this.draw();
    for (const listener of this.listeners["change:page"] || []) listener();
  }

  win() {
    if (this.shown) {
      this.progress.put(this.level.name, { state: "shown" });
      this.say(_("Solved, with the solution shown. Reset, and try it by yourself."));
      return;
    }
    this.progress.put(this.level.name, { state: "solved", moves: this.moves, hints: this.hints });
    const best = this.moves <= this.level.par ? _("the fewest there are") : _("par is {par}", this.level);
    this.say(_("Solved in {count}: {best}. {teaches}", { count: countMoves(this.moves), best, teaches: this.level.teaches }));
  }

  // -- solutions ---------------------------------------------------------------------------------------------------------
  label(moment, body) { return this.graph.named(body.label, moment.who, moment.past.last + 1); }

  possible() { return this.graph.moves(this.moment).filter(({ body }) => body.move); }

  solutionFromHere() {
    const moves = [];
    let { moment } = this;
    while (this.graph.nodes[moment.node][6].best != null) {
      const move = this.graph.moves(moment)[this.graph.nodes[moment.node][6].best];
      moves.push({ body: move.body, label: this.label(moment, move.body) });
      moment = this.graph.after(moment, move, "");
    }
    return moves;
  }

  draw() {
    const { level, progress } = this;
    const chapters = new Map();
    for (const one of Object.values(this.levels)) {
      const row = progress.levels[one.name] || {};
      const state = row.state || "";
      const word = this.rules.words[state] + (state === "solved" ? ` in ${row.moves}` : "");
      if (!chapters.has(one.chapter)) chapters.set(one.chapter, []);
      chapters.get(one.chapter).push({ name: one.name, title: one.title, state, word, glyph: this.rules.glyphs[state] });
    }
    const asked = (one, chosen) => ({
      question: one.question, chosen,
      options: one.options.map(({ text, reason, right }) => (chosen < 0 ? { text } : { text, reason, right })),
    });
    return {
      chapters: [...chapters].map(([name, levels]) => ({ name, levels })), done: this.names.filter((name) => progress.state(name) === "solved").length, count: this.names.length,
      level: level.name, number: this.place + 1, title: level.title, task: level.task, teaches: level.teaches,
      goals: level.goals.map((text, at) => ({ text, met: this.now.met[at] })), moves: this.moves, par: level.par, won: this.won, shown: this.shown,
      lost: this.now.left == null ? level.lost : "", hint: this.hint, solution: this.solution,
      possible: this.possible().map(({ body }) => ({ move: body.move, label: this.label(this.moment, body) })),
      question: level.question && asked(level.question, this.chosen), predictions: level.predictions.map((one, at) => asked(one, this.predicted[at] ?? -1)),
      note: "", file: "", kept: progress.kept, export: progress.text, said: this.said,
    };
  }

  // -- what the panel asks --------------------------------------------------------------------------------------------------
  send(message) {
    const act = this[`on_${message.act}`];
    if (act) act.call(this, message);
    this.refresh();
  }

  on_open({ level }) {
    if (!Object.hasOwn(this.levels, level)) { this.say(`there is no level '${level}'; the levels are: ${this.names.join(", ")}`, true); return; }
    this.start(level);
    this.say(_("Level {number} of {count}: {title}.", { number: this.place + 1, count: this.names.length, title: this.level.title }));
  }
  on_next() {
    if (this.place === this.names.length - 1) this.say(_("This is the last level."), true);
    else this.on_open({ level: this.names[this.place + 1] });
  }
  on_skip() { this.progress.put(this.level.name, { state: "skipped" }); this.on_next(); }

  on_hint() {
    const left = this.now.left;
    if (this.won) this.hint = _("All goals are met. Go on to the next level.");
    else if (left == null) this.hint = this.level.lost;
    else {
      this.hints += 1;
      const [next] = this.solutionFromHere();
      if (!this.rung) {
        const fitting = [...this.level.hints.filter((one) => one.next && one.next === next.body.move), ...this.level.hints.filter((one) => !one.next)];
        this.hint = fitting[0]?.text || _("The goals are {count} away.", { count: countMoves(left) });
        this.rung = 1;
      } else this.hint = _("Next: {move}{after}.", { move: next.label, after: left > 1 ? _("; after that {count}", { count: countMoves(left - 1) }) : "" });
    }
    this.say(this.hint, false, true);
  }

  on_solution() {
    if (this.now.left == null) { this.say(`${_("From here no way leads to the goals.")} ${_("Reset, and ask again.")}`, true); return; }
    this.solution = this.solutionFromHere().map((one) => one.label);
    this.shown = this.shown || this.solution.length > 0;
    this.say(_("From here it takes: {solution}.", { solution: this.solution.join("; ") }), false, true);
  }

  on_undo() {
    if (this.console.at === 0) this.say(_("This is where the level begins: there is nothing to undo."), true);
    else this.console.send({ act: "undo" });
  }

  on_reset() {
    Object.assign(this, { shown: false, hints: 0, solution: [], chosen: -1 });
    this.console.send({ act: "jump", to: 0 });
    this.say(_("Back at the beginning of the level."));
  }

  on_move({ move }) {
    const chosen = this.possible().find(({ body }) => body.move === move);
    if (!chosen) { this.say(`“${move}” cannot be done now.`, true); return; }
    this.console.stop();
    this.console.take(chosen, this.console.typedText(chosen.command, {}));
    if (!this.won) this.say(this.moment.said);
  }

  // As in a notebook, an option must be the number of an offered option, not a value that only looks like one.
  offered(asked, option) {
    if (Number.isInteger(option) && option >= 0 && option < asked.options.length) return true;
    this.say(_("Choose an option first."), true);
    return false;
  }

  on_predict({ number, option }) {
    const asked = Number.isInteger(number) ? this.level.predictions[number] : undefined;
    if (!asked) { this.say(`${_("This level has no such question.")} ${_("Reload the page.")}`, true); return; }
    if (!this.offered(asked, option)) return;
    this.predicted[number] = option;
    const right = asked.options.find((one) => one.right);
    this.say(asked.options[option].right ? _("Your prediction is right.") : _("Incorrect. What happens: {text}", right));
  }

  on_answer({ option }) {
    if (!this.level.question) { this.say(`${_("This level has no question to answer.")} ${_("Reload the page.")}`, true); return; }
    if (!this.offered(this.level.question, option)) return;
    const chosen = this.level.question.options[option];
    this.chosen = option;
    const move = this.graph.moves(this.moment).find(({ command }) => command[0] === "Answer" && command[1] === chosen.text);
    if (move) this.console.take(move);
    if (!this.won) this.say(_("Incorrect. {reason}", chosen));
  }

  on_import({ text }) {
    try { this.say(_("Imported: {count}.", { count: countLevels(this.progress.take(text)) })); }
    catch (error) { this.say(_("This is no progress file: {error}.", { error: error.message }), true); }
  }
  on_wipe() { this.progress.wipe(); this.say(_("Your progress is wiped.")); }
}

const drawPanel = render; // practice.js's own

mounts.practice = (place, data) => {
  const { first, levels, rules } = JSON.parse(place.dataset.model);
  const root = shadowRoot(place, "practice", "console");
  const [panel, stage] = [document.createElement("div"), document.createElement("div")];
  root.append(panel, stage);
  const known = Object.fromEntries(levels.map((name) => [name, data.widgets.practice[name]]));
  const mountConsole = (model) => { stage.replaceChildren(); return drawConsole({ model, el: stage }); };
  const desk = new Desk(known, first, rules, data.rules, mountConsole);
  drawPanel({ model: desk, el: panel });
  place.model = desk;
};
