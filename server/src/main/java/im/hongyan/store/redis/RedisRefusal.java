package im.hongyan.store.redis;

/** The settings do not fit the servers. Retrying is useless, so the start fails with this message. */
@SuppressWarnings("serial") // never serialised
final class RedisRefusal extends RuntimeException {
    RedisRefusal(String reason) {
        super(reason, null, false, false);
    }
}
