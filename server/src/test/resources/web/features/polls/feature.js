import { lazy, t } from "../../kit.js";
import en from "./i18n/en.js";
import it from "./i18n/it.js";
import zh from "./i18n/zh.js";
import { pollBody } from "./poll-body.js";
import { Polls } from "./polls.js";

const form = lazy(() => import("./poll-form.js"));

/**
 * Polls: a message that asks a question, with options to vote for.
 *
 * Test ids: menu-poll; poll-form with poll-question, poll-option, poll-send; in the timeline poll (data-closed) with
 * poll-choice (data-votes, aria-pressed) and poll-close.
 * @type {import("../../registry.js").Feature}
 */
export default {
  name: "polls",
  texts: { en, it, zh },
  styles: ["features/polls/polls.css"],
  icons: `<svg xmlns="http://www.w3.org/2000/svg">
    <symbol id="poll" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round">
      <path d="M6 20v-7M12 20V5M18 20v-10"/>
    </symbol>
  </svg>`,

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

  errors: { "poll.closed": "poll.error_closed" },
};
