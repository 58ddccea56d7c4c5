/** Types of the protocol of places, live locations and nearby. Units: degrees, metres, metres per second. */

/** @typedef {"precise" | "coarse"} Precision */

/**
 * One measured position, as it is sent.
 * @typedef {object} Fix
 * @property {number} latitude
 * @property {number} longitude
 * @property {number} accuracy the radius of the circle in which the device is, with a probability of 95%
 * @property {number} [heading] clockwise from north
 * @property {number} [speed]
 * @property {string} measuredAt
 */

/**
 * A share in a `location.positions` push. It has no position before the first update.
 * @typedef {object} SharePosition
 * @property {string} share
 * @property {string} user
 * @property {string} [expiresAt]
 * @property {number} [n]
 * @property {string} [receivedAt]
 * @property {number} [latitude]
 * @property {number} [longitude]
 * @property {number} [accuracy]
 * @property {number} [heading]
 * @property {number} [speed]
 * @property {string} [measuredAt]
 * @property {boolean} [paused]
 * @property {boolean} [ended]
 */

/**
 * The content of a message with a place.
 * @typedef {object} PlaceContent
 * @property {"place"} type
 * @property {number} latitude
 * @property {number} longitude
 * @property {number} [accuracy]
 * @property {string} [name]
 * @property {string} [address]
 */

/**
 * What the server says about maps and shares.
 * @typedef {object} MapSettings
 * @property {string} [tileUrl] with `{x}`, `{y}` and `{z}`; without it, maps show only coastlines
 * @property {string} [tileAttribution]
 * @property {import("./geo/china.js").TileCrs} tileCrs
 * @property {number} maxShareSeconds
 * @property {number} minUpdateMs
 * @property {number} cellKm
 */

export {};
