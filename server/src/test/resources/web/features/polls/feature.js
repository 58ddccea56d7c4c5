import { lazy, t } from "../../kit.js";
import en from "./i18n/en.js";
import it from "./i18n/it.js";
import zh from "./i18n/zh.js";
import icons from "./icons.js";
import { pollBody } from "./poll-body.js";
import { pollCard } from "./poll-card.js";
import { pollBar } from "./poll-bar.js";
import { Polls } from "./polls.js";

const form = lazy(() => import("./poll-form.js"));

/**
 * Polls: a message that asks a question, with options to vote for.
 *
 * Test ids: menu-poll; poll-form with poll-question, poll-option, poll-send; in the timeline poll (data-closed) with
 * poll-choice (data-votes, aria-pressed) and poll-close; in the header chat-poll, below it poll-bar with poll-bar-hide;
 * above everything poll-card with poll-card-menu, which opens poll-results and poll-dismiss.
 * @type {import("../../registry.js").Feature}
 */
export default {
  name: "polls",
  texts: { en, it, zh },
  styles: ["features/polls/polls.css"],
  icons,

  store: ({ client, store }) => new Polls(client, store),

  contents: {
    poll: { line: (store, { content }) => t("poll.line", { question: String(content.question) }), body: pollBody },
  },

  entries: {
    poll: { line: () => t("poll.closed_note") },
  },

  composerItems: [
    {
      label: "poll.name",
      icon: "poll",
      testid: "menu-poll",
      available: ({ client }) => client.supports("poll.vote"),
      choose: async (app, conversation) => (await form()).openPollForm(app, conversation),
    },
  ],

  chatActions: [
    {
      label: "poll.new",
      icon: "poll",
      testid: "chat-poll",
      available: ({ client }) => client.supports("poll.vote"),
      choose: async (app, conversation) => (await form()).openPollForm(app, conversation),
    },
  ],

  chatBars: [{ key: "poll", show: pollBar }],

  overlays: [pollCard],

  errors: { "poll.closed": "poll.error_closed" },
};
