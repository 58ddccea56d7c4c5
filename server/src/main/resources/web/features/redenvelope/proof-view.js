/** @import { EnvelopeView } from "./types.js" */
import { t } from "../../i18n/i18n.js";
import { fill, h, icon } from "../../views/dom.js";
import { isValidSplit } from "./proof.js";

/**
 * The commitment from when the envelope was sent, the data published when it closed, and whether they match: computed
 * in the page.
 * @param {EnvelopeView} view of a closed envelope
 * @param {string} [published] the commitment in the conversation's log, if that is loaded
 */
export function proofView(view, published) {
  const { proof } = view;
  if (!proof) return null;
  const commitment = published ?? proof.commitment;
  const verdict = h("p", { class: "proof-verdict", role: "status", testid: "proof-verdict" });
  const verify = async () => {
    // The data alone proves nothing.
    if (!published) return fill(verdict, icon("alert"), h("span", {}, t("envelope.proof_unpublished")));
    // Browsers offer cryptography only in secure contexts.
    if (!crypto.subtle) return fill(verdict, icon("alert"), h("span", {}, t("envelope.proof_insecure")));
    const holds = await isValidSplit(view, commitment);
    verdict.dataset.holds = String(holds);
    fill(
      verdict,
      icon(holds ? "check" : "alert"),
      h("span", {}, holds ? t("envelope.proof_holds") : t("envelope.proof_fails")),
    );
  };
  const part = (/** @type {string} */ name, /** @type {string} */ value) => [
    h("dt", {}, name),
    h("dd", {}, h("code", {}, value)),
  ];
  const element = h(
    "details",
    { class: "fold proof" },
    h("summary", { testid: "proof-open" }, icon("seal"), h("span", {}, t("envelope.proof_title")), icon("down")),
    h("p", { class: "hint" }, t("envelope.proof_hint")),
    verdict,
    h(
      "dl",
      {},
      ...part(t("envelope.proof_commitment"), commitment),
      ...part(t("envelope.proof_seed"), proof.seed),
      ...part(t("envelope.proof_parameters"), proof.parameters),
      ...(proof.nonce ? part(t("envelope.proof_nonce"), proof.nonce) : []),
      ...part(t("envelope.proof_shares"), proof.shares.join(" ")),
    ),
  );
  element.addEventListener("toggle", () => {
    if (element.open) verify();
  });
  return element;
}
