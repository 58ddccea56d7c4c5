/** @import { App } from "../app.js" */
import { newClientId } from "../hongyan.js";
import { t } from "../i18n/i18n.js";
import { field, form, openDialog } from "./dialog.js";
import { userPicker } from "./user-picker.js";

/**
 * The dialog that creates a group.
 * @param {App} app
 */
export function openNewGroup(app) {
  // One id per dialog, so that a second attempt after a lost answer does not create a second group.
  const clientId = newClientId();
  const title = field(t("group.title"), {
    testid: "new-group-title",
    required: true,
    maxlength: 64,
    dir: "auto",
    autocomplete: "off",
  });
  const picker = userPicker(app);
  const submit = async () => {
    const conversation = await app.store.createGroup(title.input.value.trim(), await picker.users(), clientId);
    dialog.close();
    app.router.go({ conversation: conversation.id });
  };
  const content = [title.element, picker.element];
  const dialog = openDialog({
    title: t("new_group.title"),
    content: [form({ content, action: t("new_group.create"), submit, testid: "new-group-submit" })],
  });
  title.input.focus();
}
