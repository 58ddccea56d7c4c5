/**
 * Shows the views of locations in one state: `index.html?scene=shares&theme=dark&language=it&tiles=1`. The page is the
 * web client with a fake connection and a fake device. `globalThis.gallery` lets a test change them.
 */
import { addTexts, setLanguage, startLanguage } from "../i18n/i18n.js";
import { Registry, registry as pageRegistry } from "../registry.js";
import { Store } from "../store/store.js";
import location from "../features/location/feature.js";
import { addIcons, loadIcons } from "../views/icons.js";
import { showOverlays } from "../views/overlays.js";
import { Router } from "../views/router.js";
import { shellView } from "../views/shell.js";
import { toasts } from "../views/toast.js";
import { FakeDevice, FakeServer } from "./fakes.js";
import { scenes } from "./scenes.js";

const options = new URLSearchParams(globalThis.location.search);
document.documentElement.dataset.theme = options.get("theme") ?? "light";
startLanguage();
setLanguage(options.get("language") ?? "en");
await loadIcons();
addTexts(location.texts);
addIcons(location.icons);

const registry = new Registry();
registry.add(location);
// The texts of refusals are looked up in the page's own.
pageRegistry.add({ name: "location", errors: location.errors });

const device = new FakeDevice();
const client = new FakeServer(options.has("tiles"), options.get("crs") ?? "wgs84");
const store = new Store(client, registry);
const root = document.getElementById("app");
const app = { client, store, root, router: new Router() };
client.arrive();
document.body.append(toasts());
const drawOverlays = showOverlays(app);
root.append(shellView(app).element);
drawOverlays();

const scene = options.get("scene") ?? "shares";
globalThis.gallery = { app, client, device, store, locations: store.part("location"), scenes: Object.keys(scenes) };
await scenes[scene](globalThis.gallery);
document.documentElement.dataset.ready = scene;
