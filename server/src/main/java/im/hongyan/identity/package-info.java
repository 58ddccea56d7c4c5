/**
 * Accounts, sign-in, sessions and tokens.
 *
 * <p>Tables: {@code account}, {@code session}, {@code revocation} ({@code migrations/}). Redis: {@code
 * hongyan:throttle:{<rule>:<subject>:<window>}}, a counter that expires with its window.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>One statement ends a session: it deletes the row and inserts a revocation. Every node reads the new revocations
 *       each second, by transaction horizon so that it misses none, and closes the sockets of those sessions. While
 *       PostgreSQL answers, a socket outlives its session's row by at most two seconds.
 *   <li>A session has one current refresh token, and the database has only its hash. Its direct predecessor leads
 *       to the same successor until that is used; any older genuine token ends the session ({@link
 *       im.hongyan.identity.RefreshTokenRotation}).
 *   <li>An old password opens no session after it was changed, however late its verification ends: opening a session
 *       and changing the password lock the account's row.
 *   <li>A username belongs to one account forever. A deleted account keeps only its id and a hash of its username.
 *   <li>Account deletion ends the sessions first, then runs the other features' hooks until they succeed ({@link
 *       im.hongyan.identity.AccountDeletions}).
 *   <li>Wrong passwords from elsewhere lock out neither a device that has signed in to the account before, nor a
 *       session.
 *   <li>Passwords are hashed on a worker pool with a bounded, fair queue. Response times do not reveal which usernames
 *       exist.
 *   <li>Tokens, passwords and their hashes are neither logged nor part of a {@code toString}.
 * </ul>
 */
package im.hongyan.identity;
