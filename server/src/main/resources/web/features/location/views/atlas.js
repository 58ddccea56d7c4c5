import { HongyanError } from "../../../client/errors.js";
import { rings } from "../geo/land.js";

/** @import { Ring } from "../geo/land.js" */

// The build gives files like these names with a hash, and only replaces whole addresses.
const LAND = "features/location/vendor/land-50m.json";
const LEAFLET = "features/location/vendor/leaflet-src.esm.js";
const STYLES = "features/location/vendor/leaflet.css";

/**
 * Loads something once, and again after a failure.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {() => Promise<T>}
 */
function once(load) {
  /** @type {Promise<T> | null} */
  let loading = null;
  return () =>
    (loading ??= load().catch((error) => {
      loading = null;
      throw error instanceof HongyanError ? error : new HongyanError({ kind: "network", message: String(error) });
    }));
}

/** @param {string} path */
const address = (path) => new URL(path, document.baseURI).href;

/** The outlines of the land. @type {() => Promise<Ring[]>} */
export const land = once(async () => {
  const answer = await fetch(address(LAND));
  if (!answer.ok) throw new HongyanError({ kind: "network", message: `${LAND}: ${answer.status}` });
  return rings(await answer.json());
});

/** The library for maps, which is loaded only when a map is opened. @type {() => Promise<any>} */
export const leaflet = once(async () => {
  const [library] = await Promise.all([import(address(LEAFLET)), linkStyles()]);
  return library;
});

/** @returns {Promise<void>} */
function linkStyles() {
  const href = address(STYLES);
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new HongyanError({ kind: "network", message: STYLES }));
    };
    // Before the styles of the page, which change some of its own.
    document.head.prepend(link);
  });
}
