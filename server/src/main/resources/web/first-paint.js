// A classic script in the head, so that it runs before the first paint: a dark page is never white for a moment, and
// the page has the same layout before and after the app has loaded.
(function () {
  const THEME = "hongyan.theme";
  const SESSION = "hongyan.session";
  const RELOADS = "hongyan.reloads";
  const MAX_RELOADS = 5;
  const FIRST_PAUSE_MS = 2_000;
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

  // The user's choice on this page, which storage may have refused.
  let chosenHere = null;

  function applyTheme(event) {
    if (event?.type === "hongyan-theme") chosenHere = event.detail;
    if (event?.type === "storage" && event.key === THEME) chosenHere = null;
    const chosen = chosenHere ?? stored(THEME);
    const theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
    root.dataset.theme = theme;
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute("content", theme === "dark" ? "#10181c" : "#f7fafa");
  }

  let failed = false;

  // Without the app's modules and style sheets, the page does not work; without its icon or manifest it still works.
  function isRequired(file) {
    if (file instanceof HTMLScriptElement) return file.type === "module";
    return file instanceof HTMLLinkElement && file.relList.contains("stylesheet");
  }

  // During an upgrade, the node that answers can be of another release than the one that the page came from. It does
  // not have the page's files then. The pauses grow, and their lengths are random, so that the pages of many users do
  // not reload at the same moment.
  function reloadLater(event) {
    if (failed || !isRequired(event.target)) return;
    failed = true;
    const reloads = countReload();
    if (reloads > MAX_RELOADS) return;
    const pause = FIRST_PAUSE_MS * 2 ** (reloads - 1);
    setTimeout(() => location.reload(), (pause * (1 + Math.random())) / 2);
  }

  // The number of reloads since the last complete page, with the next one.
  function countReload() {
    try {
      const reloads = Number(sessionStorage.getItem(RELOADS)) + 1;
      sessionStorage.setItem(RELOADS, String(reloads));
      return reloads;
    } catch {
      // Storage is forbidden: without a count, the page could reload forever.
      return Infinity;
    }
  }

  function onLoad() {
    removeEventListener("error", reloadLater, { capture: true });
    if (failed) return;
    try {
      sessionStorage.removeItem(RELOADS);
    } catch {
      // Nothing was counted.
    }
  }

  dark.addEventListener("change", applyTheme);
  addEventListener("storage", applyTheme);
  addEventListener("hongyan-theme", applyTheme);
  addEventListener("error", reloadLater, { capture: true });
  addEventListener("load", onLoad);
  applyTheme();
  root.dataset.start = !stored(SESSION) ? "auth" : location.hash.length > 1 ? "place" : "list";
})();
