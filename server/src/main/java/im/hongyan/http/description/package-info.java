/**
 * The protocol's description for machines and people: AsyncAPI for the frames, OpenAPI for the calls.
 *
 * <p>Names, types and who answers what are read off {@link im.hongyan.protocol.FrameRoutes}, {@link
 * im.hongyan.protocol.HttpRoutes} and the records in them. What has to be said stands in the {@code protocol.yaml}
 * beside those records, in the resources of each feature's package: what fields are for, which may be missing, limits,
 * reasons, kinds of entry, examples. What does not depend on any feature is in {@code asyncapi.yaml} and {@code
 * openapi.yaml} here.
 *
 * <p>Invariants, held by tests: nothing is left out, nothing is described that does not exist, requests are judged as
 * described, examples are answered as they stand, and whatever a node sends is described.
 */
package im.hongyan.http.description;
