package im.hongyan.redenvelope;

import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/** The real share allocator, and ones that fail, forget or answer wrongly. */
enum FaultyShareAllocator {
    REAL {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return new ShareAllocatorStore(stores.redis());
        }
    },
    /** Includes indexes that do not exist. */
    RANDOM_INDEXES {
        @Override
        ShareAllocator of(StoresExtension stores) {
            Random random = new Random(7);
            return always(envelope -> {
                synchronized (random) {
                    return new ShareAllocator.Answer.Index(random.nextInt(-2, envelope.count() + 2));
                }
            });
        }
    },
    /** Reserves the same share for all users. */
    SAME_INDEX {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return always(envelope -> new ShareAllocator.Answer.Index(envelope.count() / 2));
        }
    },
    NO_SUCH_INDEX {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return always(envelope -> new ShareAllocator.Answer.Index(Integer.MAX_VALUE));
        }
    },
    NEVER_BUILT {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return always(envelope -> new ShareAllocator.Answer.NotBuilt());
        }
    },
    ALWAYS_EMPTY {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return always(envelope -> new ShareAllocator.Answer.Empty());
        }
    },
    UNAVAILABLE {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return (Faulty) (envelope, user) -> Future.failedFuture("away");
        }
    },
    /** Some calls fail, before or after they had an effect. */
    FRAGILE {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return fragile(REAL.of(stores), 11);
        }
    },
    /** Answers late, and not in the order of the requests. */
    SLOW {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return slow(REAL.of(stores), stores.vertx());
        }
    },
    FLUSHED_EVERY_7 {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return flushed(REAL.of(stores), stores.redis(), 7);
        }
    },
    FLUSHED_EVERY_2 {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return flushed(REAL.of(stores), stores.redis(), 2);
        }
    },
    /** Always starts from a state without claims, like a replica that lagged behind and was promoted. */
    STALE {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return stale(REAL.of(stores));
        }
    };

    abstract ShareAllocator of(StoresExtension stores);

    /** An allocator without reservations; each subclass decides what it answers. */
    private interface Faulty extends ShareAllocator {
        @Override
        default Future<Void> build(EnvelopeSpec envelope, Map<UserId, Integer> claimed) {
            return Future.succeededFuture();
        }

        @Override
        default Future<Void> confirm(List<Reservation> reservations) {
            return Future.succeededFuture();
        }

        @Override
        default Future<Void> release(EnvelopeSpec envelope, UserId user, int idx, boolean free) {
            return Future.succeededFuture();
        }

        @Override
        default Future<Void> reassign(EnvelopeSpec envelope, UserId user, int reserved, int claimed) {
            return Future.succeededFuture();
        }

        @Override
        default Future<Void> drop(EnvelopeId envelope) {
            return Future.succeededFuture();
        }

        @Override
        default Future<List<Reservation>> overdue(long ageMs) {
            return Future.succeededFuture(List.of());
        }
    }

    private static Faulty always(Function<EnvelopeSpec, ShareAllocator.Answer> answer) {
        return (envelope, user) -> Future.succeededFuture(answer.apply(envelope));
    }

    /** Delegates to the real allocator; each subclass overrides some methods. */
    private static class Delegating implements ShareAllocator {
        final ShareAllocator real;

        Delegating(ShareAllocator real) {
            this.real = real;
        }

        @Override
        public Future<Answer> reserve(EnvelopeSpec envelope, UserId user) {
            return real.reserve(envelope, user);
        }

        @Override
        public Future<Void> build(EnvelopeSpec envelope, Map<UserId, Integer> claimed) {
            return real.build(envelope, claimed);
        }

        @Override
        public Future<Void> confirm(List<Reservation> reservations) {
            return real.confirm(reservations);
        }

        @Override
        public Future<Void> release(EnvelopeSpec envelope, UserId user, int idx, boolean free) {
            return real.release(envelope, user, idx, free);
        }

        @Override
        public Future<Void> reassign(EnvelopeSpec envelope, UserId user, int reserved, int claimed) {
            return real.reassign(envelope, user, reserved, claimed);
        }

        @Override
        public Future<Void> drop(EnvelopeId envelope) {
            return real.drop(envelope);
        }

        @Override
        public Future<List<Reservation>> overdue(long ageMs) {
            return real.overdue(ageMs);
        }
    }

    private static ShareAllocator fragile(ShareAllocator real, long seed) {
        Random random = new Random(seed);
        return new Delegating(real) {
            private <T> Future<T> unreliable(Supplier<Future<T>> call) {
                int luck;
                synchronized (random) {
                    luck = random.nextInt(10);
                }
                Future<T> lost = Future.failedFuture("lost");
                return luck < 2 ? lost : luck < 4 ? call.get().compose(done -> lost) : call.get();
            }

            @Override
            public Future<Answer> reserve(EnvelopeSpec envelope, UserId user) {
                return unreliable(() -> super.reserve(envelope, user));
            }

            @Override
            public Future<Void> confirm(List<Reservation> reservations) {
                return unreliable(() -> super.confirm(reservations));
            }

            @Override
            public Future<Void> release(EnvelopeSpec envelope, UserId user, int idx, boolean free) {
                return unreliable(() -> super.release(envelope, user, idx, free));
            }

            @Override
            public Future<Void> reassign(EnvelopeSpec envelope, UserId user, int reserved, int claimed) {
                return unreliable(() -> super.reassign(envelope, user, reserved, claimed));
            }
        };
    }

    private static ShareAllocator slow(ShareAllocator real, Vertx vertx) {
        Random random = new Random(3);
        return new Delegating(real) {
            @Override
            public Future<Answer> reserve(EnvelopeSpec envelope, UserId user) {
                long ms;
                synchronized (random) {
                    ms = random.nextLong(1, 30);
                }
                return super.reserve(envelope, user).compose(answer -> vertx.timer(ms, TimeUnit.MILLISECONDS)
                        .map(answer));
            }
        };
    }

    /** Flushes Redis from time to time, like a restart without persistence. */
    private static ShareAllocator flushed(ShareAllocator real, Redis redis, int every) {
        AtomicInteger calls = new AtomicInteger();
        return new Delegating(real) {
            @Override
            public Future<Answer> reserve(EnvelopeSpec envelope, UserId user) {
                Future<?> before = calls.incrementAndGet() % every == 0
                        ? redis.send(Request.cmd(Command.FLUSHALL))
                        : Future.succeededFuture();
                return before.compose(done -> super.reserve(envelope, user));
            }
        };
    }

    private static ShareAllocator stale(ShareAllocator real) {
        return new Delegating(real) {
            @Override
            public Future<Void> build(EnvelopeSpec envelope, Map<UserId, Integer> claimed) {
                return super.build(envelope, Map.of());
            }
        };
    }
}
