/**
 * The built-in PostgreSQL and Redis, which a node starts if its settings name no others: real servers, from binaries
 * that are Maven artifacts, on 127.0.0.1 with random ports and generated passwords.
 *
 * <p>In the data folder:
 *
 * <ul>
 *   <li>{@code hongyan.lock}: held by the running server, with its process id
 *   <li>{@code runtime/}: the unpacked binaries, one folder for each version
 *   <li>{@code postgres/}: PostgreSQL's data; {@code postgres.password}: its superuser's password, readable by the
 * owner
 *   <li>{@code redis/}: Redis' configuration and process id; Redis keeps no data over a restart
 * </ul>
 *
 * <p>If the server is killed, its children notice and stop ({@link im.hongyan.local.stores.ChildProcess}). The next
 * start finds and stops those that did not ({@link im.hongyan.local.stores.OrphanProcess}).
 */
package im.hongyan.local.stores;
