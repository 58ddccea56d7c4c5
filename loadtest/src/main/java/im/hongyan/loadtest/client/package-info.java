/**
 * A client of the protocol, written from the protocol page alone. {@link im.hongyan.loadtest.client.ChatClient} makes HTTP
 * calls and opens {@link im.hongyan.loadtest.client.ChatConnection}s, bare sockets with requests and pushes;
 * {@link im.hongyan.loadtest.client.SyncingClient} is on top of them what a correct client does: order, gap repair,
 * de-duplication, reconnect, sync, and retries that are stored once. {@link im.hongyan.loadtest.client.Faults} make the
 * link bad on purpose.
 */
package im.hongyan.loadtest.client;
