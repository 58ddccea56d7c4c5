/**
 * @import { Hongyan } from "../../../hongyan.js"
 * @import { Calls } from "../calls.js"
 */

/**
 * Faults that tests inject into a real page. They exist only if the page defines an object `hongyanCallTest` before its
 * scripts run, to which these functions are added.
 * @typedef {object} TestSwitches
 * @property {{microphone?: MediaTrackConstraints, camera?: MediaTrackConstraints}} [constraints] set by the test: what
 *   to request of the devices, because a machine without a graphics card cannot encode nine large pictures
 * @property {Calls} calls
 * @property {(downMs?: number) => Promise<void>} cutSignaling loses the socket, and connects again after a time
 * @property {(downMs?: number) => Promise<void>} cutDuringResume the same, and loses the next socket too, as soon as it
 *   has sent `call.resume`
 * @property {(refusals?: number) => Promise<void>} failNode loses the socket without a close frame; the first attempts
 *   to connect fail
 * @property {() => Promise<void>} forceRejoin loses the socket, and the server refuses to resume
 */

/**
 * @param {Hongyan} client
 * @param {Calls} calls
 * @returns {TestSwitches | undefined}
 */
export function testSwitches(client, calls) {
  /** @type {TestSwitches | undefined} */
  const switches = /** @type {any} */ (globalThis).hongyanCallTest;
  if (!switches) return undefined;
  const { connection } = client;
  const cut = async (/** @type {number} */ downMs) => {
    client.stop();
    await new Promise((resolve) => setTimeout(resolve, downMs));
    client.start();
  };
  /** Runs once, when the next request of this type is sent. */
  const onNext = (/** @type {string} */ type, /** @type {(data: any) => object | void} */ intercept) => {
    const { request } = connection;
    connection.request = (sent, data, deadlineMs) => {
      if (sent !== type) return request.call(connection, sent, data, deadlineMs);
      connection.request = request;
      const changed = intercept(data);
      return request.call(connection, sent, changed ?? data, deadlineMs);
    };
  };
  return Object.assign(switches, {
    calls,
    cutSignaling: (downMs = 1_000) => cut(downMs),
    async cutDuringResume(downMs = 500) {
      onNext("call.resume", () => void queueMicrotask(() => cut(downMs)));
      await cut(downMs);
    },
    async failNode(refusals = 2) {
      const { WebSocket } = connection;
      let left = refusals;
      connection.WebSocket = new Proxy(WebSocket, {
        construct(target, args) {
          if (left-- > 0) return refusedSocket();
          connection.WebSocket = WebSocket;
          return new target(.../** @type {[string]} */ (args));
        },
      });
      await cut(0);
    },
    async forceRejoin() {
      onNext("call.resume", (data) => ({ ...data, resumeToken: changed(data.resumeToken) }));
      await cut(0);
    },
  });
}

/** A socket to a node that does not answer. */
function refusedSocket() {
  /** @type {Record<string, any>} */
  const socket = { readyState: 3, send() {}, close() {}, onclose: null, onmessage: null };
  setTimeout(() => socket.onclose?.({ code: 1006, reason: "" }));
  return socket;
}

/** A token of the same form that the server refuses. @param {string} token */
function changed(token) {
  return token.replace(/^./, (first) => (first === "A" ? "B" : "A"));
}
