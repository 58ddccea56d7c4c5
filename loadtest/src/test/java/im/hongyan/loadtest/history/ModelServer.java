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
import im.hongyan.loadtest.history.Event.Started;
import im.hongyan.loadtest.history.Event.Unknown;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Writes the history that a correct server and correct clients would produce, of one group and with a random seed:
 * joins and leaves, sends with every outcome, recalls and edits, several devices per user, one that stops and one that
 * starts afresh.
 */
final class ModelServer {
    private static final String GROUP = "g1";

    private record Entry(long seq, String kind, String sender, String clientId, String digest, Long target, long at) {}

    private final Random random;
    private final List<Event> events = new ArrayList<>();
    private final List<String> users = new ArrayList<>();
    private final Map<String, String> devices = new LinkedHashMap<>();
    private final List<Entry> log = new ArrayList<>();
    private final Map<String, List<long[]>> windows = new HashMap<>();
    private final Map<Long, Long> revisions = new HashMap<>();
    private final Map<Long, String> edited = new HashMap<>();
    private int ids;
    private long time = 1_000_000;

    private ModelServer(long seed) {
        this.random = new Random(seed);
    }

    /** At least 8 acknowledged messages among at least 3 users who stay to the end. */
    static List<Event> history(long seed) {
        ModelServer server = new ModelServer(seed);
        server.createUsers();
        server.chat();
        server.views();
        return server.events;
    }

    private void createUsers() {
        int count = 3 + random.nextInt(4);
        append("group", null, null, "created", null);
        for (int i = 0; i < count; i++) {
            String user = "u" + i;
            users.add(user);
            for (int d = 0; d <= random.nextInt(2); d++) {
                devices.put(user + "/" + d, user);
                events.add(new Started(user + "/" + d, user));
            }
            join(user, 1);
        }
    }

    private void chat() {
        for (int i = 0; i < 8; i++) {
            send(users.get(i % 3), "acknowledged");
        }
        for (int i = 0, steps = 10 + random.nextInt(60); i < steps; i++) {
            switch (random.nextInt(8)) {
                case 0 -> changeMembership();
                case 1 -> send(anyone(), "refused");
                case 2 -> send(anyone(), random.nextBoolean() ? "lost" : "unknown");
                case 3 -> change("recall");
                case 4 -> change("edit");
                default -> send(anyone(), "acknowledged");
            }
        }
        // At least one of each kind that a mutation may need.
        send(users.get(0), "refused");
        send(users.get(0), "unknown");
        change("recall");
        change("edit");
        send(users.get(1), "acknowledged");
        changeMembership();
        send(users.get(0), "acknowledged");
    }

    private void send(String user, String outcome) {
        String device = deviceOf(user);
        String clientId = "c" + ids++;
        String digest = "d" + random.nextInt(1_000_000);
        events.add(new Invoked(device, GROUP, clientId, "message", digest));
        if (!isMember(user) || outcome.equals("refused")) {
            events.add(new Refused(device, GROUP, clientId, "chat.not_member"));
            return;
        }
        if (outcome.equals("lost")) {
            events.add(new Unknown(device, GROUP, clientId));
            return;
        }
        long seq = append("message", user, clientId, digest, null);
        events.add(
                outcome.equals("unknown")
                        ? new Unknown(device, GROUP, clientId)
                        : new Acknowledged(device, GROUP, clientId, seq));
    }

    private void change(String kind) {
        List<Entry> own = log.stream()
                .filter(entry -> entry.kind().equals("message") && isMember(entry.sender()))
                .filter(entry -> revisions.getOrDefault(entry.seq(), 0L) != Event.RECALLED)
                .toList();
        if (own.isEmpty()) {
            return; // All of them recalled.
        }
        Entry target = own.get(random.nextInt(own.size()));
        String device = deviceOf(target.sender());
        String clientId = "c" + ids++;
        events.add(new Invoked(device, GROUP, clientId, kind, null));
        long seq = append(kind, target.sender(), clientId, "e" + ids, target.seq());
        revisions.put(target.seq(), kind.equals("edit") ? seq : Event.RECALLED);
        edited.put(target.seq(), kind.equals("edit") ? "e" + ids : null);
        events.add(new Acknowledged(device, GROUP, clientId, seq));
    }

