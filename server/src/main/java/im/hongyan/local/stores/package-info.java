/**
 * The PostgreSQL and Redis that a node starts by itself when it is given none: real servers, from binaries that come as
 * Maven artifacts, on 127.0.0.1 with random ports and passwords of their own.
 *
 * <p>In the data folder:
 *
 * <ul>
 *   <li>{@code hongyan.lock}: held by the running server, with its process id
 *   <li>{@code runtime/}: the unpacked binaries, one folder for each version
 *   <li>{@code postgres/}: PostgreSQL's data, kept; {@code postgres.password}: its superuser's password, owner only
 *   <li>{@code redis/}: Redis' configuration and process id; nothing of it is kept over a restart
 * </ul>
 *
 * <p>If the server is killed, its children notice and stop by themselves ({@link im.hongyan.local.stores.ChildProcess}); one
 * that did not is found by its process id at the next start, checked to be of this data folder, and stopped.
 */
package im.hongyan.local.stores;
