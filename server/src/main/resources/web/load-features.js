/** @import { Feature } from "./registry.js" */
import features from "./features/index.js";
import { addTexts } from "./i18n/i18n.js";
import { registry } from "./registry.js";
import { addIcons } from "./views/icons.js";

/**
 * Registers the features of `features/index.js` and those that the page lists: `<meta name="features" content="…">`
 * holds the addresses of their modules, separated by spaces. One that cannot be loaded or registered is left out.
 */
export async function loadFeatures() {
  for (const feature of features) register(feature.name, feature);
  const listed = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="features"]'));
  const addresses = listed?.content.split(/\s+/).filter(Boolean) ?? [];
  const modules = addresses.map((address) => import(new URL(address, document.baseURI).href));
  for (const [i, outcome] of (await Promise.allSettled(modules)).entries()) {
    if (outcome.status === "fulfilled") register(addresses[i], outcome.value.default);
    else logFailure(addresses[i], outcome.reason);
  }
}

/** @param {string} name @param {Feature} feature */
function register(name, feature) {
  try {
    registry.add(feature);
    if (feature.texts) addTexts(feature.texts);
    if (feature.icons) addIcons(feature.icons);
    feature.styles?.forEach(linkStyles);
  } catch (error) {
    logFailure(name, error);
  }
}

/** @param {string} name @param {unknown} error */
function logFailure(name, error) {
  console.error(`The feature ${name} could not be loaded:`, error);
}

/** Links a style sheet, unless the page has it already. @param {string} address */
function linkStyles(address) {
  const { href } = new URL(address, document.baseURI);
  const links = /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll('link[rel="stylesheet"]'));
  if ([...links].some((link) => link.href === href || link.dataset.includes?.split(" ").includes(address))) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.append(link);
}
