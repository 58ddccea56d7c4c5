package im.hongyan.store.redis;

/** What is set does not fit the servers that are there: waiting does not help, and the start fails with this. */
@SuppressWarnings("serial") // never serialised
final class RedisRefusal extends RuntimeException {
    RedisRefusal(String reason) {
        super(reason, null, false, false);
    }
}
