package im.hongyan.nearby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.annotation.JsonProperty;
import im.hongyan.location.Grid;
import im.hongyan.location.Grid.Cell;
import im.hongyan.location.Grid.Columns;
import im.hongyan.location.Grid.Point;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How users move between cells, and what one user learns of another one. */
class NearbyRulesTest {
    private static final long START = 1_800_000_000_000L;
    private static final long MINUTE = 60_000;
    private static final SessionId SESSION = new SessionId(Id.next());

    private final Grid grid = new Grid(1);
    private final NearbyRules rules = new NearbyRules(grid);

    /** A position as a share of a cell, north and east of its centre. */
    private static Point point(Grid grid, Cell cell, double north, double east) {
        double latitude = (cell.row() + 0.5 + north) * 180 / grid.rows() - 90;
        double longitude = (cell.column() + 0.5 + east) * 360 / grid.columns(cell.row()) - 180;
        return new Point(Math.max(-90, Math.min(90, latitude)), Math.max(-180, Math.min(180, longitude)));
    }

    private NearbyState enable(Optional<NearbyState> before, Point point, long now) {
        return rules.enable(before, point.latitude(), point.longitude(), 3600, SESSION, now);
    }

    @Test
    void firstPosition_isReducedToItsCell() {
        Cell cell = grid.cell(41.9, 12.5);

        NearbyState state = enable(Optional.empty(), point(grid, cell, 0.31, -0.49), START);

        assertThat(state).isEqualTo(new NearbyState(cell, START, cell, START, START + 3_600_000, SESSION));
    }

    /** The user came to the cell at minute 0 and has not moved since. */
    @ParameterizedTest(name = "{0} north, {1} east, after {2} min: {3}")
    @CsvSource({
        "0.69, 0, 60, false",
        "0.71, 0, 60, true",
        "-0.69, 0.69, 60, false",
        "0, -0.71, 60, true",
        "1, 0, 9.99, false",
        "1, 0, 10, true",
        "0.4, 0.4, 1000, false",
        "3, 3, 9.9, false",
        "3, 3, 10.1, true",
    })
    void cell_changesAFifthBeyondTheEdge_andAfterTenMinutes(double north, double east, double minutes, boolean moves) {
        Cell home = grid.cell(41.9, 12.5);
        NearbyState before = enable(Optional.empty(), point(grid, home, 0, 0), START);
        Point moved = point(grid, home, north, east);
        long now = START + (long) (minutes * MINUTE);

        NearbyState after = enable(Optional.of(before), moved, now);

        Cell reached = grid.cell(moved.latitude(), moved.longitude());
        assertThat(after.cell()).isEqualTo(moves ? reached : home);
        assertThat(after.changedAt()).isEqualTo(moves ? now : START);
        assertThat(after.reported()).isEqualTo(reached);
        assertThat(after.reportedAt()).isEqualTo(now);
    }

    /** Reports in between do not delay a change. */
    @Test
    void cell_changesTenMinutesAfterTheLastChange_howeverOftenTheUserReports() {
        Cell home = grid.cell(41.9, 12.5);
        NearbyState state = enable(Optional.empty(), point(grid, home, 0, 0), START);
        for (int minute = 1; minute < 10; minute++) {
            state = enable(Optional.of(state), point(grid, home, 1, 0), START + minute * MINUTE);
            assertThat(state.cell()).isEqualTo(home);
        }
        state = enable(Optional.of(state), point(grid, home, 1, 0), START + 10 * MINUTE);
        assertThat(state.cell().row()).isEqualTo(home.row() + 1);
    }

