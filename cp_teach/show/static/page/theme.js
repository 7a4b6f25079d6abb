// Light or dark by a button, in place of the system's choice; the browser keeps it for all pages of the course.
const theme = (() => {
  const STORED = "cp-teach-theme";
  const root = document.documentElement;
  const isDark = () => (root.style.colorScheme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const show = (name) => { root.style.colorScheme = name; root.dataset.theme = name; };
  try { const kept = localStorage.getItem(STORED); if (kept === "dark" || kept === "light") show(kept); } catch { /* the browser keeps nothing */ }
  const toggle = () => {
    show(isDark() ? "light" : "dark");
    try { localStorage.setItem(STORED, root.dataset.theme); } catch { /* it holds for this page */ }
    return isDark();
  };
  return { isDark, toggle };
})();
