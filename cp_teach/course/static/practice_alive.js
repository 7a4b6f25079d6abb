// Practice in a page without a kernel. Goals, hints and the way to the goals were computed in Python for every moment of
// every level; here they are looked up. It draws with practice.js, which stands before this text.
const WORDS = { solved: "Solved", shown: "Solution shown", skipped: "Skipped", "": "Open" };
const GLYPHS = { solved: "✓", shown: "◐", skipped: "»", "": "○" };
const KEPT = "cp-teach-progress";
const FORMAT = "cp_teach progress";
const VERSION = 1;
const STATES = ["solved", "skipped", "shown"]; // progress.WORDS
const count = (number, word = "move") => `${number} ${word}${number === 1 ? "" : "s"}`;

// The levels in an exported text. It accepts and refuses the same texts as progress.py. Names and states are untrusted,
// so nothing is looked up in the prototype of an object.
const whole = (value) => Number.isInteger(value) && value >= 0;
function readProgress(text) {
  let told = null;
  try { told = JSON.parse(text); } catch { throw new Error("it is not JSON"); }
  if (!told || typeof told !== "object" || told.format !== FORMAT) throw new Error(`it does not say "format": "${FORMAT}"`);
  if (told.version !== VERSION) throw new Error(`it is of version ${JSON.stringify(told.version)}, and version ${VERSION} is known here`);
  if (!told.levels || typeof told.levels !== "object" || Array.isArray(told.levels)) throw new Error('it has no "levels"');
  return Object.entries(told.levels).map(([name, row]) => {
    if (!STATES.includes(row?.state)) throw new Error(`level ${name}: its state has to be one of ${STATES.join(", ")}`);
    if (row.state !== "solved") return [name, { state: row.state }];
    for (const key of ["moves", "hints"]) if (!whole(row[key])) throw new Error(`level ${name}: "${key}" has to be a whole number`);
    return [name, { state: row.state, moves: row.moves, hints: row.hints }];
  });
}

// Fewer moves are better; for the same number of moves, fewer hints are.
const better = (one, other) => one.moves < other.moves || (one.moves === other.moves && one.hints < other.hints);

// What was solved: the same text that the notebook exports and imports. A browser may refuse to keep it.
class Progress {
  constructor() {
    this.levels = Object.create(null);
    this.kept = "Your progress is kept in this browser, and nowhere else.";
    let text = null;
    try { text = localStorage.getItem(KEPT); localStorage.setItem(KEPT, text ?? this.text); }
    catch { this.kept = "Your progress is kept as long as this page is open: export it to keep it."; }
    try { if (text) this.take(text); }
    catch (wrong) { // as in a notebook: an unreadable text is moved aside, and nothing is overwritten
      this.kept = `Your progress could not be read (${wrong.message}). It is kept in this browser as ${KEPT}.bad, and you start from the beginning.`;
      localStorage.setItem(`${KEPT}.bad`, text);
    }
  }
  get text() { return `${JSON.stringify({ format: FORMAT, version: 1, levels: this.levels }, null, 1)}\n`; }
  state(name) { return this.levels[name]?.state || ""; }
  put(name, row) {
    const old = this.levels[name];
    if (old?.state === "solved" && (row.state !== "solved" || !better(row, old))) return;
    this.levels[name] = row;
    this.write();
  }
  write() { try { localStorage.setItem(KEPT, this.text); } catch { /* said in `kept` */ } }
  wipe() { this.levels = Object.create(null); this.write(); }
  take(text) {
    const found = readProgress(text);
    for (const [name, row] of found) this.put(name, row);
    return found.length;
  }
}

class Desk {
  constructor(levels, first, words, here) {
    Object.assign(this, { levels, words, here, progress: new Progress(), heard: {}, n: 0 });
    this.names = Object.keys(levels);
    this.words = words;
    this.start(Object.hasOwn(levels, first) ? first : this.names[0]);
  }

  // -- what anywidget's model has; the panel only reads `page` ----------------------------------------------------------
  get(name) { return name === "page" ? this.page : undefined; }
  on(event, listener) { (this.heard[event] ??= new Set()).add(listener); }
  off(event, listener) { this.heard[event]?.delete(listener); }

  start(name) {
    this.level = this.levels[name];
    Object.assign(this, { hint: "", solution: [], rung: 0, hints: 0, shown: false, told: false, chosen: -1, predicted: {} });
    this.unmount?.();
    this.console = new Alive(this.level.recording, 0, [new Atlas(this.level.atlas, this.words)]);
    this.console.changed = () => { this.hint = ""; this.rung = 0; this.refresh(); };
    this.unmount = this.here(this.console);
    this.refresh();
  }

  get place() { return this.names.indexOf(this.level.name); }
  get moment() { return this.console.moment; }
  get atlas() { return this.console.moments[0].atlas; }
  get now() { return this.atlas.nodes[this.moment.node][6]; }
  get won() { return this.now.left === 0; }
  get moves() { return this.console.at; }

  say(text, alert = false, shown = false) { this.n += 1; this.said = { n: this.n, text, alert, shown }; }

  refresh() {
    if (this.won && !this.told) { this.told = true; this.win(); }
    else if (!this.won) this.told = false;
    this.page = this.draw();
    for (const listener of this.heard["change:page"] || []) listener();
  }