    @ParameterizedTest(name = "{0} cells in {1} s")
    @CsvSource({
        // Two positions in adjacent cells may be a step apart.
        "1, 0, 0",
        // At least 298 km, at 300 m/s.
        "298, 1000, 0",
        "298, 900, 95",
        "298, 0, 995",
        // After an outage of the clock: the last position lies in the future.
        "298, -10, 1005",
    })
    void speed_above300MetresPerSecond_isRefused(int cells, long seconds, long waitSeconds) {
        Cell home = grid.cell(10, 12.5);
        NearbyState before = enable(Optional.empty(), point(grid, home, 0, 0), START);
        Point far = point(grid, home, cells, 0);
        long now = START + seconds * 1000;
        if (waitSeconds == 0) {
            assertThat(enable(Optional.of(before), far, now).reportedAt()).isEqualTo(now);
            return;
        }
        Rejection refused = catchThrowableOfType(Rejection.class, () -> enable(Optional.of(before.hidden()), far, now));

        assertThat(refused.reason()).isEqualTo("nearby.speed");
        assertThat(refused.retryAfterMs()).isBetween(waitSeconds * 1000 - 10_000, waitSeconds * 1000 + 10_000);
        long later = now + refused.retryAfterMs();
        assertThat(enable(Optional.of(before), far, later).reportedAt()).isEqualTo(later);
    }

    /** The speed is judged by where the user is, not by the cell that others see. */
    @Test
    void speed_isMeasuredFromTheLastPosition() {
        Cell home = grid.cell(10, 12.5);
        NearbyState state = enable(Optional.empty(), point(grid, home, 0, 0), START);
        state = enable(Optional.of(state), point(grid, home, 100, 0), START + 9 * MINUTE);
        assertThat(state.cell()).isEqualTo(home);

        state = enable(Optional.of(state), point(grid, home, 200, 0), START + 17 * MINUTE);

        assertThat(state.cell().row()).isEqualTo(home.row() + 200);
    }

    @Test
    void hiddenUser_isRememberedForAnHourAfterTheLastPosition() {
        NearbyState state = enable(Optional.empty(), new Point(10, 10), START);

        assertThat(rules.hide(state, START + 59 * MINUTE)).contains(state.hidden());
        assertThat(state.hidden().isVisible(START)).isFalse();
        assertThat(rules.hide(state, START + 60 * MINUTE)).isEmpty();
    }

    @Test
    void text_isReadAgain() {
        NearbyState state = enable(Optional.empty(), new Point(-90, 180), START);

        assertThat(NearbyState.parse(state.text())).isEqualTo(state);
        assertThat(NearbyState.parse(state.hidden().text())).isEqualTo(state.hidden());
    }

    /** Neither the request nor the state has the position in its text. */
    @Test
    void texts_haveNoPosition() {
        var request = new NearbyFrames.Enable(41.123457, 12.765432, 60L);
        NearbyState state = rules.enable(Optional.empty(), request.latitude(), request.longitude(), 60, SESSION, START);

        assertThat(request + state.text() + state).doesNotContain("123457").doesNotContain("765432");
    }

    @ParameterizedTest(name = "cells of {0} km, {1} rows apart")
    @CsvSource({
        "1, 0, <1km, <1km, <1km",
        "1, 1, -, <3km, <3km",
        "1, 2, -, <3km, <3km",
        "1, 3, -, -, <10km",
        "1, 9, -, -, <10km",
        "1, 10, -, -, -",
        "5, 0, <3km, <3km, <3km",
        "5, 1, -, -, <10km",
        "5, 2, -, -, -",
    })
    void distance_byCells(int cellKm, int rows, String within1, String within3, String within10) {
        Grid used = new Grid(cellKm);
        NearbyRules by = new NearbyRules(used);
        Cell here = used.cell(0, 0);
        Cell there = new Cell(here.row() + rows, here.column());
        List<String> expected = List.of(within1, within3, within10);
        for (int i = 0; i < 3; i++) {
            int radius = List.of(1000, 3000, 10_000).get(i);
            String shown =
                    by.distance(here, there, radius).map(NearbyRulesTest::shown).orElse("-");
            assertThat(shown).as("radius %d", radius).isEqualTo(expected.get(i));
        }
    }

