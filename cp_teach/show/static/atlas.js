// A pipeline without a kernel. Moves are looked up in the state graph that travels with the page (show/offline/state_graph_export.py); what
// they do was written down in Python. This file keeps the tables of the past and puts both into a view for the console.
const Atlas = (() => {
  const TYPED = "What was typed"; // atlas_news.TYPED
  const LOG = 60, ROWS = 12, DONE = 5, GONE = 2; // as in view_tables.py, aws_words.py and view_stages.py
  const MARK = /\x01(\d+)(?:\|([^\x02]*))?\x02/g;
  const copy = (value) => JSON.parse(JSON.stringify(value));

  // What a person typed, in a sentence that was written for any text.
  function fill(text, typed) {
    if (!text.includes(TYPED)) return text;
    return text.replaceAll(`${TYPED}.`, /[.!?]$/.test(typed) ? typed : `${typed}.`).replaceAll(TYPED, typed);
  }

  // The same in a command for a shell and in a call of Python, quoted as each wants it (style/aws_call_text.py).
  const shell = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);
  const python = (text) => (text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`);
  function spoken(words, typed) {
    const cli = words.cli?.replace(new RegExp(`'([^']*)${TYPED}([^']*)'`), (all, before, after) => {
      const simple = /^[\p{L}\p{N}_ .!?()/-]+$/u.test(typed);
      if (!before || simple) return shell(before + typed + after);
      return shell(`{"summary": ${JSON.stringify(typed)}, "status": "${after.split("=")[1]}"}`);
    });
    return { ...words, ...(cli && { cli }), ...(words.boto3 && { boto3: words.boto3.replaceAll(`'${TYPED}'`, python(typed)) }) };
  }

  class Atlas {
    constructor(data, words) { Object.assign(this, data); this.words = words; }

    // Executions by their numbers: `who` has the number of each that the state knows, `next` that of any other.
    named(value, who, next, typed = "") {
      const id = (at) => (at <= who.length ? who[at - 1] : next);
      const walk = (part) => {
        if (typeof part === "string") return fill(part.replace(MARK, (all, at, kind) => (kind ? this.ids[kind]?.[id(Number(at)) - 1] ?? "…" : id(Number(at)))), typed);
        if (Array.isArray(part)) return part.map(walk);
        if (!part || typeof part !== "object") return part;
        if ("#" in part) return id(part["#"]);
        return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, walk(item)]));
      };
      return walk(value);
    }

    moves({ node, who, told }) {
      const [, , , , , edges] = this.nodes[node];
      const found = [];
      for (let at = 0; at < edges.length; at += 2) {
        const body = this.pool[edges[at]];
        found.push({ body, target: edges[at + 1], command: this.named(body.do, who, told.last + 1) });
      }
      return found;
    }

    find(moment, command) {
      const wanted = JSON.stringify(command);
      return this.moves(moment).find((move) => JSON.stringify(move.command) === wanted);
    }

    // The moment after a move; the one before stays as it is.
    after(moment, { body: full, target }, typed) {
      const { who } = moment;
      const body = typed || !full.bare ? full : { ...full, ...full.bare };
      const told = copy(moment.told);
      const next = told.last + 1;
      const named = (part, text = typed) => this.named(part, who, next, text);
      for (const line of named(body.lines)) this.note(told, line, typed);
      told.log = [...told.log, ...named(body.log).map(([key, text]) => [moment.position + 1, told.clock, key, text])];
      const more = Math.max(0, told.log.length - LOG);
      told.more += more;
      told.log = told.log.slice(more);
      if (body.words) told.done = [spoken(named(body.words, TYPED), typed), ...told.done].slice(0, DONE);
      return {
        atlas: this, node: target, told, position: moment.position + 1, said: named(body.say), bad: Boolean(body.bad), base: moment.base,
        who: body.stays.map((at) => (at <= who.length ? who[at - 1] : next)),
      };
    }

    note(told, [line, ...args], typed) {
      const [n, stage, third] = args;
      const row = told.rows[n];
      const act = `${stage}\t${third}`;
      if (line === "start") {
        const [, target, into] = [n, stage, third];
        const old = told.rows[target];
        const ids = this.ids.revision[n - 1] || {};
        const sources = Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, `${id} ${typed}`]));
        told.rows[n] = { message: old ? old.message : typed, revision: old ? old.revision : Object.values(ids).join(", "), sources: old ? old.sources : sources, status: "InProgress", stage: into, visits: {} };
        if (old) told.made[n] = copy(told.made[target] || {});
        told.last = n;
      } else if (line === "at") { row.visits[stage] = third; row.stage = stage; }
      else if (line === "visit") row.visits[stage] = third;
      else if (line === "is") { row.status = stage; }
      else if (line === "over") { row.status = "Superseded"; row.by = third; delete row.visits[stage]; }
      else if (line === "leave") { if (row.visits[stage] === "Waiting") delete row.visits[stage]; else row.visits[stage] = third; }
      else if (line === "has") told.has[n] = stage;
      else if (line === "shut") told.reasons[n] = stage;
      else if (line === "open") delete told.reasons[n];
      else if (line === "doors") told.reasons = {};
      else if (line === "run") {
        const attempt = (told.newest[`${n}\t${act}`]?.attempt || 0) + 1;
        told.latest[act] = told.newest[`${n}\t${act}`] = { n, status: "InProgress", note: "", attempt };
        told.running.push([n, stage, third]);
      } else if (line === "end") {
        const one = { ...told.newest[`${n}\t${act}`], status: args[3], note: args[4] };
        if (told.latest[act]?.n === n) told.latest[act] = one;
        told.newest[`${n}\t${act}`] = one;
        told.running = told.running.filter((run) => run.join("\t") !== `${n}\t${act}`);
      } else if (line === "make") {
        const [, , in_, by, inputs, source] = args;
        const name = stage;
        const mine = (told.made[n] ??= {});
        const from = source ? [row.sources[by]].filter(Boolean) : [...new Set(inputs.flatMap((input) => mine[input]?.from || []))];
        told.count += 1;
        mine[name] = { from };
        const key = `${told.base.slice(0, 20)}/${name.slice(0, 10)}/${told.count.toString(36).padStart(7, "p4g3x0q")}.zip`;
        (told.artifacts[n] ??= []).push({ name, by: `${in_} / ${by}`, key, from: from.join(", ") });
        const twice = told.artifacts[n].findIndex((a) => a.name === name);
        if (twice < told.artifacts[n].length - 1) told.artifacts[n].splice(twice, 1);
      }
    }

    // -- the view of a moment ------------------------------------------------------------------------------------------
    view(moment, total) {
      const { node, who, told } = moment;
      const [, stages, reasons, release, can, , more] = this.nodes[node];
      const named = (place) => this.named(this.pool[place], who, told.last || 1);
      const due = this.due(moment);
      const because = reasons.map(named);
      const rows = Object.keys(told.rows).map(Number).sort((a, b) => b - a);
      const view = {
        pipeline: moment.base, position: moment.position, total, sentence: moment.said, bad: moment.bad, release: this.free(named(release), told),
        stages: stages.map((place) => this.stage(named(place), told)), reasons: because, log: told.log,
        executions: rows.slice(0, ROWS).map((n) => this.row(n, told, stages.map((place) => this.pool[place].name))),
        artifacts: Object.fromEntries(Object.entries(told.artifacts).filter(([n]) => rows.indexOf(Number(n)) < ROWS)),
        aws: { done: told.done, can: can.map(named), none: told.none },
        step: due ? { next: due.next } : { no: because.length ? `Nothing ends of itself now. ${because[0].text} ${because[0].who}`.trim() : "Nothing is on its way. Release a change." },
        undo: moment.position ? {} : { no: "This is the beginning: there is nothing to undo." },
        redo: moment.position === total ? { no: "This is the newest moment: there is nothing to redo." } : {},
        carried: this.carried, ...more,
      };
      if (told.more) view.more_log = told.more;
      if (rows.length > ROWS) view.more_executions = rows.length - ROWS;
      return view;
    }

    // Ids were made for so many releases; nobody needs more, but nobody shall be surprised.
    free(release, told) {
      return told.last < this.ids.execution.length ? release : { ...release, no: `This page has names for ${told.last} executions. Go back with Undo or Reset.` };
    }

    chip(n, told) { return { n, message: told.rows[n]?.message || "" }; }

    stage(stage, told) {
      const chip = (one) => this.chip(one.n, told);
      const { door } = stage;
      if (!door.on) door.reason = told.reasons[stage.name] || "";
      if (door.waiting) {
        door.waiting = door.waiting.map(chip);
        const gone = this.gone(stage.name, door.waiting, told);
        if (gone.length) door.gone = gone.slice(0, GONE);
        if (gone.length > GONE) door.more = gone.length - GONE;
      }
      if (stage.inside) stage.inside = chip(stage.inside);
      else if (told.has[stage.name]) stage.status = this.words.Succeeded;
      if (stage.also) stage.also = stage.also.map(chip);
      delete stage.delivered;
      if (told.has[stage.name]) stage.delivered = this.chip(told.has[stage.name], told);
      for (const action of stage.groups.flat()) this.action(stage, action, told);
      return stage;
    }

    action(stage, action, told) {
      const key = `${stage.name}\t${action.name}`;
      const run = stage.inside ? action.status[0] !== "none" && told.newest[`${stage.inside.n}\t${key}`] : told.latest[key];
      if (!run) return;
      if (!stage.inside) { action.status = this.words[run.status]; action.old = run.n; }
      if (run.note) action.note = run.note;
      if (run.attempt > 1) action.attempt = run.attempt;
    }

    gone(stage, waiting, told) {
      const heirs = new Set(waiting.map((chip) => chip.n));
      const found = [];
      for (const n of Object.keys(told.rows).map(Number).sort((a, b) => b - a)) {
        const row = told.rows[n];
        if (!heirs.has(row.by) || row.stage !== stage) continue;
        heirs.add(n);
        found.push({ ...this.chip(n, told), by: row.by });
      }
      return found;
    }

    row(n, told, stages) {
      const row = told.rows[n];
      const cell = (name) => {
        if (row.visits[name]) return this.words[row.visits[name] === "Waiting" ? "At the door" : row.visits[name]];
        if (!row.by || row.stage !== name) return null;
        const [key, word, glyph] = this.words.Superseded;
        return [key, `${word} by #${row.by}`, glyph];
      };
      return { n, message: row.message, revision: row.revision, status: this.words[row.status], cells: stages.map(cell), ...(row.by && { by: row.by }) };
    }

    // What ends next of itself: the action that began first, or a rule.
    due(moment) {
      const ends = this.moves(moment);
      for (const [n, stage, action] of moment.told.running) {
        const move = ends.find(({ command: [kind, x, s, a, failure] }) => kind === "FinishAction" && x === n && s === stage && a === action && !failure);
        if (move) return { move, next: `${action} in ${stage} succeeds for execution ${n}` };
      }
      const rule = ends.find(({ command }) => command[0] === "FinishRule" && command[4]);
      return rule && { move: rule, next: `Rule ${rule.command[3]} in ${rule.command[2]} is met for execution ${rule.command[1]}` };
    }
  }
  return Atlas;
})();
