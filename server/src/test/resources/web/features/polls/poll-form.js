/** @import { App } from "../../app.js" */
import { field, form, h, openDialog, t } from "../../kit.js";

/** @param {App} app @param {string} conversation */
export function openPollForm(app, conversation) {
  const question = field(t("poll.question"), { required: true, maxlength: 120, testid: "poll-question" });
  const options = [0, 1, 2].map((index) =>
    field(t("poll.option", { number: index + 1 }), {
      required: index < 2,
      maxlength: 60,
      testid: "poll-option",
    }),
  );
  const submit = async () => {
    const texts = options.map(({ input }) => input.value.trim()).filter(Boolean);
    app.client.send(conversation, { type: "poll", question: question.input.value.trim(), options: texts });
    dialog.close();
  };
  const content = form({
    content: [question.element, h("div", { class: "poll-options" }, ...options.map(({ element }) => element))],
    action: t("poll.send"),
    submit,
    testid: "poll-send",
  });
  const dialog = openDialog({ title: t("poll.name"), class: "narrow", testid: "poll-form", content: [content] });
  question.input.focus();
  return dialog;
}
