/**
 * The contract between the server and its features. A feature is one folder that declares its settings, migrations, frames,
 * HTTP routes, metrics, reports, commands and hooks; {@code App} only loops over the list of features. Depends on
 * {@code protocol} and {@code config} only, so that no feature and no store can leak into the contract.
 *
 * <p>Invariants: features are installed in the order of the list and stopped in reverse; a service that no earlier feature
 * provides fails the start with both names; a hook that throws or fails is logged and never disturbs the other features.
 */
package im.hongyan.feature;
