/** @import { App } from "../app.js" */
import { t } from "../i18n/i18n.js";
import { h, icon } from "./dom.js";
import { toastOnError } from "./toast.js";

/**
 * What the features offer in a user's profile.
 * @param {App} app
 * @param {string} user
 */
export function profileActions(app, user) {
  return app.store.features.profileItems(app, user).map(({ label, icon: symbol, testid, choose }) =>
    h(
      "button",
      {
        type: "button",
        class: "action",
        testid,
        onclick: () => toastOnError(Promise.resolve(choose(app, user))),
      },
      icon(symbol),
      t(label),
    ),
  );
}
