/** @import { App } from "../app.js" */
/** @import { Device } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { ago } from "../text/time.js";
import { fill, h, icon } from "./dom.js";
import { errorText } from "./error-text.js";
import { liveText } from "./live-text.js";
import { toastOnError } from "./toast.js";

/**
 * The devices that are signed in. Each can be signed out here.
 * @param {App} app
 */
export function devicesView({ client }) {
  const list = h("ul", { class: "devices" }, h("li", {}, h("span", { class: "spinner" })));
  const load = async () => {
    try {
      const { sessions } = await client.http("GET", "sessions");
      const sorted = [...sessions].sort(
        (a, b) => Number(b.current) - Number(a.current) || (a.lastUsedAt < b.lastUsedAt ? 1 : -1),
      );
      fill(list, ...sorted.map(device));
    } catch (error) {
      fill(list, h("li", { class: "form-error" }, errorText(error)));
    }
  };
  /** @param {Device} device */
  const device = ({ id, device: name, createdAt, lastUsedAt = createdAt, current }) => {
    const revoke = async () => {
      await toastOnError(client.http("DELETE", `sessions/${encodeURIComponent(id)}`));
      load();
    };
    return h(
      "li",
      { class: "device", testid: "device", data: { id, current } },
      icon("device"),
      h(
        "span",
        { class: "device-text" },
        h("span", { dir: "auto" }, name || t("devices.unnamed")),
        liveText(h("span", { class: "hint" }), () =>
          current ? t("devices.current") : t("devices.used", { when: ago(lastUsedAt) }),
        ),
      ),
      !current &&
        h(
          "button",
          { type: "button", class: "button small", testid: "device-revoke", onclick: revoke },
          t("devices.revoke"),
        ),
    );
  };
  load();
  return list;
}
