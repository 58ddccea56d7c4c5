/** What makes and shows one call. `calls.js` loads it when it is first needed. */
export { Call } from "./call.js";
export { LocalMedia } from "./local-media.js";
export { symbols } from "./symbols.js";
