/**
 * The protocol's description: AsyncAPI for the frames, OpenAPI for the HTTP routes.
 *
 * <p>Names and types come from {@link im.hongyan.protocol.FrameRoutes}, {@link im.hongyan.protocol.HttpRoutes} and the
 * records in them. The meaning of fields, which are optional, limits, reasons, kinds of entry and examples come from a
 * {@code protocol.yaml} in the resources of each feature's package. The fixed parts are in {@code asyncapi.yaml} and
 * {@code openapi.yaml} here.
 *
 * <p>Invariants, enforced by tests: everything is described, and everything described exists; requests are accepted and
 * rejected as described; a node gives exactly the answers of the examples, and sends nothing that is not described.
 */
package im.hongyan.http.description;
