// One browser of a classroom. The server sends the picture; the instructor's page sends acts, a student's only answers.
const asked = new URLSearchParams(location.search);
const by = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

class Followed {
  constructor() { this.values = { view: null, selected: 0, playing: TEACHES ? false : null, speed: TEACHES ? 1 : null, size: "normal" }; this.heard = {}; }
  get(name) { return this.values[name]; }
  set(name, value) {
    this.values[name] = value;
    if (name === "speed" && TEACHES) send({ act: "speed", speed: value });
    for (const listener of this.heard[`change:${name}`] || []) listener();
  }
  put(name, value) { this.values[name] = value; for (const listener of this.heard[`change:${name}`] || []) listener(); }
  save_changes() {}
  on(event, listener) { (this.heard[event] ??= new Set()).add(listener); }
  off(event, listener) { this.heard[event]?.delete(listener); }
  send(message) { if (TEACHES) send(message); }
}

const ANSWERED = "Your answer is in. You may change it until the reveal.";
const NO_BALLOT = "This browser can follow the lesson but cannot answer, because it has no ballot (a cookie of this lesson). Allow cookies for this address, and reload in a minute.";
// Do not reconnect after these: wrong code, too many tabs, too many messages, full, over.
const FINAL = [4403, 4409, 4429, 4503, 1001];
const model = new Followed();
let refusal = null; // why the last act was refused; it stays until something else happens
let refusals = 0;

function refused(text) {
  const view = model.get("view");
  refusal = { text, after: refusal ? refusal.after : view.said?.n, said: { n: `refused-${++refusals}`, text, alert: true } };
  model.put("view", pictured(view));
}

function pictured(view) {
  if (refusal && view.said?.n !== refusal.after && view.said?.n !== refusal.said.n) refusal = null;
  return refusal ? { ...view, notice: { text: refusal.text, error: "" }, said: refusal.said } : view;
}

let line = null;
let drawn = false;
let picked = -1;
let shown = "";

// A message carries a number, and the server returns it when the message is handled. Only one message without content is
// ever unanswered, so a server that comes back does not meet a flood.
const PING_EVERY = 1500; // milliseconds between two looks
const ANSWERS_WITHIN = 3500; // milliseconds without an answer after which the lesson counts as silent
const SHOWN_AFTER = 400; // milliseconds for an act that needs no word
const NO_ANSWER = "The lesson does not answer, so this is its last picture. The page goes on by itself when the lesson answers. If it stays so, check the network, then reload the page.";
const BACK = "The lesson answers again.";
const ACTING = "The lesson has not done this yet …";
const VOTING = "Sending your answer …";
const beat = { asked: 0, heard: 0, since: 0, acted: 0, voted: 0, silent: false };
const say = (text) => { if (by("state").textContent !== text) by("state").textContent = text; };
const unsay = (...texts) => { if (texts.includes(by("state").textContent)) say(""); };

function send(message) {
  if (line?.readyState !== WebSocket.OPEN) return;
  if (beat.asked === beat.heard) beat.since = performance.now();
  line.send(JSON.stringify({ ...message, ping: ++beat.asked }));
  if (message.vote != null) { beat.voted = beat.asked; say(VOTING); }
  if (message.act && !["shown", "hidden"].includes(message.act)) {
    beat.acted = beat.asked;
    setTimeout(() => { if (beat.heard < beat.acted && !beat.silent) say(ACTING); }, SHOWN_AFTER);
  }
}

setInterval(() => {
  if (line?.readyState !== WebSocket.OPEN) return;
  if (beat.asked === beat.heard) send({});
  else if (!beat.silent && performance.now() - beat.since > ANSWERS_WITHIN) {
    beat.silent = true;
    say("The lesson does not answer.");
    if (drawn) model.put("view", { ...model.get("view"), away: NO_ANSWER });
  }
}, PING_EVERY);

// Something came from the server; `number` is that of the last message that it has handled.
function heard(number) {
  beat.since = performance.now();
  if (number != null) beat.heard = number;
  if (beat.silent) {
    beat.silent = false;
    if (drawn) model.put("view", pictured(picture.view));
    say(BACK);
    setTimeout(() => unsay(BACK), ANSWERS_WITHIN);
  }
  if (beat.heard >= beat.acted) unsay(ACTING);
  if (beat.heard >= beat.voted && by("state").textContent === VOTING) say(picture.vote && !picture.vote.revealed ? ANSWERED : "");
}

// A new line has none of the old one's messages.
function begin() {
  Object.assign(beat, { heard: beat.asked, silent: false });
  by("vote").inert = false;
}

// All parts of the picture; the server sends each part when it has changed.
const picture = { own: {} };