    /** Users 0 to 2 stay, so that there is always a sender. */
    private void changeMembership() {
        if (users.size() == 3) {
            return;
        }
        String user = users.get(3 + random.nextInt(users.size() - 3));
        long seq = append("group", users.get(0), null, "change", null);
        if (isMember(user)) {
            List<long[]> ranges = windows.get(user);
            ranges.get(ranges.size() - 1)[1] = seq;
            events.add(new Left(user, GROUP, seq));
        } else {
            join(user, seq);
        }
    }

    private void join(String user, long seq) {
        windows.computeIfAbsent(user, u -> new ArrayList<>()).add(new long[] {seq, Long.MAX_VALUE});
        events.add(new Joined(user, GROUP, seq));
    }

    private long append(String kind, String sender, String clientId, String digest, Long target) {
        long seq = log.size() + 1L;
        // Equal times are correct, and times that run backwards are not.
        time += random.nextInt(3);
        log.add(new Entry(seq, kind, sender, clientId, digest, target, time));
        return seq;
    }

    private void views() {
        Map<String, List<Event>> views = new LinkedHashMap<>();
        for (String device : devices.keySet()) {
            views.put(device, view(device));
        }
        // As in reality, the records of the devices are interleaved.
        while (!views.isEmpty()) {
            List<String> left = new ArrayList<>(views.keySet());
            String device = left.get(random.nextInt(left.size()));
            List<Event> rest = views.get(device);
            events.add(rest.remove(0));
            if (rest.isEmpty()) {
                views.remove(device);
            }
        }
    }

    private List<Event> view(String device) {
        List<Event> seen = log.stream()
                .filter(entry -> isVisible(devices.get(device), entry.seq()))
                .map(entry -> (Event) observed(device, entry))
                .collect(Collectors.toCollection(ArrayList::new));
        boolean spare = device.endsWith("/1");
        int fate = random.nextInt(6);
        if (spare && fate == 0) {
            List<Event> prefix = new ArrayList<>(seen.subList(0, random.nextInt(seen.size() + 1)));
            prefix.add(new Gone(device));
            return prefix;
        }
        if (spare && fate == 1) {
            List<Event> twice = new ArrayList<>(seen.subList(0, random.nextInt(seen.size() + 1)));
            twice.add(new Restarted(device));
            twice.addAll(seen);
            twice.add(new Settled(device, GROUP, log.size()));
            return twice;
        }
        seen.add(new Settled(device, GROUP, log.size()));
        return seen;
    }

    /** A device sees an entry that changed later in its old or its new state, depending on when it reads. */
    private Observed observed(String device, Entry entry) {
        long revision = revisions.getOrDefault(entry.seq(), 0L);
        String digest = entry.digest();
        if (revision != 0 && random.nextBoolean()) {
            digest = edited.get(entry.seq());
        } else {
            revision = 0;
        }
        if (revision > 0 && !isVisible(devices.get(device), revision)) {
            // Edited after one of the members had left.
            digest = null;
            revision = Event.RECALLED;
        }
        String clientId = random.nextInt(10) == 0 ? null : entry.clientId();
        return new Observed(
                device,
                GROUP,
                entry.seq(),
                entry.kind(),
                entry.sender(),
                clientId,
                digest,
                entry.target(),
                revision,
                entry.at());
    }

    private String anyone() {
        return users.get(random.nextInt(users.size()));
    }

    private String deviceOf(String user) {
        List<String> own = devices.entrySet().stream()
                .filter(device -> device.getValue().equals(user))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(ArrayList::new));
        Collections.shuffle(own, random);
        return own.get(0);
    }

    private boolean isMember(String user) {
        List<long[]> ranges = windows.get(user);
        return ranges.get(ranges.size() - 1)[1] == Long.MAX_VALUE;
    }

    private boolean isVisible(String user, long seq) {
        return windows.get(user).stream().anyMatch(range -> range[0] <= seq && seq <= range[1]);
    }
}
