package im.hongyan.loadtest.history;

import im.hongyan.loadtest.history.Event.Acknowledged;
import im.hongyan.loadtest.history.Event.Gone;
import im.hongyan.loadtest.history.Event.Invoked;
import im.hongyan.loadtest.history.Event.Joined;
import im.hongyan.loadtest.history.Event.Left;
import im.hongyan.loadtest.history.Event.Observed;
import im.hongyan.loadtest.history.Event.Refused;
import im.hongyan.loadtest.history.Event.Restarted;
import im.hongyan.loadtest.history.Event.Settled;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Ways to make a correct history wrong. For each, the checker must report at least one of its rules. */
enum Mutation {
    /** One recipient misses an acknowledged message. */
    DROP_ACKNOWLEDGED(Rule.LOST) {
        @Override
        void apply(List<Event> events, Random random) {
            events.remove(pick(events, Observed.class, seen -> settles(events, seen) && acked(events, seen), random));
        }
    },
    /** One recipient misses an entry whose acknowledgement is not in the history. */
    DROP_UNACKNOWLEDGED(Rule.HOLE) {
        @Override
        void apply(List<Event> events, Random random) {
            events.remove(pick(events, Observed.class, seen -> settles(events, seen) && !acked(events, seen), random));
        }
    },
    /** An acknowledged message is missing everywhere, as when a failover loses a commit and renumbers the rest. */
    LOSE_LAST_EVERYWHERE(Rule.LOST) {
        @Override
        void apply(List<Event> events, Random random) {
            long last = events.stream()
                    .filter(Acknowledged.class::isInstance)
                    .mapToLong(event -> ((Acknowledged) event).seq())
                    .max()
                    .orElseThrow();
            events.removeIf(event -> event instanceof Observed seen && seen.seq() >= last);
            events.replaceAll(event -> event instanceof Settled settled
                    ? new Settled(settled.client(), settled.conversation(), last - 1)
                    : event);
        }
    },
    SHOW_TWICE(Rule.DUPLICATED) {
        @Override
        void apply(List<Event> events, Random random) {
            Observed seen = pick(events, Observed.class, any -> settles(events, any), random);
            events.add(events.indexOf(seen) + 1, seen);
        }
    },
    /** A retry was stored again at the end of the log. */
    STORE_TWICE(Rule.DUPLICATED, Rule.MISPLACED) {
        @Override
        void apply(List<Event> events, Random random) {
            Observed seen = pick(events, Observed.class, any -> any.clientId() != null, random);
            long end = lastSeq(events) + 1;
            for (Event event : List.copyOf(events)) {
                if (event instanceof Settled settled) {
                    events.add(at(seen, settled.client(), end));
                }
            }
        }
    },
    SWAP_FOR_ONE(Rule.REORDERED) {
        @Override
        void apply(List<Event> events, Random random) {
            Observed seen = pick(events, Observed.class, any -> next(events, any) != null, random);
            Observed next = next(events, seen);
            int a = events.indexOf(seen);
            int b = events.indexOf(next);
            events.set(a, next);
            events.set(b, seen);
        }
    },
    /** Two entries are swapped in one member's log, each shown in its place. */
    EXCHANGE_PLACES_FOR_ONE(Rule.DISAGREEMENT, Rule.MISPLACED) {
        @Override
        void apply(List<Event> events, Random random) {
            Observed seen = pick(
                    events,
                    Observed.class,
                    any -> any.clientId() != null && next(events, any) != null && acked(events, any),
                    random);
            Observed next = next(events, seen);
            int a = events.indexOf(seen);
            int b = events.indexOf(next);
            events.set(a, at(next, seen.client(), seen.seq()));
            events.set(b, at(seen, seen.client(), next.seq()));
        }
    },
    LEAK(Rule.LEAKED) {
        @Override
        void apply(List<Event> events, Random random) {
            Observed seen = pick(events, Observed.class, any -> any.seq() > 1, random);
            events.add(new Event.Started("stranger/0", "stranger"));
            events.add(at(seen, "stranger/0", seen.seq()));
            events.add(new Settled("stranger/0", seen.conversation(), 1));
        }
    },
    /** A member joined later than it reads from. */
    JOIN_LATER(Rule.LEAKED) {
        @Override
        void apply(List<Event> events, Random random) {
            Joined joined = pick(
                    events,
                    Joined.class,
                    any -> any.seq() == 1
                            && events.stream()
                                    .anyMatch(event -> event instanceof Observed seen
                                            && seen.seq() == 1
                                            && user(seen.client()).equals(any.user())),
                    random);
            events.set(events.indexOf(joined), new Joined(joined.user(), joined.conversation(), 2));
        }
    },
    /** A member left earlier than it reads to. */
    LEAVE_EARLIER(Rule.LEAKED) {
        @Override
        void apply(List<Event> events, Random random) {
            long end = lastSeq(events);
            Observed last = pick(events, Observed.class, any -> any.seq() == end, random);
            events.add(new Left(user(last.client()), last.conversation(), end - 1));
        }
    },
    CHANGE_CONTENT_FOR_ONE(Rule.ALTERED) {
        @Override
        void apply(List<Event> events, Random random) {
            Observed seen =
                    pick(events, Observed.class, any -> any.kind().equals("message") && settles(events, any), random);
            events.set(events.indexOf(seen), withDigest(seen, "other"));
            // If it was the only observation in this state, an unedited one is still compared with what was sent.
            if (seen.revision() != 0) {
                events.add(events.indexOf(withDigest(seen, "other")) + 1, seen);
            }
        }
    },
    CHANGE_CONTENT_FOR_ALL(Rule.ALTERED) {
        @Override
        void apply(List<Event> events, Random random) {
            Acknowledged acked = pick(
                    events,
                    Acknowledged.class,
                    any -> events.stream()
                            .anyMatch(event -> event instanceof Observed seen
                                    && seen.seq() == any.seq()
                                    && seen.kind().equals("message")
                                    && seen.revision() == 0),
                    random);
            events.replaceAll(event ->
                    event instanceof Observed seen && seen.seq() == acked.seq() ? withDigest(seen, "other") : event);
        }
    },
    ACKNOWLEDGE_ANOTHER_PLACE(Rule.MISPLACED, Rule.CONTRADICTORY_ACK) {
        @Override
        void apply(List<Event> events, Random random) {
            Acknowledged acked = pick(events, Acknowledged.class, any -> true, random);
            long elsewhere = acked.seq() == 1 ? 2 : acked.seq() - 1;
            events.set(
                    events.indexOf(acked),
                    new Acknowledged(acked.client(), acked.conversation(), acked.clientId(), elsewhere));
        }
    },
    ACKNOWLEDGE_TWICE(Rule.CONTRADICTORY_ACK) {
        @Override
        void apply(List<Event> events, Random random) {
            Acknowledged acked = pick(events, Acknowledged.class, any -> true, random);
            events.add(new Acknowledged(acked.client(), acked.conversation(), acked.clientId(), lastSeq(events) + 1));
        }
    },
    REFUSE_THE_STORED(Rule.REFUSED_BUT_STORED) {
        @Override
        void apply(List<Event> events, Random random) {
            Acknowledged acked = pick(
                    events,
                    Acknowledged.class,
                    any -> events.stream()
                            .anyMatch(event -> event instanceof Observed seen
                                    && any.clientId().equals(seen.clientId())),
                    random);
            events.set(
                    events.indexOf(acked),
                    new Refused(acked.client(), acked.conversation(), acked.clientId(), "chat.not_member"));
        }
    },
    REFUSE_AND_ACKNOWLEDGE(Rule.CONTRADICTORY_ACK) {
        @Override
        void apply(List<Event> events, Random random) {
            Acknowledged acked = pick(events, Acknowledged.class, any -> true, random);
            events.add(new Refused(acked.client(), acked.conversation(), acked.clientId(), "chat.not_member"));
        }
    },
    FORGE(Rule.FORGED, Rule.MALFORMED) {
        @Override
        void apply(List<Event> events, Random random) {
            Invoked sent = pick(
                    events,
                    Invoked.class,
                    any -> any.kind().equals("message")
                            && events.stream()
                                    .anyMatch(event -> event instanceof Observed seen
                                            && any.clientId().equals(seen.clientId())),
                    random);
            events.removeIf(event -> (event instanceof Invoked any
                            && any.clientId().equals(sent.clientId()))
                    || (event instanceof Acknowledged acked && acked.clientId().equals(sent.clientId())));
        }
    },
    RUN_TIME_BACK(Rule.REORDERED) {
        @Override
        void apply(List<Event> events, Random random) {
            long place = 2L + random.nextInt(6);
            events.replaceAll(event -> event instanceof Observed seen && seen.seq() == place
                    ? copy(seen, seen.client(), seen.seq(), seen.digest(), seen.revision(), 1)
                    : event);
        }
    },
    NEVER_SETTLE(Rule.UNSETTLED) {
        @Override
        void apply(List<Event> events, Random random) {
            events.remove(pick(events, Settled.class, any -> true, random));
        }
    },
    SHOW_RECALLED_WITHOUT_RECALL(Rule.ALTERED) {
        @Override
        void apply(List<Event> events, Random random) {
            Set<Long> changed = events.stream()
                    .filter(event -> event instanceof Observed seen && seen.target() != null)
                    .map(event -> ((Observed) event).target())
                    .collect(Collectors.toSet());
            Observed seen = pick(
                    events,
                    Observed.class,
                    any -> any.kind().equals("message") && settles(events, any) && !changed.contains(any.seq()),
                    random);
            events.set(events.indexOf(seen), copy(seen, seen.client(), seen.seq(), null, Event.RECALLED, seen.at()));
        }
    };

