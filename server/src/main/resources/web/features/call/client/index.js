/** The code for one call. `calls.js` loads it on first use. */
export { Call } from "./call.js";
export { LocalMedia } from "./local-media.js";
export { symbols } from "./symbols.js";
