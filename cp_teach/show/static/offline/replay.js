// The model of a console in a page without a kernel. It begins with the recorded moments of its run, and from any of them a
// person can go on. The console's `render` draws it; `StateGraph` looks the moves up.
const PACE = 1200; // milliseconds from one moment to the next while it plays

class Replay {
  // `shown`: the clock and the stages at which its cell showed it, if the clock had moved on since the newest step.
  constructor(recording, at, graphs, rules, shown) {
    this.graphs = graphs;
    this.texts = rules.texts;
    this.moments = recording.views.map((view, position) => this.recorded(recording, view, position));
    this.recording = recording;
    this.branches = [{ start: 0 }]; // each with its moments, once another one is shown
    this.branch = 0;
    this.at = Math.min(at, this.moments.length - 1);
    if (shown) this.moments[this.at] = this.later(this.moments[this.at], shown);
    this.announced = 0;
    this.forks = 0; // how often the past was rewritten; text that was typed before that belongs to no execution of today
    this.run = recording.views[0].run;
    this.listeners = {};
    this.values = { view: null, selected: 0, playing: false, speed: null, size: "normal" };
    this.values.view = this.picture();
  }

  recorded(recording, view, position) {
    const place = recording.places[position];
    if (!place) return { view, position };
    const [graph, node, who, tables] = place;
    // The picture has the log, the artifacts and the newest acts already.
    const past = {
      ...tables, seconds: recording.seconds, log: view.log, more: view.more_log || 0, done: view.aws.done, none: view.aws.none, artifacts: view.artifacts,
      clock: view.clock,
    };
    return { view, position, graph: this.graphs[graph], node, who, past, base: view.pipeline };
  }

  later(moment, { now, ...shown }) {
    return { ...moment, view: { ...moment.view, ...shown }, past: moment.past && { ...moment.past, now, clock: shown.clock } };
  }

  // -- the members of anywidget's model ---------------------------------------------------------------------------------
  get(name) { return this.values[name]; }
  set(name, value) { this.values[name] = value; this.fire(name); }
  save_changes() {}
  on(event, listener) { (this.listeners[event] ??= new Set()).add(listener); }
  off(event, listener) { this.listeners[event]?.delete(listener); }
  fire(name) { for (const listener of this.listeners[`change:${name}`] || []) listener(); }

