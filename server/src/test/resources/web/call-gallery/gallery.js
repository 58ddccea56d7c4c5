/**
 * Shows the views of calls in one state: `index.html?scene=grid-5&theme=dark&language=it`. The page is the web client
 * with a fake connection; only the calls of its users are set here. `globalThis.gallery` lets a test change them.
 */
import { setLanguage, startLanguage, addTexts } from "../i18n/i18n.js";
import { Registry } from "../registry.js";
import { Store } from "../store/store.js";
import call from "../features/call/feature.js";
import { addIcons, loadIcons } from "../views/icons.js";
import { showOverlays } from "../views/overlays.js";
import { Router } from "../views/router.js";
import { shellView } from "../views/shell.js";
import { toasts } from "../views/toast.js";
import { FakeCalls, FakeHongyan } from "./fakes.js";
import { scenes } from "./scenes.js";

const options = new URLSearchParams(location.search);
document.documentElement.dataset.theme = options.get("theme") ?? "light";
startLanguage();
setLanguage(options.get("language") ?? "en");
await loadIcons();
addTexts(call.texts);
addIcons(call.icons);

const registry = new Registry();
const calls = new FakeCalls();
registry.add({ ...call, store: (context) => connect(context, calls) });

/** @param {{store: Store}} context @param {FakeCalls} fake */
function connect({ store }, fake) {
  fake.on("changed", () => store.touch("list"));
  return fake;
}

const client = new FakeHongyan();
const store = new Store(client, registry);
const root = document.getElementById("app");
const app = { client, store, root, router: new Router() };
client.arrive();
document.body.append(toasts());
const drawOverlays = showOverlays(app);
root.append(shellView(app).element);
drawOverlays();

const scene = options.get("scene") ?? "grid-5";
globalThis.gallery = { app, calls, client, scenes: Object.keys(scenes) };
await scenes[scene]({ app, calls, client });
// The views of a running call are loaded when they are first needed.
while (calls.current && !document.querySelector(".call-screen")) await new Promise(requestAnimationFrame);
document.documentElement.dataset.ready = scene;