    /** The checker must find at least one of these. */
    private final Rule one;

    private final Rule other;

    Mutation(Rule rule) {
        this(rule, rule);
    }

    Mutation(Rule one, Rule other) {
        this.one = one;
        this.other = other;
    }

    Set<Rule> expected() {
        return EnumSet.of(one, other);
    }

    abstract void apply(List<Event> events, Random random);

    private static <E extends Event> E pick(List<Event> events, Class<E> type, Predicate<E> fit, Random random) {
        List<E> fitting = new ArrayList<>();
        for (Event event : events) {
            if (type.isInstance(event) && fit.test(type.cast(event))) {
                fitting.add(type.cast(event));
            }
        }
        return fitting.get(random.nextInt(fitting.size()));
    }

    private static boolean settles(List<Event> events, Observed seen) {
        return events.stream()
                .noneMatch(event -> (event instanceof Gone gone && gone.client().equals(seen.client()))
                        || (event instanceof Restarted again && again.client().equals(seen.client())));
    }

    private static boolean acked(List<Event> events, Observed seen) {
        return events.stream().anyMatch(event -> event instanceof Acknowledged acked && acked.seq() == seen.seq());
    }

    /** The next entry that the same settled client saw, if it is the next in the log. */
    private static Observed next(List<Event> events, Observed seen) {
        if (!settles(events, seen)) {
            return null;
        }
        return events.stream()
                .filter(event -> event instanceof Observed other
                        && other.client().equals(seen.client())
                        && other.seq() == seen.seq() + 1)
                .map(Observed.class::cast)
                .findFirst()
                .orElse(null);
    }

    private static Observed at(Observed seen, String client, long seq) {
        return copy(seen, client, seq, seen.digest(), seen.revision(), 0);
    }

    private static Observed withDigest(Observed seen, String digest) {
        return copy(seen, seen.client(), seen.seq(), digest, seen.revision(), seen.at());
    }

    private static Observed copy(Observed seen, String client, long seq, String digest, long revision, long at) {
        String group = seen.conversation();
        String id = seen.clientId();
        return new Observed(client, group, seq, seen.kind(), seen.sender(), id, digest, seen.target(), revision, at);
    }

    private static long lastSeq(List<Event> events) {
        return events.stream()
                .mapToLong(event -> event instanceof Observed seen ? seen.seq() : 0)
                .max()
                .orElseThrow();
    }

    private static String user(String device) {
        return device.substring(0, device.indexOf('/'));
    }
}
