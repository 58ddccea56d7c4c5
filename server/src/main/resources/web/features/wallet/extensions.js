/** @import { App } from "../../app.js" */
/** @import { Key } from "../../i18n/i18n.js" */
/** @import { Store } from "../../store/store.js" */

/**
 * What another feature can add to the wallet, as `extensions: { wallet: … }`.
 * @typedef {object} WalletExtension
 * @property {Record<string, {icon: string, label: Key}>} [postings] lines of the statement, by the posting's kind
 * @property {WalletTab[]} [tabs]
 */

/**
 * @typedef {object} WalletTab
 * @property {string} name
 * @property {Key} label
 * @property {(app: App) => TabView | Promise<TabView>} view
 */

/** @typedef {{element: HTMLElement, stop: () => void}} TabView */

/** @param {Store} store @param {string} kind */
export function postingView(store, kind) {
  for (const { postings } of extensionsOf(store)) if (postings?.[kind]) return postings[kind];
  return undefined;
}

/** @param {Store} store @returns {WalletTab[]} */
export function extraTabs(store) {
  return extensionsOf(store).flatMap(({ tabs = [] }) => tabs);
}

/** @param {Store} store @returns {WalletExtension[]} */
function extensionsOf({ features }) {
  return features.extensions("wallet");
}
