/** @import { Feature } from "../../registry.js" */
import { lazy } from "../../lazy.js";
import { oneLine } from "../../views/entry-text.js";
import { t } from "../../i18n/i18n.js";
import { envelopeBubble } from "./envelope-bubble.js";
import { EnvelopeFollower } from "./envelope-follower.js";
import { Envelopes, envelopesOf } from "./envelopes.js";
import en from "./i18n/en.js";
import it from "./i18n/it.js";
import zh from "./i18n/zh.js";
import icons from "./icons.js";
import { openingNote } from "./opening-note.js";
import { openings } from "./openings.js";

const form = lazy(() => import("./envelope-compose.js"));
const history = lazy(() => import("./history.js"));

/**
 * Red envelopes: money that the members of a conversation open. It comes from the wallet and goes there.
 *
 * Test ids: menu-envelope; envelope-compose with envelope-kind-<kind>, envelope-amount-input, envelope-count,
 * envelope-recipient, envelope-greeting-input, envelope-total, envelope-parts, envelope-send; in the timeline envelope
 * (data-envelope, data-state="unopened|opened|empty|expired|gone", data-kind) with envelope-greeting and
 * envelope-state, and envelope-line ("X opened your red envelope"); envelope-page with envelope-open (the coin),
 * envelope-note, envelope-left, envelope-details, or envelope-amount (data-fen), envelope-outcome, envelope-sum, opener
 * (data-user, data-fen, data-best) with best, proof-open, proof-verdict (data-holds); progress-bar (data-left); in the
 * wallet wallet-envelopes, history-received, history-sent, history-year, history-before, history-after, history-sums,
 * history-row.
 * @type {Feature}
 */
export default {
  name: "redenvelope",
  texts: { en, zh, it },
  icons,
  styles: ["features/redenvelope/redenvelope.css"],

  store({ client, store }) {
    const envelopes = new Envelopes(client);
    envelopes.on("changed", (id) => {
      if (store.viewing) store.touch("entries", store.viewing);
      if (id) return;
      store.touch("users");
      store.touch("list");
    });
    return envelopes;
  },

  entries: {
    envelope: {
      isBubble: (store) => envelopesOf(store).enabled,
      bubble: envelopeBubble,
      line: (store, { content }) =>
        envelopesOf(store).enabled ? t("envelope.line", { greeting: oneLine(String(content.greeting)) }) : undefined,
      namesSender: true,
    },
  },

  timeline(app, conversation) {
    const { store } = app;
    const envelopes = envelopesOf(store);
    const follower = new EnvelopeFollower(envelopes);
    return {
      notes: () =>
        envelopes.enabled
          ? openings(envelopes.views(), conversation, store.me).map((opening) => openingNote(app, opening))
          : [],
      drawn: (items) => envelopes.enabled && follower.follow(items),
      stop: () => follower.stop(),
    };
  },

  composerItems: [
    {
      label: "envelope.name",
      icon: "envelope",
      testid: "menu-envelope",
      available: ({ store }) => envelopesOf(store).enabled,
      choose: async (app, id) => (await form()).composeEnvelope(app, id),
    },
  ],

  errors: {
    "envelope.limit": "envelope.error_limit",
    "envelope.not_found": "envelope.error_gone",
    "envelope.not_recipient": "envelope.error_not_recipient",
    "envelope.own": "envelope.error_own",
    "envelope.watched": "error.limited",
    "envelope.busy": "error.unavailable",
    "envelope.form": "error.request",
    "envelope.kind": "error.request",
    "envelope.direction": "error.request",
  },

  extensions: {
    /** @type {import("../wallet/extensions.js").WalletExtension} */
    wallet: {
      postings: {
        envelope: { icon: "envelope", label: "envelope.posting_sent" },
        envelope_claim: { icon: "envelope", label: "envelope.posting_claim" },
        envelope_refund: { icon: "recall", label: "envelope.posting_refund" },
      },
      tabs: [
        {
          name: "envelopes",
          label: "envelope.history",
          view: async (app) => (await history()).historyView(app),
        },
      ],
    },
  },
};
