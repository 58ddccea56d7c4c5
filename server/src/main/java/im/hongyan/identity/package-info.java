/**
 * Accounts, sign-in, devices and tokens.
 *
 * <p>Tables: {@code account}, {@code session}, {@code revocation} ({@code migrations/}). Redis: {@code
 * hongyan:throttle:{<rule>:<subject>:<window>}}, a count, for its window of a minute or an hour.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A session ends by deleting its row and leaving a revocation in one statement. Every node reads the revocations
 *       each second, by transaction horizon, so that none is passed over, and then closes the session's sockets: a
 *       socket does not outlive its session's row by more than two seconds while PostgreSQL answers.
 *   <li>Of a session one refresh token is in use, and the database knows only its hash. Its direct predecessor leads to
 *       the same successor for two minutes; any other token that was once genuine ends the session ({@link
 *       im.hongyan.identity.RefreshTokenRotation}).
 *   <li>A password that was changed opens no session afterwards, however late its verification comes back: opening one
 *       and changing it lock the account's row.
 *   <li>A username belongs to one account for ever. A deleted account keeps only its id and a hash of its name.
 *   <li>Passwords are hashed on their own threads with a bounded queue; whether a name exists does not show in the time.
 *   <li>No token, password or hash of one is logged or part of a {@code toString}.
 * </ul>
 */
package im.hongyan.identity;
