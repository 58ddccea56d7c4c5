/** @import { EnvelopeView } from "../client/types.js" */
import { isHonest } from "../client/proof.js";
import { t } from "../i18n/i18n.js";
import { fill, h, icon } from "./dom.js";

/**
 * What was promised when the envelope was sent, what was revealed when it closed, and whether the two agree: computed
 * here, in the page.
 * @param {EnvelopeView} view of an envelope that is closed
 * @param {string} [published] the commitment that stands in the conversation's log, if it is at hand
 */
export function proofView(view, published) {
  const { proof } = view;
  if (!proof) return null;
  const promise = published ?? proof.commitment;
  const verdict = h("p", { class: "proof-verdict", role: "status", testid: "proof-verdict" });
  const verify = async () => {
    // What is revealed now proves nothing against itself.
    if (!published) return fill(verdict, icon("alert"), h("span", {}, t("proof.unpublished")));
    // Browsers lend their cryptography only to pages that came over a safe way.
    if (!crypto.subtle) return fill(verdict, icon("alert"), h("span", {}, t("proof.insecure")));
    const holds = await isHonest(view, promise);
    verdict.dataset.holds = String(holds);
    fill(verdict, icon(holds ? "check" : "alert"), h("span", {}, holds ? t("proof.holds") : t("proof.fails")));
  };
  const part = (/** @type {string} */ name, /** @type {string} */ value) => [
    h("dt", {}, name),
    h("dd", {}, h("code", {}, value)),
  ];
  const element = h(
    "details",
    { class: "fold proof" },
    h("summary", { testid: "proof-open" }, icon("seal"), h("span", {}, t("proof.title")), icon("down")),
    h("p", { class: "hint" }, t("proof.hint")),
    verdict,
    h(
      "dl",
      {},
      ...part(t("proof.commitment"), promise),
      ...part(t("proof.seed"), proof.seed),
      ...part(t("proof.parameters"), proof.parameters),
      ...(proof.nonce ? part(t("proof.nonce"), proof.nonce) : []),
      ...part(t("proof.shares"), proof.shares.join(" ")),
    ),
  );
  element.addEventListener("toggle", () => {
    if (element.open) verify();
  });
  return element;
}
