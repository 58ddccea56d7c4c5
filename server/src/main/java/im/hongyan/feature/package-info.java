/**
 * The contract between the server and its features. A feature is one folder that declares its settings, migrations,
 * frames, HTTP routes, metrics, reports, commands and hooks; {@code App} only loops over the list of features. Depends
 * on {@code protocol} and {@code config} only, so that no feature and no store can leak into the contract.
 *
 * <p>Invariants: Features are installed in the order of the list and stopped in reverse. If a feature requests a
 * service that no earlier feature provides, the start fails with both names. If a hook throws or fails, the failure is
 * logged and the other features continue.
 */
package im.hongyan.feature;
