/** What locations meet in tests instead of a device. */

/** A position as the browser delivers it. */
export function position(latitude, longitude, coords = {}) {
  return {
    timestamp: Date.now(),
    coords: { latitude, longitude, accuracy: 10, heading: null, speed: null, ...coords },
  };
}

/** The positions of a device, which the test moves. */
export class FakeGeolocation {
  watches = new Map();
  requests = [];
  #id = 0;

  getCurrentPosition(done, failed, options) {
    this.requests.push({ done, failed, options });
  }

  watchPosition(done, failed) {
    this.watches.set(++this.#id, { done, failed });
    return this.#id;
  }

  clearWatch(id) {
    this.watches.delete(id);
  }

  move(latitude, longitude, coords) {
    for (const { done } of this.watches.values()) done(position(latitude, longitude, coords));
  }

  fail(code) {
    for (const { failed } of this.watches.values()) failed({ code });
  }
}

export class FakeDocument extends EventTarget {
  visibilityState = "visible";

  hide() {
    this.#become("hidden");
  }

  show() {
    this.#become("visible");
  }

  #become(state) {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}
