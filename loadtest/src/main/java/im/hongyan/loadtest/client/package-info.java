/**
 * A client of the protocol, written from the protocol's documentation alone. {@link
 * im.hongyan.loadtest.client.ChatClient} sends HTTP requests and opens {@link
 * im.hongyan.loadtest.client.ChatConnection}s, which are bare sockets with requests and pushes. {@link
 * im.hongyan.loadtest.client.SyncingClient} adds what a correct client does: order, gap repair, de-duplication,
 * reconnect, sync, and retries that are stored once. {@link im.hongyan.loadtest.client.Faults} degrade the link on
 * purpose.
 */
package im.hongyan.loadtest.client;