function draw(told) {
  Object.assign(picture, told);
  by("people").textContent = `${picture.students} ${picture.students === 1 ? "student follows" : "students follow"}`;
  if (TEACHES && picture.playing !== model.get("playing")) model.put("playing", picture.playing);
  model.values.view = pictured(picture.view);
  if (!drawn) {
    const root = by("console").attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(by("cp-style-console").textContent);
    root.adoptedStyleSheets = [sheet];
    render({ model, el: root });
    drawn = true;
  } else if ("view" in told) model.put("view", model.values.view);
  // Numbers are written in place: were the form drawn anew at each answer of the class, the press of a key or a button
  // that is under way would be lost.
  const text = JSON.stringify([picture.vote, picture.questions, picture.own], (key, value) => (NUMBERS.includes(key) ? undefined : value));
  if (text !== shown) { shown = text; vote(picture); } else if (picture.vote) count(picture.vote);
}

const NUMBERS = ["count", "tally", "left"];

function count(open) {
  const place = by("vote");
  const width = (number) => `${open.count ? (100 * number) / open.count : 0}%`;
  for (const [at, number] of (open.tally ?? []).entries()) {
    place.querySelectorAll(".option .count")[at].textContent = number;
    place.querySelectorAll(".option .share span")[at].style.width = width(number);
  }
  if (by("answered")) by("answered").textContent = answered(open);
  if (by("left")) by("left").textContent = left(open);
}

const answered = (open) => `${open.count} answered`;
const left = (open) => (open.left > 0 ? `${open.left} of them no longer ${open.left === 1 ? "follows" : "follow"}` : "");

function vote({ vote: open, questions }) {
  const place = by("vote");
  if ((!open || open.revealed) && by("state").textContent === ANSWERED) by("state").textContent = "";
  const key = place.contains(document.activeElement) ? document.activeElement.id : "";
  if (!open) {
    picked = -1;
    place.replaceChildren(...(TEACHES ? [choice(questions)] : []));
  } else {
    if (place.dataset.number !== String(open.number)) picked = -1;
    place.dataset.number = open.number;
    if (picture.own.number === open.number && picture.own.option != null) {
      picked = picture.own.option;
      if (!open.revealed && beat.heard >= beat.voted) say(ANSWERED);
    }
    place.replaceChildren(question(open), ...(TEACHES ? [buttons(open)] : []));
  }
  by(key)?.focus();
}

function choice(questions) {
  const select = make("select", { id: "question", "aria-label": "Question" }, Object.entries(questions).map(([name, text]) => make("option", { value: name }, `${name}: ${text}`)));
  return make("div", { class: "row" }, select, make("button", { id: "ask", onclick: () => send({ act: "ask", question: select.value }) }, "Ask the class"));
}

function buttons(open) {
  return make("div", { class: "row" }, make("span", { id: "answered" }, answered(open)), make("span", { id: "left" }, left(open)),
    !open.revealed && make("button", { id: "reveal", onclick: () => send({ act: "reveal" }) }, "Reveal"),
    make("button", { id: "end", onclick: () => send({ act: "end" }) }, "Close the question"));
}

function question(open) {
  const rows = open.options.map((option, at) => {
    const id = `option-${at}`;
    const radio = make("input", { type: "radio", name: "option", id, disabled: TEACHES || open.revealed || !picture.own.ballot, onchange: () => { picked = at; Object.assign(picture.own, { number: open.number, option: at }); send({ vote: open.number, option: at }); } });
    radio.checked = picked === at;
    const count = open.tally?.[at];
    const share = count != null && make("div", { class: "share", "aria-hidden": "true" }, make("span", { style: `width:${open.count ? (100 * count) / open.count : 0}%` }));
    const mine = picked === at && !TEACHES ? " (your answer)" : "";
    return make("div", { class: "option" }, radio, make("label", { for: id }, option.text), count != null && make("span", { class: "count" }, String(count)), share,
      "right" in option && make("p", { class: "reason" }, make("strong", {}, `${option.right ? "✓ Right" : "✗ Incorrect"}${mine}: `), option.reason));
  });
  return make("fieldset", {}, make("legend", {}, make("strong", {}, "Predict: "), open.question), rows, !TEACHES && !picture.own.ballot && make("p", {}, NO_BALLOT));
}

let waits = 500;
function follow() {
  const way = TEACHES ? `key=${encodeURIComponent(asked.get("key"))}` : `code=${encodeURIComponent(asked.get("code"))}`;
  // Beside this page, because a proxy can serve the lesson below a prefix such as /user/x/proxy/8899/.
  const address = new URL(`line?${way}`, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  line = new WebSocket(address);
  line.onopen = () => { waits = 500; begin(); say(""); };
  line.onmessage = ({ data }) => {
    const { heard: number, ...told } = JSON.parse(data);
    if (told.refused) refused(told.refused);
    else if (Object.keys(told).length) draw(told);
    heard(number);
  };
  line.onclose = ({ code, reason }) => {
    const over = FINAL.includes(code);
    by("vote").inert = true; // nothing that is pressed there would arrive
    const why = over ? "The lesson is over. This is its last picture." : "The connection to the lesson is lost, so this is its last picture. The page goes on by itself when the connection is back.";
    if (drawn) model.put("view", { ...model.get("view"), away: why });
    if (over) { by("state").textContent = reason || "The lesson is over."; return; }
    by("state").textContent = "The connection is lost; trying again …";
    setTimeout(follow, waits);
    waits = Math.min(waits * 2, 8000);
  };
}
follow();
