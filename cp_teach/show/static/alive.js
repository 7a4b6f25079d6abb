// A console in a page without a kernel: it begins with the recorded moments of its run, and from any of them a person may
// go on as they like. console.js stands before this text in the same module and gives `render`; atlas.js gives `Atlas`.
const PACE = 1200; // milliseconds from one moment to the next while it plays
const ONLY_LIVE = {
  inject: "A planned failure needs the notebook. Here, let a running action fail yourself.",
  heal: "A planned failure needs the notebook.",
};
const REASON = /^[a-zA-Z0-9!@ ().*?-]+$/; // AWS's letters for a reason (model: DisabledReason)

class Alive {
  constructor(recording, at, atlases) {
    this.atlases = atlases;
    this.moments = recording.views.map((view, position) => this.recorded(recording, view, position));
    this.recording = recording;
    this.at = Math.min(at, this.moments.length - 1);
    this.told = 0;
    this.forks = 0; // how often the past was rewritten; text that was typed before that does not belong to an execution of now
    this.run = recording.views[0].run;
    this.heard = {};
    this.values = { view: null, selected: 0, playing: false, speed: null, size: "normal" };
    this.values.view = this.picture();
  }

  recorded(recording, view, position) {
    const place = recording.places[position];
    if (!place) return { view, position };
    const [atlas, node, who, past] = place;
    // The past is completed from the picture, which has the log, the artifacts and the newest acts already.
    const told = {
      ...past, log: view.log, more: view.more_log || 0, done: view.aws.done, none: view.aws.none, artifacts: view.artifacts,
      clock: view.clock, count: 0, base: view.pipeline.name,
    };
    return { view, position, atlas: this.atlases[atlas], node, who, told, base: view.pipeline };
  }

  // -- what anywidget's model has -------------------------------------------------------------------------------------
  get(name) { return this.values[name]; }
  set(name, value) { this.values[name] = value; this.fire(name); }
  save_changes() {}
  on(event, listener) { (this.heard[event] ??= new Set()).add(listener); }
  off(event, listener) { this.heard[event]?.delete(listener); }
  fire(name) { for (const listener of this.heard[`change:${name}`] || []) listener(); }

  send(message) {
    const { act } = message;
    const to = { undo: this.at - 1, redo: this.at + 1, jump: Number(message.to) }[act];
    if (to !== undefined) { this.stop(); this.go(to); }
    else if (act === "do") { this.stop(); this.make(message); }
    else if (act === "step") { this.stop(); this.step(); }
    else if (act === "play") this.play();
    else if (act === "pause" || act === "hidden") this.stop();
    else if (Object.hasOwn(ONLY_LIVE, act)) this.refuse(ONLY_LIVE[act]);
  }

  // -- moving among the moments -----------------------------------------------------------------------------------------
  get moment() { return this.moments[this.at]; }
  get last() { return this.moments.length - 1; }

  // A recorded picture says more (how long an action still runs) than one that was looked up.
  picture(more) {
    const { moment } = this;
    let view = moment.view;
    if (view) {
      const { inject, ...rest } = view;
      const recorded = this.at < this.last;
      view = { ...rest, position: this.at, total: this.last, step: recorded ? {} : moment.atlas ? moment.atlas.view(moment, this.last).step : { no: "The recording ends here." }, carried: moment.atlas ? moment.atlas.carried : "From this moment the page can only replay; open the notebook to act." };
      view.redo = recorded ? {} : { no: "This is the newest moment: there is nothing to redo." };
    } else view = moment.atlas.view(moment, this.last);
    return { ...view, run: this.run, fork: this.forks, answer: this.answer, said: { n: this.told, text: "", alert: false }, ...more };
  }

  sentence(moment) { return moment.view ? [moment.view.sentence, moment.view.bad] : [moment.said, moment.bad]; }

  go(to) {
    if (!(to >= 0 && to <= this.last)) return;
    this.at = to;
    const [text, bad] = this.sentence(this.moment);
    this.say(`Moment ${to} of ${this.last}: ${text}`, Boolean(bad));
  }

  say(text, alert, notice) {
    this.told += 1;
    this.set("view", this.picture({ said: { n: this.told, text, alert }, ...notice }));
    this.changed?.();
  }

  refuse(text) { this.say(text, true, { notice: { text, error: "" } }); }

  // -- acting -----------------------------------------------------------------------------------------------------------
  make({ command, id, with: typed = {} }) {
    const { moment } = this;
    this.answer = { id, refused: true };
    const no = moment.atlas ? this.wrong(command, typed) : "From this moment the page can only replay. Go back with Undo, or open the notebook to act.";
    if (no) { this.refuse(no); return false; }
    const move = moment.atlas.find(moment, command);
    if (!move) { this.refuse("This page does not carry that move. Open the notebook in JupyterLab to make it."); return false; }
    if (move.body.needs && !typed.summary) { this.refuse(move.body.needs); return false; }
    this.answer = { id, refused: false };
    this.take(move, this.words(command, typed));
    return true;
  }

  wrong([kind], { reason = "" }) {
    if (kind !== "DisableTransition" || !reason.trim() || REASON.test(reason)) return "";
    const bad = [...new Set([...reason].filter((letter) => !REASON.test(letter)))].sort((a, b) => a.codePointAt(0) - b.codePointAt(0)).map((letter) => `'${letter}'`);
    return `AWS takes no ${bad.join(" ")} in the reason for a disabled transition. Use letters, digits, spaces and ! @ ( ) . * ? - only.`;
  }

  words([kind], { message = "", reason = "", summary = "" }) {
    if (kind === "StartExecution") return message.trim() || `Change ${this.moment.told.last + 1}`;
    if (kind === "DisableTransition") return reason.trim() ? reason : this.recording.reason;
    return summary;
  }

  // Acting in the past drops the future that was undone, as in a notebook.
  take(move, typed = "") {
    const next = this.moment.atlas.after(this.moment, move, typed);
    if (this.at < this.last) this.forks += 1;
    this.moments.splice(this.at + 1, Infinity, next);
    this.at += 1;
    this.say(next.said, next.bad);
  }

  step() {
    if (this.at < this.last) { this.go(this.at + 1); return true; }
    const due = this.moment.atlas?.due(this.moment);
    if (!due) return false;
    this.take(due.move);
    return true;
  }

  play() {
    if (this.at === this.last && !this.moment.atlas?.due(this.moment)) this.go(0);
    this.set("playing", true);
    this.clock = setInterval(() => this.step() || this.stop(), PACE);
  }

  stop() {
    clearInterval(this.clock);
    if (this.values.playing) this.set("playing", false);
  }
}
