// The words of the scripts. Each is the argument of _(), in double quotes, so that the catalog finds it; the kernel sends
// those of another language.

const WORDS = {};

function learnWords(words) { Object.assign(WORDS, words); }

function _(text, values) {
  const found = WORDS[text] ?? text;
  return values ? found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : found;
}

// Marks the word of a table for the catalog; it is translated where it is shown.
const N_ = (text) => text;
