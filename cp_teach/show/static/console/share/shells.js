// A command line for another shell. A line is quoted for bash and zsh; PowerShell has other rules. Every command is one line,
// because the shells continue lines differently.

// The words of a line that Python's shlex.quote wrote.
function wordsOf(line) {
  const words = [];
  for (const [, text] of line.matchAll(/\s*((?:'[^']*'|"[^"]*"|[^\s'"]+)+)/g)) words.push(text.replace(/'([^']*)'|"([^"]*)"/g, (all, single, double) => single ?? double));
  return words;
}

// The CLI's shorthand instead of JSON with its double quotes, which Windows PowerShell takes away from an argument.
function shorthand(word) {
  if (!word.startsWith("{")) return word;
  let value;
  try { value = JSON.parse(word); } catch { return word; }
  if (!Object.values(value).every((part) => typeof part === "string")) return word;
  return Object.entries(value).map(([name, part]) => `${name}='${part.replace(/[\\']/g, "\\$&")}'`).join(",");
}

// PowerShell takes a typographic quotation mark for a plain one.
const powerShellQuoted = (word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word.replace(/['\u2018-\u201B]/g, "$&$&")}'`);

const SHELLS = { posix: ["bash, zsh", (line) => line], powershell: ["PowerShell", (line) => wordsOf(line).map(shorthand).map(powerShellQuoted).join(" ")] };
