/** @import { App } from "../app.js" */
import { t } from "../i18n/i18n.js";
import { field, form } from "./dialog.js";
import { InputError } from "./error-text.js";
import { toast } from "./toast.js";

/** @param {App} app */
export function passwordForm({ client }) {
  const old = field(t("password.old"), {
    type: "password",
    required: true,
    autocomplete: "current-password",
    maxlength: 256,
    testid: "password-old",
  });
  const next = field(
    t("password.new"),
    {
      type: "password",
      required: true,
      autocomplete: "new-password",
      minlength: 8,
      maxlength: 256,
      testid: "password-new",
    },
    t("password.hint"),
  );
  const submit = async () => {
    await client.http("POST", "me/password", { oldPassword: old.input.value, newPassword: next.input.value });
    old.input.value = next.input.value = "";
    toast(t("password.changed"));
  };
  return form({
    content: [old.element, next.element],
    action: t("settings.password"),
    submit,
    testid: "password-submit",
  });
}

/**
 * Deleting an account requires the username as well as the password, so that neither a slip nor an unlocked screen is
 * enough.
 * @param {App} app
 */
export function deleteForm(app) {
  const { client, store } = app;
  const username = client.user?.username ?? "";
  const word = field(t("delete.word", { username }), {
    required: true,
    autocomplete: "off",
    autocapitalize: "none",
    testid: "delete-word",
  });
  const password = field(
    t("auth.password"),
    { type: "password", required: true, autocomplete: "current-password", maxlength: 256, testid: "delete-password" },
    t("delete.hint"),
  );
  const warnings = store.features.all.flatMap(({ deletionWarning }) => deletionWarning?.(app) ?? []);
  const submit = async () => {
    if (word.input.value.trim().toLowerCase() !== username.toLowerCase()) throw new InputError(t("delete.word_wrong"));
    await client.http("DELETE", "me", { password: password.input.value });
    app.accountDeleted();
    toast(t("delete.done"));
  };
  const element = form({
    content: [...warnings.map((warning) => warning.element), word.element, password.element],
    action: t("settings.delete"),
    submit,
    testid: "delete-submit",
    danger: true,
  });
  return {
    element,
    /** Brings the warnings up to date. */
    check: () => warnings.forEach((warning) => warning.check()),
    stop: () => warnings.forEach((warning) => warning.stop()),
  };
}
