// Knows when nothing answers: a kernel that has ended, a connection that is lost, a notebook that was opened again. What is
// sent carries a number, and the kernel returns it when it has done what was asked.

const ENDED = N_("The kernel behind this console has ended, so this is its last picture. Run the cell again to get a live one.");
const SAVED = N_("This picture was saved with the notebook. Run the cell again to get a live console.");
const DISCONNECTED = N_("The connection to the kernel is lost, so this is the last picture. The console goes on by itself when the connection is back.");
const SILENT = N_("The kernel does not answer. Run the cell again; if that does not help, restart the kernel.");
const BUSY = N_("The kernel is busy. It does this as soon as it can.");

const BEAT = 500; // milliseconds between two looks
const PATIENCE = 2000; // milliseconds that an idle kernel has to answer
const LONGEST = 10000; // where a page cannot tell whether its kernel is busy

class Heartbeat {
  // `change({ lost, slow })` is called when that changes; a page without a kernel has no widget manager, and is never lost.
  constructor(model, change) {
    this.model = model;
    this.change = change;
    this.waiting = new Map(); // what has not been answered: number -> when the kernel could have begun
    this.everHeard = false;
    this.onStatus = (_, status) => { if (["dead", "terminating", "restarting", "autorestarting"].includes(status)) this.say(ENDED); };
    this.onConnection = (kernel, status) => {
      if (status === "connected") { if (this.lost === DISCONNECTED) this.say(""); }
      // A kernel that was shut down is disposed of, just after it was disconnected.
      else if (!this.ended) setTimeout(() => this.say(kernel.isDisposed ? ENDED : DISCONNECTED));
    };
    this.watched = this.kernel;
    this.watched?.statusChanged?.connect(this.onStatus);
    this.watched?.connectionStatusChanged?.connect(this.onConnection);
  }

  get kernel() { return this.model.widget_manager?.kernel; }
  get ended() { return this.lost === ENDED; }

  // The number that a message carries, or nothing for a page without a kernel.
  next() {
    if (!this.model.widget_manager) return {};
    const ping = Math.random().toString(36).slice(2);
    this.waiting.set(ping, performance.now());
    this.timer ??= setInterval(() => this.look(), BEAT);
    return { ping };
  }

  heard(ping) {
    this.waiting.delete(ping);
    this.alive();
  }

  // Something came from the kernel.
  alive() {
    this.everHeard = true;
    this.say("");
    if (!this.waiting.size) this.rest();
  }

  rest() { clearInterval(this.timer); this.timer = undefined; }

  look() {
    const now = performance.now();
    const status = this.kernel?.status;
    if (this.lost) return;
    if (status && status !== "idle") {
      for (const ping of this.waiting.keys()) this.waiting.set(ping, now); // its patience begins when the kernel is idle
      if (status === "busy" && this.everHeard && now - (this.busySince ??= now) > PATIENCE) this.say("", BUSY);
      return;
    }
    this.busySince = undefined;
    const patience = status ? PATIENCE : LONGEST;
    if ([...this.waiting.values()].some((since) => now - since > patience)) this.say(this.everHeard ? SILENT : SAVED);
  }

  say(lost, slow = "") {
    if (lost === this.lost && slow === this.slow) return;
    [this.lost, this.slow] = [lost, slow];
    if (lost) { this.waiting.clear(); this.rest(); }
    this.change({ lost, slow });
  }

  stop() {
    this.rest();
    this.watched?.statusChanged?.disconnect(this.onStatus);
    this.watched?.connectionStatusChanged?.disconnect(this.onConnection);
  }
}
