import { HongyanError } from "./client/errors.js";

/** @type {Set<() => Promise<unknown>>} */
const known = new Set();

/**
 * A module that is loaded when it is first needed, or by {@link preload} before that.
 * @template T
 * @param {() => Promise<T>} load such as `() => import("./page.js")`
 * @returns {() => Promise<T>} rejects with a {@link HongyanError} of kind `network`; the next call tries again
 */
export function lazy(load) {
  /** @type {Promise<T> | null} */
  let loading = null;
  const get = () =>
    (loading ??= load().catch((error) => {
      loading = null;
      throw new HongyanError({ kind: "network", message: String(error) });
    }));
  known.add(get);
  return get;
}

/** Loads all of them, so that they are there when the server is not. */
export function preload() {
  for (const get of known) get().catch(() => {});
}
