/** @import { App } from "../app.js" */
import { deviceStorage } from "../client/storage.js";
import { LANGUAGES, language, setLanguage, t } from "../i18n/i18n.js";
import { deleteForm, passwordForm } from "./account-forms.js";
import { avatar } from "./avatar.js";
import { segmentedControl } from "./segmented-control.js";
import { confirm, field, form, openDialog } from "./dialog.js";
import { devicesView } from "./devices.js";
import { fill, h, icon } from "./dom.js";
import { notificationsSwitch } from "./notifications.js";
import { profileActions } from "./profile-actions.js";
import { toastOnError, toast } from "./toast.js";

const THEME = "hongyan.theme";

/**
 * The user's profile, account and devices, and the preferences on this device.
 * @param {App} app
 */
export function openSettings(app) {
  const notifications = notificationsSwitch();
  const deletion = deleteForm(app);
  const deletionFold = folded(t("settings.delete"), "trash", deletion.element, "delete-open");
  deletionFold.addEventListener("toggle", () => deletionFold.open && deletion.check());
  const content = [
    profile(app),
    section(
      t("settings.language"),
      segmentedControl("language", Object.entries(LANGUAGES), language(), (code) => changeLanguage(app, code)),
    ),
    section(t("settings.theme"), segmentedControl("theme", themes(), theme(), changeTheme)),
    notifications && h("section", { class: "settings-section" }, notifications),
    section(t("settings.devices"), devicesView(app)),
    folded(t("settings.password"), "lock", passwordForm(app), "password-open"),
    deletionFold,
    h(
      "button",
      { type: "button", class: "action danger", testid: "sign-out", onclick: () => signOut(app) },
      icon("leave"),
      t("settings.sign_out"),
    ),
  ];
  return openDialog({
    title: t("settings.title"),
    class: "settings",
    testid: "settings",
    route: true,
    content,
    onclose: deletion.stop,
  });
}

/** @param {App} app */
function profile(app) {
  const { client, store } = app;
  const { user } = client;
  if (!user) return h("section", {});
  const name = field(t("auth.display_name"), {
    value: user.displayName,
    required: true,
    maxlength: 64,
    dir: "auto",
    testid: "profile-name",
  });
  const picture = h("span", {}, avatar(user.id, user.displayName, { size: "large" }));
  const submit = async () => {
    const { user: changed } = await client.http("PATCH", "me", { displayName: name.input.value.trim() });
    client.session.updateUser(changed);
    store.users.add([changed]);
    fill(picture, avatar(changed.id, changed.displayName, { size: "large" }));
    onlyIfChanged();
    toast(t("settings.saved"));
  };
  const save = form({ content: [name.element], action: t("action.save"), submit, testid: "profile-submit" });
  const onlyIfChanged = () => {
    const button = save.querySelector("button");
    if (button) button.hidden = name.input.value.trim() === client.user?.displayName;
  };
  name.input.addEventListener("input", onlyIfChanged);
  onlyIfChanged();
  const who = h(
    "div",
    { class: "profile-head" },
    picture,
    h("div", {}, h("strong", { dir: "auto" }, user.displayName), h("p", { class: "hint" }, `@${user.username ?? ""}`)),
  );
  return h("section", { class: "settings-section" }, who, save, ...profileActions(app, user.id));
}

/** @param {string} title @param {HTMLElement} content */
function section(title, content) {
  return h("section", { class: "settings-section" }, h("h3", {}, title), content);
}

/** @param {string} title @param {string} symbol @param {HTMLElement} content @param {string} testid */
function folded(title, symbol, content, testid) {
  return h(
    "details",
    { class: "settings-section fold" },
    h("summary", { testid }, icon(symbol), h("span", {}, title), icon("down")),
    content,
  );
}

/** @param {App} app @param {string} code */
function changeLanguage(app, code) {
  setLanguage(/** @type {any} */ (code));
  app.draw();
}

/** @returns {[string, string][]} */
function themes() {
  return [
    ["auto", t("theme.auto")],
    ["light", t("theme.light")],
    ["dark", t("theme.dark")],
  ];
}

function theme() {
  return deviceStorage.getItem(THEME) ?? "auto";
}

/** @param {string} chosen */
function changeTheme(chosen) {
  if (chosen === "auto") deviceStorage.removeItem(THEME);
  else deviceStorage.setItem(THEME, chosen);
  dispatchEvent(new CustomEvent("hongyan-theme", { detail: chosen }));
}

/** @param {App} app */
async function signOut(app) {
  const waiting = app.client.outbox?.size ?? 0;
  const question = {
    title: t("settings.sign_out"),
    text: t("settings.unsent", { n: waiting }),
    action: t("settings.sign_out"),
  };
  if (waiting > 0 && !(await confirm(question))) return;
  await toastOnError(app.signOut());
}