    private static String shown(Distance distance) {
        try {
            return Distance.class
                    .getField(distance.name())
                    .getAnnotation(JsonProperty.class)
                    .value();
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    /** Two cells that are up to 12 km apart. */
    record Pair(Grid grid, Cell one, Cell other) {}

    @Provide
    Arbitrary<Pair> pairs() {
        Arbitrary<Double> latitudes = Arbitraries.oneOf(
                Arbitraries.doubles().between(-89.9, 89.9).ofScale(6), Arbitraries.of(-90.0, 90.0, 0.0));
        Arbitrary<Double> longitudes = Arbitraries.oneOf(
                Arbitraries.doubles().between(-180, 180).ofScale(6), Arbitraries.of(-180.0, 180.0, 0.0));
        Arbitrary<Double> steps = Arbitraries.doubles().between(-0.11, 0.11).ofScale(6);
        return Combinators.combine(Arbitraries.of(1, 5), latitudes, longitudes, steps, steps)
                .as((km, latitude, longitude, north, east) -> {
                    Grid used = new Grid(km);
                    double there = Math.max(-90, Math.min(90, latitude + north));
                    double shrink = Math.max(0.001, Math.cos(Math.toRadians(latitude)));
                    double around = longitude + east / shrink;
                    double wrapped = around > 180
                            ? around - 360 * Math.ceil((around - 180) / 360)
                            : around < -180 ? around + 360 * Math.ceil((-180 - around) / 360) : around;
                    return new Pair(used, used.cell(latitude, longitude), used.cell(there, wrapped));
                });
    }

    @Provide
    Arbitrary<Integer> radii() {
        return Arbitraries.of(1000, 3000, 10_000);
    }

    /** Where in a cell. */
    @Provide
    Arbitrary<Double> places() {
        return Arbitraries.doubles().between(-0.499, 0.499).ofScale(6);
    }

    /** Whatever the positions of the two are within their cells, the answer is the same, and the same for both. */
    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void answer_dependsOnCellsOnly(
            @ForAll("pairs") Pair pair,
            @ForAll("radii") int radius,
            @ForAll("places") double north,
            @ForAll("places") double east) {
        NearbyRules by = new NearbyRules(pair.grid);
        Optional<Distance> answer = by.distance(pair.one, pair.other, radius);
        Cell searcher = enabledAt(by, point(pair.grid, pair.one, north, east)).cell();
        Cell other = enabledAt(by, point(pair.grid, pair.other, east, north)).cell();

        assertThat(searcher).isEqualTo(pair.one);
        assertThat(other).isEqualTo(pair.other);
        assertThat(by.distance(searcher, other, radius)).isEqualTo(answer);
        assertThat(by.distance(other, searcher, radius)).isEqualTo(answer);
    }

    private static NearbyState enabledAt(NearbyRules by, Point point) {
        return by.enable(Optional.empty(), point.latitude(), point.longitude(), 60, SESSION, START);
    }

    /** The parts of rows that a search reads are those whose users it may find. */
    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void searchedCells_areThoseWithADistance(@ForAll("pairs") Pair pair, @ForAll("radii") int radius) {
        NearbyRules by = new NearbyRules(pair.grid);
        List<Columns> parts = by.searched(pair.one, radius);

        assertThat(parts.stream()
                        .anyMatch(part -> part.row() == pair.other.row()
                                && part.first() <= pair.other.column()
                                && pair.other.column() <= part.last()))
                .isEqualTo(by.distance(pair.one, pair.other, radius).isPresent());
        assertThat(parts).hasSizeLessThanOrEqualTo(42);
    }

    /** A larger radius finds whom a smaller one finds, at the same distance. */
    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void largerRadius_findsTheSame(@ForAll("pairs") Pair pair) {
        NearbyRules by = new NearbyRules(pair.grid);
        Optional<Distance> near = by.distance(pair.one, pair.other, 1000);
        Optional<Distance> middle = by.distance(pair.one, pair.other, 3000);
        Optional<Distance> far = by.distance(pair.one, pair.other, 10_000);

        near.ifPresent(found -> assertThat(middle).contains(found));
        middle.ifPresent(found -> assertThat(far).contains(found));
    }
}