  win() {
    if (this.shown) {
      this.progress.put(this.level.name, { state: "shown" });
      this.say("Solved, with the solution shown. Reset, and try it by yourself.");
      return;
    }
    this.progress.put(this.level.name, { state: "solved", moves: this.moves, hints: this.hints });
    const best = this.moves <= this.level.par ? "the fewest there are" : `par is ${this.level.par}`;
    this.say(`Solved in ${count(this.moves)}: ${best}. ${this.level.teaches}`);
  }

  // -- the way on ---------------------------------------------------------------------------------------------------------
  label(moment, body) { return this.atlas.named(body.label, moment.who, moment.told.last + 1); }

  possible() { return this.atlas.moves(this.moment).filter(({ body }) => body.move); }

  way() {
    const found = [];
    let { moment } = this;
    while (this.atlas.nodes[moment.node][6].best != null) {
      const move = this.atlas.moves(moment)[this.atlas.nodes[moment.node][6].best];
      found.push({ body: move.body, label: this.label(moment, move.body) });
      moment = this.atlas.after(moment, move, "");
    }
    return found;
  }

  draw() {
    const { level, progress } = this;
    const chapters = new Map();
    for (const one of Object.values(this.levels)) {
      const row = progress.levels[one.name] || {};
      const state = row.state || "";
      const word = WORDS[state] + (state === "solved" ? ` in ${row.moves}` : "");
      if (!chapters.has(one.chapter)) chapters.set(one.chapter, []);
      chapters.get(one.chapter).push({ name: one.name, title: one.title, state, word, glyph: GLYPHS[state] });
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
    this.say(`Level ${this.place + 1} of ${this.names.length}: ${this.level.title}.`);
  }
  on_next() {
    if (this.place === this.names.length - 1) this.say("This is the last level.", true);
    else this.on_open({ level: this.names[this.place + 1] });
  }
  on_skip() { this.progress.put(this.level.name, { state: "skipped" }); this.on_next(); }

  on_hint() {
    const left = this.now.left;
    if (this.won) this.hint = "All goals are met. Go on to the next level.";
    else if (left == null) this.hint = this.level.lost;
    else {
      this.hints += 1;
      const [next] = this.way();
      if (!this.rung) {
        const fitting = [...this.level.hints.filter((one) => one.next && one.next === next.body.move), ...this.level.hints.filter((one) => !one.next)];
        this.hint = fitting[0]?.text || `The goals are ${count(left)} away.`;
        this.rung = 1;
      } else this.hint = `Next: ${next.label}${left > 1 ? `; after that ${count(left - 1)}` : ""}.`;
    }
    this.say(this.hint, false, true);
  }

  on_solution() {
    if (this.now.left == null) { this.say("From here no way leads to the goals. Reset, and ask again.", true); return; }
    this.solution = this.way().map((one) => one.label);
    this.shown = this.shown || this.solution.length > 0;
    this.say(`From here it takes: ${this.solution.join("; ")}.`, false, true);
  }

  on_undo() {
    if (this.console.at === 0) this.say("This is where the level begins: there is nothing to undo.", true);
    else this.console.send({ act: "undo" });
  }

  on_reset() {
    Object.assign(this, { shown: false, hints: 0, solution: [], chosen: -1 });
    this.console.send({ act: "jump", to: 0 });
    this.say("Back at the beginning of the level.");
  }

  on_move({ move }) {
    const found = this.possible().find(({ body }) => body.move === move);
    if (!found) { this.say(`“${move}” cannot be done now.`, true); return; }
    this.console.stop();
    this.console.take(found, this.console.words(found.command, {}));
    if (!this.won) this.say(this.moment.said);
  }

  // As in a notebook, an option must be the number of an offered option, not a value that only looks like one.
  offered(asked, option) {
    if (Number.isInteger(option) && option >= 0 && option < asked.options.length) return true;
    this.say("Choose an option first.", true);
    return false;
  }

  on_predict({ number, option }) {
    const asked = Number.isInteger(number) ? this.level.predictions[number] : undefined;
    if (!asked) { this.say("This level has no such question. Reload the page.", true); return; }
    if (!this.offered(asked, option)) return;
    this.predicted[number] = option;
    const right = asked.options.find((one) => one.right);
    this.say(asked.options[option].right ? "Your prediction is right." : `Not so. What happens: ${right.text}`);
  }

  on_answer({ option }) {
    if (!this.level.question) { this.say("This level has no question to answer. Reload the page.", true); return; }
    if (!this.offered(this.level.question, option)) return;
    const chosen = this.level.question.options[option];
    this.chosen = option;
    const move = this.atlas.moves(this.moment).find(({ command }) => command[0] === "Answer" && command[1] === chosen.text);
    if (move) this.console.take(move);
    if (!this.won) this.say(`Not so. ${chosen.reason}`);
  }

  on_import({ text }) {
    try { this.say(`Imported: ${count(this.progress.take(text), "level")}.`); }
    catch (wrong) { this.say(`This is no progress file: ${wrong.message}.`, true); }
  }
  on_wipe() { this.progress.wipe(); this.say("Your progress is wiped."); }
}

const drawPanel = render; // practice.js's own

mounts.practice = (place, data) => {
  const { first, levels } = JSON.parse(place.dataset.model);
  const root = opened(place, "practice", "console");
  const [panel, stage] = [document.createElement("div"), document.createElement("div")];
  root.append(panel, stage);
  const known = Object.fromEntries(levels.map((name) => [name, data.widgets.practice[name]]));
  const here = (model) => { stage.replaceChildren(); return drawConsole({ model, el: stage }); };
  const desk = new Desk(known, first, data.words, here);
  drawPanel({ model: desk, el: panel });
  place.model = desk;
};
