/**
 * Why a request failed. Kinds from the server: invalid, unauthenticated, forbidden, not_found, conflict, limited,
 * unavailable, internal. Kinds of the client: `offline` (there was no connection in time, nothing was sent), `network`
 * (no HTTP answer), `disconnected` (the socket was lost before the answer), `timeout` (no answer in time): with the
 * last three, and with `internal`, the outcome is unknown.
 */
export class HongyanError extends Error {
  /**
   * @param {{kind?: string, reason?: string, message?: string, field?: string, retryAfterMs?: number,
   *   status?: number, [detail: string]: any}} problem
   */
  constructor(problem) {
    super(problem.message ?? problem.reason ?? problem.kind ?? "unknown error");
    this.name = "HongyanError";
    this.kind = problem.kind ?? "internal";
    this.reason = problem.reason ?? this.kind;
    /** @type {string | undefined} */
    this.field = problem.field;
    /** @type {number | undefined} */
    this.retryAfterMs = problem.retryAfterMs;
    /** @type {number | undefined} */
    this.status = problem.status;
    /** The whole error, including the fields that are specific to its reason. @type {Record<string, any>} */
    this.details = problem;
  }

  /** Whether the same request, with the same client id, may succeed later. */
  get retryable() {
    return ["unavailable", "limited", "offline", "network", "disconnected", "timeout"].includes(this.kind);
  }

  /**
   * Whether the server refused the request for good. Otherwise it may have been done, in this or an earlier attempt. A
   * proxy's answer has no reason and is no refusal.
   */
  get refused() {
    return ["invalid", "forbidden", "not_found", "conflict"].includes(this.kind) && this.reason !== this.kind;
  }
}

/**
 * @param {unknown} error
 * @returns {HongyanError}
 */
export function asHongyanError(error) {
  if (error instanceof HongyanError) return error;
  return new HongyanError({ kind: "internal", message: error instanceof Error ? error.message : String(error) });
}
