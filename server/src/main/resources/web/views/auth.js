/** @import { App } from "../app.js" */
import { deviceStorage } from "../client/storage.js";
import { LANGUAGES, language, setLanguage, t } from "../i18n/i18n.js";
import { deviceName } from "../text/device.js";
import { field, form } from "./dialog.js";
import { fill, h } from "./dom.js";

/** Set after the first sign-in on this device: from then on the page begins with signing in instead of signing up. */
const KNOWN = "hongyan.known";

/**
 * The first page: signing up on a new device, signing in on others.
 * @param {App} app
 * @param {{notice?: string}} [options] why the user was signed out, if they did not ask for it
 */
export function authView(app, { notice } = {}) {
  const card = h("div", { class: "auth-card" });
  let signUp = deviceStorage.getItem(KNOWN) === null;

  const show = () => {
    fill(
      card,
      h("h1", {}, signUp ? t("auth.sign_up_title") : t("auth.sign_in_title")),
      notice ? h("p", { class: "notice", role: "alert", testid: "auth-notice" }, notice) : null,
      signUp ? signUpForm(app) : signInForm(app),
      h(
        "p",
        { class: "auth-other" },
        signUp ? t("auth.have_account") : t("auth.no_account"),
        " ",
        h(
          "button",
          { type: "button", class: "link", onclick: swap, testid: "auth-switch" },
          signUp ? t("auth.sign_in") : t("auth.sign_up"),
        ),
      ),
    );
    card.dataset.mode = signUp ? "sign-up" : "sign-in";
  };
  const swap = () => {
    signUp = !signUp;
    notice = undefined;
    show();
    card.querySelector("input")?.focus();
  };
  show();
  return h(
    "div",
    { class: "auth", testid: "auth" },
    h("div", { class: "auth-art" }, brand(), h("p", { class: "auth-line" }, t("auth.line"))),
    h("main", { class: "auth-main" }, card, languages(app)),
  );
}

function brand() {
  const image = h("img", { src: "art/mark.svg", alt: "", width: 44, height: 44 });
  return h(
    "div",
    { class: "brand" },
    image,
    h("span", {}, "Hongyan"),
    h("span", { class: "brand-han", lang: "zh-Hans" }, "鸿雁"),
  );
}

/** @param {App} app */
function signUpForm(app) {
  // Browsers append the title to their message about a malformed username.
  const nameProps = { ...usernameProps("username"), title: t("auth.username_hint") };
  const username = field(t("auth.username"), nameProps, t("auth.username_hint"));
  const displayName = field(
    t("auth.display_name"),
    { maxlength: 64, autocomplete: "name", testid: "auth-displayname", dir: "auto" },
    t("auth.display_name_hint"),
  );
  const password = field(t("auth.password"), passwordProps("new-password"), t("auth.password_hint"));
  const submit = async () => {
    const name = displayName.input.value.trim();
    await app.client.register({
      username: username.input.value.trim(),
      password: password.input.value,
      displayName: name || undefined,
      device: deviceName(navigator.userAgent),
    });
    deviceStorage.setItem(KNOWN, "1");
  };
  const content = [username.element, displayName.element, password.element];
  return form({ content, action: t("auth.sign_up"), submit, testid: "auth-submit" });
}

/** @param {App} app */
function signInForm(app) {
  const username = field(t("auth.username"), usernameProps("username"));
  const password = field(t("auth.password"), passwordProps("current-password"));
  const submit = async () => {
    await app.client.signIn({
      username: username.input.value.trim(),
      password: password.input.value,
      device: deviceName(navigator.userAgent),
    });
    deviceStorage.setItem(KNOWN, "1");
  };
  const content = [username.element, password.element];
  return form({ content, action: t("auth.sign_in"), submit, testid: "auth-submit" });
}

/** @param {string} autocomplete */
function usernameProps(autocomplete) {
  const pattern = "\\s*[A-Za-z0-9_.\\-]{3,32}\\s*";
  const plain = { autocapitalize: "none", autocorrect: "off", spellcheck: "false" };
  return { required: true, pattern, maxlength: 34, autocomplete, testid: "auth-username", ...plain };
}

/** @param {string} autocomplete */
function passwordProps(autocomplete) {
  return { type: "password", required: true, minlength: 8, maxlength: 256, autocomplete, testid: "auth-password" };
}

/** @param {App} app */
function languages(app) {
  const buttons = Object.entries(LANGUAGES).map(([code, name]) =>
    h(
      "button",
      {
        type: "button",
        class: "link",
        lang: code,
        "aria-pressed": String(code === language()),
        onclick: () => {
          setLanguage(/** @type {any} */ (code));
          app.draw();
        },
      },
      name,
    ),
  );
  return h("div", { class: "auth-languages" }, ...buttons);
}
