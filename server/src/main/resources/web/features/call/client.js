/**
 * Calls for any page, beside `hongyan.js`:
 *
 * ```js
 * import { Hongyan } from "https://chat.example/hongyan.js";
 * import { Calls } from "https://chat.example/features/call/client.js";
 * const hongyan = new Hongyan();
 * const calls = new Calls(hongyan);
 * calls.on("changed", async () => {
 *   const [ringing] = calls.ringing;
 *   if (!ringing || calls.current) return;
 *   const call = await calls.accept(ringing.call, { microphone: true, camera: false });
 *   call.on("changed", () => {
 *     for (const { mine, participant, tracks } of call.participants) if (!mine) play(participant, tracks.audio);
 *   });
 * });
 * hongyan.start();
 * ```
 *
 * The page plays the `tracks` of `participants`: it attaches each track to a separate element, and shows cameras and
 * screens according to `media`, which is the state on the server.
 */
import * as client from "./client/index.js";
import { Calls as LazyCalls } from "./calls.js";

export * from "./client/index.js";

/** Calls for other pages: the first call loads only this client, not the views of the web client. */
export class Calls extends LazyCalls {
  /** @param {import("../../hongyan.js").Hongyan} hongyan */
  constructor(hongyan) {
    super(hongyan, { load: async () => client });
  }
}
