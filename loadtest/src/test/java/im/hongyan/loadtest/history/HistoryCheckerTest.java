package im.hongyan.loadtest.history;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.loadtest.history.Event.Acknowledged;
import im.hongyan.loadtest.history.Event.Anomaly;
import im.hongyan.loadtest.history.Event.Invoked;
import im.hongyan.loadtest.history.Event.Joined;
import im.hongyan.loadtest.history.Event.Left;
import im.hongyan.loadtest.history.Event.Observed;
import im.hongyan.loadtest.history.Event.Settled;
import im.hongyan.loadtest.history.Event.Started;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HistoryCheckerTest {

    @Property(tries = 500)
    void check_ofACorrectServer_holds(@ForAll long seed) {
        Verdict verdict = HistoryChecker.check(ModelServer.history(seed));

        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.counts().acknowledged()).isGreaterThanOrEqualTo(8);
    }

    @Property(tries = 2_000)
    void check_ofOneMutation_namesTheRule(@ForAll long seed, @ForAll Mutation mutation) {
        List<Event> events = new ArrayList<>(ModelServer.history(seed));
        mutation.apply(events, new Random(seed));

        Verdict verdict = HistoryChecker.check(events);

        assertThat(verdict.broken()).as(verdict.toString()).containsAnyElementsOf(mutation.expected());
    }

    @Property(tries = 50)
    void check_ofFilesInAnyOrder_isTheSame(@ForAll long seed) throws IOException {
        List<Event> events = ModelServer.history(seed);
        List<Event> byDevice = new ArrayList<>();
        List<String> devices = new ArrayList<>(events.stream()
                .filter(Started.class::isInstance)
                .map(event -> ((Started) event).client())
                .toList());
        Collections.shuffle(devices, new Random(seed));
        for (String device : devices) {
            events.stream().filter(event -> of(event, device)).forEach(byDevice::add);
        }
        events.stream()
                .filter(event -> devices.stream().noneMatch(device -> of(event, device)))
                .forEach(byDevice::add);

        assertThat(byDevice).hasSameSizeAs(events);
        assertThat(HistoryChecker.check(byDevice).violations()).isEmpty();
    }

    private static boolean of(Event event, String device) {
        return event.toString().matches("(?s)\\w+\\[client=" + device + "[,\\]].*");
    }

    @Test
    void check_ofNothing_provesNothing() {
        assertThat(HistoryChecker.check(List.of()).broken()).containsExactly(Rule.EMPTY);
    }

    @Test
    void check_ofAnAnomaly_repeatsIt() {
        List<Event> events = new ArrayList<>(ModelServer.history(1));
        events.add(new Anomaly("u0/0", "g1", "entries.read goes nowhere"));

        Verdict verdict = HistoryChecker.check(events);

        assertThat(verdict.broken()).containsExactly(Rule.ANOMALY);
        assertThat(verdict.toString()).contains("u0/0: entries.read goes nowhere");
    }

    @Test
    void check_ofAnUnseenEditInTheMiddle_isAHoleForAMemberAndNoneForAStranger() {
        List<Event> events = List.of(
                new Started("a/0", "a"),
                new Joined("a", "g", 1),
                new Joined("b", "g", 1),
                new Invoked("a/0", "g", "1", "message", "x"),
                new Acknowledged("a/0", "g", "1", 1),
                new Observed("a/0", "g", 1, "message", "a", "1", "x", null, 0, 0),
                new Observed("a/0", "g", 3, "message", "b", "1", "y", null, 0, 0),
                new Settled("a/0", "g", 3));

        Verdict verdict = HistoryChecker.check(events);

        assertThat(verdict.violations()).containsExactly(new Violation(Rule.HOLE, "g", "a/0 saw nothing at 2"));
        assertThat(verdict.counts().unobserved()).as("b has no client here").isEqualTo(1);
    }

    /** The old text no longer exists, and the new one is not visible to users who left: they alone see no text. */
    @Test
    void check_ofAnEditBehindSomebodysBack_passesForThoseWhoLeft() {
        List<Event> events = new ArrayList<>(List.of(
                new Started("a/0", "a"),
                new Started("b/0", "b"),
                new Joined("a", "g", 1),
                new Joined("b", "g", 1),
                new Invoked("a/0", "g", "1", "message", "x"),
                new Acknowledged("a/0", "g", "1", 1),
                new Invoked("a/0", "g", "3", "edit", null),
                new Acknowledged("a/0", "g", "3", 3),
                new Observed("a/0", "g", 1, "message", "a", "1", "y", null, 3, 0),
                new Observed("a/0", "g", 2, "group", "b", null, "left", null, 0, 0),
                new Observed("a/0", "g", 3, "edit", "a", "3", "e", 1L, 0, 0),
                new Observed("b/0", "g", 1, "message", "a", "1", null, null, Event.RECALLED, 0),
                new Observed("b/0", "g", 2, "group", "b", null, "left", null, 0, 0),
                new Settled("a/0", "g", 3),
                new Settled("b/0", "g", 2)));
        Event left = new Left("b", "g", 2);
        events.add(left);

        assertThat(HistoryChecker.check(events).violations()).isEmpty();

        events.remove(left);
        events.add(new Observed("b/0", "g", 3, "edit", "a", "3", "e", 1L, 0, 0));
        events.add(new Settled("b/0", "g", 3));
        assertThat(HistoryChecker.check(events).broken()).containsExactly(Rule.ALTERED);
    }

    @Test
    void verdict_whenBroken_saysWhatAndHowMuch() {
        List<Event> events = new ArrayList<>(ModelServer.history(7));
        events.removeIf(event -> event instanceof Observed seen && seen.client().equals("u0/0"));

        String text = HistoryChecker.check(events).toString();

        assertThat(text).startsWith("THE HISTORY VIOLATES RULES").contains("LOST x", "is missing from what u0/0 saw");
        assertThat(text.lines().count()).as("long lists are cut").isLessThan(40);
    }
}
