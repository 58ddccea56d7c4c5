// Runs before the first paint, so that a dark page is never white for a moment: a classic script in the head.
(function () {
  const KEY = "hongyan.theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;

  function apply() {
    let chosen = null;
    try {
      chosen = localStorage.getItem(KEY);
    } catch {
      // Storage is forbidden: the system's choice it is.
    }
    const theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
    root.dataset.theme = theme;
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute("content", theme === "dark" ? "#10181c" : "#f7fafa");
  }

  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("hongyan-theme", apply);
  apply();
})();
