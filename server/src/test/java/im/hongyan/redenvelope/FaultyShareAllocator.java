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

/** Gates that a node may stand behind: the honest one, and those whose Redis errs, forgets, fails or lies. */
enum FaultyShareAllocator {
    HONEST {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return new ShareAllocatorStore(stores.redis());
        }
    },
    /** Of shares that are not there, too. */
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
    /** Yes to everyone. */
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
    NEVER_THERE {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return (Liar) (envelope, user) -> Future.failedFuture("away");
        }
    },
    /** Some calls come to nothing, or are lost on the way back. */
    FRAGILE {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return fragile(HONEST.of(stores), 11);
        }
    },
    /** Answers late, and not in the order of the questions. */
    SLOW {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return slow(HONEST.of(stores), stores.vertx());
        }
    },
    FLUSHED_EVERY_7 {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return flushed(HONEST.of(stores), stores.redis(), 7);
        }
    },
    FLUSHED_EVERY_2 {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return flushed(HONEST.of(stores), stores.redis(), 2);
        }
    },
    /** Always put back to before anybody had anything: a replica that lagged and was promoted. */
    STALE {
        @Override
        ShareAllocator of(StoresExtension stores) {
            return stale(HONEST.of(stores));
        }
    };

    abstract ShareAllocator of(StoresExtension stores);

    /** A gate that knows no reservations; what it answers is up to each. */
    private interface Liar extends ShareAllocator {
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

    private static Liar always(Function<EnvelopeSpec, ShareAllocator.Answer> answer) {
        return (envelope, user) -> Future.succeededFuture(answer.apply(envelope));
    }

    /** The honest one, up to what each does otherwise. */
    private static class Real implements ShareAllocator {
        final ShareAllocator real;

        Real(ShareAllocator real) {
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
        return new Real(real) {
            private <T> Future<T> perhaps(Supplier<Future<T>> call) {
                int luck;
                synchronized (random) {
                    luck = random.nextInt(10);
                }
                Future<T> lost = Future.failedFuture("lost");
                return luck < 2 ? lost : luck < 4 ? call.get().compose(done -> lost) : call.get();
            }

            @Override
            public Future<Answer> reserve(EnvelopeSpec envelope, UserId user) {
                return perhaps(() -> super.reserve(envelope, user));
            }

            @Override
            public Future<Void> confirm(List<Reservation> reservations) {
                return perhaps(() -> super.confirm(reservations));
            }

            @Override
            public Future<Void> release(EnvelopeSpec envelope, UserId user, int idx, boolean free) {
                return perhaps(() -> super.release(envelope, user, idx, free));
            }

            @Override
            public Future<Void> reassign(EnvelopeSpec envelope, UserId user, int reserved, int claimed) {
                return perhaps(() -> super.reassign(envelope, user, reserved, claimed));
            }
        };
    }

    private static ShareAllocator slow(ShareAllocator real, Vertx vertx) {
        Random random = new Random(3);
        return new Real(real) {
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

    /** From time to time all of Redis is emptied, as by a restart without its file. */
    private static ShareAllocator flushed(ShareAllocator real, Redis redis, int every) {
        AtomicInteger calls = new AtomicInteger();
        return new Real(real) {
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
        return new Real(real) {
            @Override
            public Future<Void> build(EnvelopeSpec envelope, Map<UserId, Integer> claimed) {
                return super.build(envelope, Map.of());
            }
        };
    }
}
