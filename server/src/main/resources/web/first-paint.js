// A classic script in the head, so that it runs before the first paint: a dark page is never white for a moment, and
// the page has the same layout before and after the app has loaded.
(function () {
  const THEME = "hongyan.theme";
  const SESSION = "hongyan.session";
  const RETRY_MS = 2_000;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;

  function stored(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      // Storage is forbidden: the page looks as on the first visit.
      return null;
    }
  }

  function applyTheme() {
    const chosen = stored(THEME);
    const theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
    root.dataset.theme = theme;
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute("content", theme === "dark" ? "#10181c" : "#f7fafa");
  }

  // During an upgrade, the node that answers can be of another release than the one that the page came from. It does
  // not have the page's files then.
  function reloadLater(event) {
    const file = event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement;
    if (file) setTimeout(() => location.reload(), RETRY_MS);
  }

  dark.addEventListener("change", applyTheme);
  addEventListener("storage", applyTheme);
  addEventListener("hongyan-theme", applyTheme);
  addEventListener("error", reloadLater, { capture: true });
  addEventListener("load", () => removeEventListener("error", reloadLater, { capture: true }));
  applyTheme();
  root.dataset.start = !stored(SESSION) ? "auth" : location.hash.length > 1 ? "place" : "list";
})();