  send(message) {
    const { act } = message;
    const to = { undo: this.at - 1, redo: this.at + 1, jump: Number(message.to) }[act];
    if (to !== undefined) { this.stop(); this.go(to); }
    else if (act === "branch") { this.stop(); this.switchBranch(Number(message.to) - 1); }
    else if (act === "do") { this.stop(); this.make(message); }
    else if (act === "step") { this.stop(); this.step(); }
    else if (act === "play") this.play();
    else if (act === "pause" || act === "hidden") this.stop();
    else if (Object.hasOwn(this.texts.onlyLive, act)) this.refuse(this.texts.onlyLive[act]);
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
      view = { ...rest, position: this.at, total: this.last, step: recorded ? {} : moment.graph ? moment.graph.view(moment, this.last).step : { no: this.texts.recordingEnds }, carried: moment.graph ? moment.graph.carried : this.texts.replayOnly };
      view.redo = recorded ? {} : { no: this.texts.atEnd };
    } else view = moment.graph.view(moment, this.last);
    view = this.possible(view);
    return { ...view, branches: this.branchesView(), run: this.run, fork: this.forks, answer: this.answer, said: { n: this.announced, text: "", alert: false }, ...more };
  }

  // The view without the moves that the page does not carry; those that the rules refuse say why.
  possible(view) {
    const { moment } = this;
    const carried = new Set(moment.graph ? moment.graph.moves(moment).map(({ command }) => JSON.stringify(command)) : []);
    const walk = (part) => {
      if (!part || typeof part !== "object") return part;
      if (!Array.isArray(part)) {
        if (part.command && !part.no && !carried.has(JSON.stringify(part.command))) return null;
        return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, walk(item)]).filter(([key, item]) => item !== null || part[key] === null));
      }
      const kept = part.map(walk).filter((item, at) => item !== null || part[at] === null);
      return part.length && !kept.length ? null : kept;
    };
    const { release, stages, reasons, ...rest } = view;
    const kept = walk(release);
    return { ...rest, ...(kept && { release: kept }), stages: stages.map(walk), ...(reasons && { reasons: reasons.map(walk) }) };
  }

  sentence(moment) { return moment.view ? [moment.view.sentence, moment.view.bad] : [moment.said, moment.bad]; }

  go(to) {
    if (!(to >= 0 && to <= this.last)) return;
    this.at = to;
    const [text, bad] = this.sentence(this.moment);
    this.say(_("Step {position} of {total}: {text}", { position: to, total: this.last, text }), Boolean(bad));
  }

  say(text, alert, notice) {
    this.announced += 1;
    this.set("view", this.picture({ said: { n: this.announced, text, alert }, ...notice }));
    this.changed?.();
  }

  refuse(text) { this.say(text, true, { notice: { text, error: "" } }); }

  // -- acting -----------------------------------------------------------------------------------------------------------
  make({ command, id, with: typed = {} }) {
    const { moment } = this;
    this.answer = { id, refused: true };
    const no = moment.graph ? this.refusal(command, typed) : this.texts.actOnReplay;
    if (no) { this.refuse(no); return false; }
    const move = moment.graph.find(moment, command);
    if (!move) { this.refuse(this.texts.leftOut); return false; }
    if (move.body.needs && !typed.summary) { this.refuse(move.body.needs); return false; }
    this.answer = { id, refused: false };
    this.take(move, this.typedText(command, typed));
    return true;
  }

  refusal([kind], { reason = "" }) { return kind === "DisableTransition" ? refusedReason(reason, this.recording.reason) : ""; }

  typedText([kind], { message = "", reason = "", summary = "" }) {
    if (kind === "StartExecution") return message.trim() || `Change ${this.moment.past.last + 1}`;
    if (kind === "DisableTransition") return reason.trim() ? reason : this.recording.reason.default;
    return summary;
  }

  // Acting in the past begins a branch, as in a notebook: what was undone stays in the branch that it belongs to.
  take(move, typed = "", at = null) {
    const next = this.moment.graph.after(this.moment, move, typed, at);
    if (this.at < this.last) {
      this.forks += 1;
      this.branches[this.branch].moments = this.moments;
      this.branch = this.branches.push({ start: this.at }) - 1;
      this.moments = this.moments.slice(0, this.at + 1);
    }
    this.moments.push(next);
    this.at += 1;
    this.say(next.said, next.bad);
  }

  switchBranch(to) {
    if (!this.branches[to]) return;
    this.branches[this.branch].moments = this.moments;
    if (to !== this.branch) this.forks += 1;
    this.branch = to;
    this.moments = this.branches[to].moments;
    this.go(this.last);
  }

  branchesView() {
    const { texts } = this;
    const filled = (text, values) => text.replace(/{(\w+)}/g, (all, name) => values[name]);
    const names = this.branches.map(({ start, moments }, at) => {
      const count = (at === this.branch ? this.moments : moments).length - 1 - start;
      const steps = filled(count === 1 ? texts.oneStep : texts.steps, { count });
      return [at + 1, filled(at ? texts.branch : texts.firstBranch, { number: at + 1, start, steps })];
    });
    const count = this.last - this.at;
    const acting = count > 0 && this.moment.graph && filled(count === 1 ? texts.actingOne : texts.acting, { count, number: this.branch + 1 });
    return { names, current: this.branch + 1, total: names.length, ...(acting && { acting }) };
  }

  step() {
    if (this.at < this.last) { this.go(this.at + 1); return true; }
    const due = this.moment.graph?.due(this.moment);
    if (!due) return false;
    this.take(due.move, "", due.at);
    return true;
  }

  play() {
    if (this.at === this.last && !this.moment.graph?.due(this.moment)) this.go(0);
    this.set("playing", true);
    this.clock = setInterval(() => this.step() || this.stop(), PACE);
  }

  stop() {
    clearInterval(this.clock);
    if (this.values.playing) this.set("playing", false);
  }
}
