// A pipeline without a kernel. Moves are looked up in the state graph that the page contains (show/offline/state_graph_export.py);
// Python computed what they do, and sends limits, texts and names as data (`rules`: show/offline/page_rules.py). This file
// keeps the tables of the past and makes a view for the console from both.
const StateGraph = (() => {
  const MARK = /\x01(\d+)(?:\|([^\x02]*))?\x02/g;
  const copy = (value) => JSON.parse(JSON.stringify(value));

  // Times as Python writes them: view/tables.py, view/stages.py.
  const two = (number) => String(number).padStart(2, "0");
  function clock(seconds) {
    const whole = Math.floor(seconds + 0.5);
    const rest = whole % 86400;
    const text = `${Math.floor(rest / 3600)}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
    return whole < 86400 ? text : `${Math.floor(whole / 86400)} d ${text}`;
  }
  const round = (number) => (number % 1 === 0.5 ? 2 * Math.round(number / 2) : Math.round(number)); // halves to the even number
  const left = (seconds) => (seconds >= 90 ? _("{number} min left", { number: round(seconds / 60) }) : _("{number} s left", { number: Math.max(0, round(seconds)) }));

  // `marker` stands for what a person types; in a sentence it may be followed by a full stop.
  function fill(text, marker, typed) {
    if (!text.includes(marker)) return text;
    return text.replaceAll(`${marker}.`, /[.!?]$/.test(typed) ? typed : `${typed}.`).replaceAll(marker, typed);
  }

  class StateGraph {
    constructor(data, rules) { Object.assign(this, data); this.rules = rules; }

    // Executions by their numbers: `who` has the number of each that the state knows, `next` that of any other.
    named(value, who, next, typed = "") {
      const id = (at) => (at <= who.length ? who[at - 1] : next);
      const walk = (part) => {
        if (typeof part === "string") return fill(part.replace(MARK, (all, at, kind) => (kind ? this.ids[kind]?.[id(Number(at)) - 1] ?? "…" : id(Number(at)))), this.rules.typed, typed);
        if (Array.isArray(part)) return part.map(walk);
        if (!part || typeof part !== "object") return part;
        if ("#" in part) return id(part["#"]);
        return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, walk(item)]));
      };
      return walk(value);
    }

    moves({ node, who, past }) {
      const [, , , , , edges] = this.nodes[node];
      const moves = [];
      for (let at = 0; at < edges.length; at += 2) {
        const body = this.pool[edges[at]];
        if (body.do?.[0] === "StartExecution" && past.last >= this.ids.execution.length) continue; // Python made no more ids
        moves.push({ body, target: edges[at + 1], command: this.named(body.do, who, past.last + 1) });
      }
      return moves;
    }

    find(moment, command) {
      const wanted = JSON.stringify(command);
      return this.moves(moment).find((move) => JSON.stringify(move.command) === wanted);
    }

    // The moment after a move; the one before stays as it is. `at` is the time at which something ends by itself.
    after(moment, { body: full, target }, typed, at) {
      const { who } = moment;
      const body = typed || !full.bare ? full : { ...full, ...full.bare };
      const past = copy(moment.past);
      const next = past.last + 1;
      if (past.now !== undefined) {
        past.now = Math.max(past.now, at ?? 0);
        past.clock = clock(past.now);
      }
      const named = (part, text = typed) => this.named(part, who, next, text);
      for (const line of named(body.lines)) this.note(past, line, typed);
      past.log = [...past.log, ...named(body.log).map(([key, text]) => [moment.position + 1, past.clock, key, text])];
      const more = Math.max(0, past.log.length - this.rules.limits.log);
      past.more += more;
      past.log = past.log.slice(more);
      if (body.call) past.done = [typedCall(named(body.call, this.rules.typed), this.rules.typed, typed), ...past.done].slice(0, this.rules.limits.done);
      return {
        graph: this, node: target, past, position: moment.position + 1, said: named(body.say), bad: Boolean(body.bad), base: moment.base,
        who: body.stays.map((at) => (at <= who.length ? who[at - 1] : next)),
      };
    }

    note(past, [line, ...args], typed) {
      const [n, stage, third] = args;
      const row = past.rows[n];
      const act = `${stage}\t${third}`;
      if (line === "start") {
        const [target, into] = [stage, third];
        const old = past.rows[target];
        const ids = this.ids.revision[n - 1] || {};
        const sources = Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, `${id} ${typed}`]));
        past.rows[n] = { message: old ? old.message : typed, revision: old ? old.revision : Object.values(ids).join(", "), sources: old ? old.sources : sources, status: "InProgress", stage: into, visits: {} };
        if (old) past.made[n] = copy(past.made[target] || {});
        past.last = n;
      } else if (line === "at") { row.visits[stage] = third; row.stage = stage; }
      else if (line === "visit") row.visits[stage] = third;
      else if (line === "is") { row.status = stage; }
      else if (line === "over") { row.status = "Superseded"; row.by = third; delete row.visits[stage]; }
      else if (line === "leave") { if (row.visits[stage] === "Waiting") delete row.visits[stage]; else row.visits[stage] = third; }
      else if (line === "has") past.has[n] = stage;
      else if (line === "shut") past.reasons[n] = stage;
      else if (line === "open") delete past.reasons[n];
      else if (line === "doors") past.reasons = {};
      else if (line === "run") {
        const attempt = (past.newest[`${n}\t${act}`]?.attempt || 0) + 1;
        past.latest[act] = past.newest[`${n}\t${act}`] = { n, status: "InProgress", note: "", attempt };
        const ends = past.seconds?.[act];
        past.running.push([n, stage, third, past.now, ends === undefined ? null : past.now + ends]);
      } else if (line === "end") {
        const run = { ...past.newest[`${n}\t${act}`], status: args[3], note: args[4] };
        if (past.latest[act]?.n === n) past.latest[act] = run;
        past.newest[`${n}\t${act}`] = run;
        past.running = past.running.filter(([x, s, a]) => `${x}\t${s}\t${a}` !== `${n}\t${act}`);
      } else if (line === "make") {
        const [, name, producerStage, producer, inputs, source] = args;
        const outputs = (past.made[n] ??= {});
        const from = source ? [row.sources[producer]].filter(Boolean) : [...new Set(inputs.flatMap((input) => outputs[input]?.from || []))];
        outputs[name] = { from };
        const key = this.ids.artifact[n - 1][name];
        (past.artifacts[n] ??= []).push({ name, by: `${producerStage} / ${producer}`, key, from: from.join(", ") });
        const twice = past.artifacts[n].findIndex((a) => a.name === name);
        if (twice < past.artifacts[n].length - 1) past.artifacts[n].splice(twice, 1);
      }
    }

    // -- the view of a moment ------------------------------------------------------------------------------------------
    view(moment, total) {
      const { node, who, past } = moment;
      const [, stages, reasons, release, can, , more] = this.nodes[node];
      const named = (place) => this.named(this.pool[place], who, past.last || 1);
      const { texts, limits } = this.rules;
      const due = this.due(moment);
      const because = reasons.map(named);
      const rows = Object.keys(past.rows).map(Number).sort((a, b) => b - a);
      const view = {
        pipeline: moment.base, position: moment.position, total, sentence: moment.said, bad: moment.bad, release: named(release),
        stages: stages.map((place) => this.stage(named(place), past)), reasons: because, log: past.log,
        executions: rows.slice(0, limits.executions).map((n) => this.row(n, past, stages.map((place) => this.pool[place].name))),
        artifacts: Object.fromEntries(Object.entries(past.artifacts).filter(([n]) => rows.indexOf(Number(n)) < limits.executions)),
        aws: { done: past.done, can: can.map(named), none: past.none },
        step: due ? { next: due.next } : { no: because.length ? `${texts.waitingDue} ${because[0].text} ${because[0].who}`.trim() : texts.nothingDue },
        undo: moment.position ? {} : { no: texts.atBeginning },
        redo: moment.position === total ? { no: texts.atEnd } : {},
        carried: this.carried, limits: limits.typed, ...(past.clock && { clock: past.clock }), ...more,
      };
      if (past.more) view.more_log = past.more;
      if (rows.length > limits.executions) view.more_executions = rows.length - limits.executions;
      return view;
    }

    chip(n, past) { return { n, message: past.rows[n]?.message || "" }; }

    stage(stage, past) {
      const chip = (one) => this.chip(one.n, past);
      const { door } = stage;
      if (!door.on) door.reason = past.reasons[stage.name] || "";
      if (door.waiting) {
        door.waiting = door.waiting.map(chip);
        const gone = this.gone(stage.name, door.waiting, past);
        if (gone.length) door.gone = gone.slice(0, this.rules.limits.superseded);
        if (gone.length > door.gone?.length) door.more = gone.length - door.gone.length;
      }
      if (stage.inside) stage.inside = chip(stage.inside);
      else if (past.has[stage.name]) stage.status = this.rules.statuses.Succeeded;
      if (stage.also) stage.also = stage.also.map(chip);
      delete stage.delivered;
      if (past.has[stage.name]) stage.delivered = this.chip(past.has[stage.name], past);
      for (const action of stage.groups.flat()) this.action(stage, action, past);
      return stage;
    }

    action(stage, action, past) {
      const key = `${stage.name}\t${action.name}`;
      for (const review of action.reviews || []) {
        const { attempt } = past.newest[`${review.n}\t${key}`] || {};
        if (attempt > 1) review.attempt = attempt;
      }
      const run = stage.inside ? action.status[0] !== "none" && past.newest[`${stage.inside.n}\t${key}`] : past.latest[key];
      if (!run) return;
      if (!stage.inside) { action.status = this.rules.statuses[run.status]; action.old = run.n; }
      if (run.note) action.note = run.note;
      if (run.attempt > 1) action.attempt = run.attempt;
      if (action.by_hand) this.time(action, past.running.find(([n, s, a]) => n === stage.inside?.n && s === stage.name && a === action.name), past.now);
    }

    // How far a running action is, if the clock ends it.
    time(action, running, now) {
      const [began, ends] = running?.slice(3) || [];
      if (ends == null || now === undefined) return;
      delete action.by_hand;
      action.progress = ends > began ? Math.min(1, Math.max(0, (now - began) / (ends - began))) : 1;
      action.left = left(ends - now);
    }

    gone(stage, waiting, past) {
      const successors = new Set(waiting.map((chip) => chip.n));
      const chips = [];
      for (const n of Object.keys(past.rows).map(Number).sort((a, b) => b - a)) {
        const row = past.rows[n];
        if (!successors.has(row.by) || row.stage !== stage) continue;
        successors.add(n);
        chips.push({ ...this.chip(n, past), by: row.by });
      }
      return chips;
    }

    row(n, past, stages) {
      const row = past.rows[n];
      const cell = (name) => {
        if (row.visits[name] === "Waiting") return this.rules.statuses["At the transition"].map((text) => text.replace("{stage}", () => name));
        if (row.visits[name]) return this.rules.statuses[row.visits[name]];
        if (!row.by || row.stage !== name) return null;
        const [key, word, glyph] = this.rules.statuses.Superseded;
        return [key, _("{word} by #{superseded_by}", { word, superseded_by: row.by }), glyph];
      };
      return { n, message: row.message, revision: row.revision, status: this.rules.statuses[row.status], cells: stages.map(cell), ...(row.by && { by: row.by }) };
    }

    outcome({ who, past }, { body }) { return this.named(body.outcome, who, past.last + 1); }

    // What ends next by itself: the action whose time is over first, or that began first; or a rule.
    due(moment) {
      const ends = this.moves(moment);
      const inOrder = [...moment.past.running].sort((one, other) => (one[4] ?? 0) - (other[4] ?? 0));
      for (const [n, stage, action, , at] of inOrder) {
        const move = ends.find(({ command: [kind, x, s, a, failure] }) => kind === "FinishAction" && x === n && s === stage && a === action && !failure);
        if (move) return { move, next: this.outcome(moment, move), at };
      }
      const rule = ends.find(({ command }) => command[0] === "FinishRule" && command[4]);
      return rule && { move: rule, next: this.outcome(moment, rule) };
    }
  }
  return StateGraph;
})();
