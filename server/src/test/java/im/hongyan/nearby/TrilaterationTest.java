package im.hongyan.nearby;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.location.Grid;
import im.hongyan.location.Grid.Cell;
import im.hongyan.location.Grid.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An attacker searches from thousands of positions and keeps the positions of the victim that agree with every answer.
 * Against rounded distances, that leaves a few metres. Here it leaves the victim's cell, and all of it.
 */
class TrilaterationTest {
    private static final double METRES_PER_DEGREE = 111_195;
    private static final int SEARCHES = 4_000;

    /** Positions per side of the square in which the victim is searched, which is three cells wide. */
    private static final int RESOLUTION = 90;

    /** What the attacker sees of a victim at one position from another one. */
    private interface Oracle {
        Optional<Distance> answer(Point attacker, Point victim, int radius);
    }

    static Stream<Arguments> places() {
        return Stream.of(
                Arguments.of("Rome", 1, 41.8967, 12.4822),
                Arguments.of("Rome, cells of 5 km", 5, 41.8967, 12.4822),
                Arguments.of("Tromsø", 1, 69.6496, 18.956),
                Arguments.of("Fiji, at the antimeridian", 1, -16.8, 179.9999),
                Arguments.of("on the corner of four cells", 1, 0.00001, -179.99999));
    }

    private static Oracle byCells(Grid grid) {
        NearbyRules rules = new NearbyRules(grid);
        return (attacker, victim, radius) -> rules.distance(cell(grid, attacker), cell(grid, victim), radius);
    }

    /** What a server would answer that knows positions and rounds distances. */
    private static final Oracle BY_POSITIONS = (attacker, victim, radius) -> {
        double metres = metres(attacker, victim);
        return metres < radius ? Optional.of(Distance.of(metres)) : Optional.empty();
    };

    private static Cell cell(Grid grid, Point point) {
        return grid.cell(point.latitude(), point.longitude());
    }

    private static double metres(Point one, Point other) {
        double north = (other.latitude() - one.latitude()) * METRES_PER_DEGREE;
        double around = Math.abs(other.longitude() - one.longitude());
        double east = Math.min(around, 360 - around)
                * METRES_PER_DEGREE
                * Math.cos(Math.toRadians((one.latitude() + other.latitude()) / 2));
        return Math.hypot(north, east);
    }

    private static Point moved(Point from, double metresNorth, double metresEast) {
        double latitude = from.latitude() + metresNorth / METRES_PER_DEGREE;
        double longitude =
                from.longitude() + metresEast / METRES_PER_DEGREE / Math.cos(Math.toRadians(from.latitude()));
        return new Point(latitude, longitude > 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude);
    }

    /** The positions around the victim, in a square that is three cells wide. */
    private static List<Point> around(Point victim, int sizeMetres) {
        List<Point> points = new ArrayList<>();
        double step = 3.0 * sizeMetres / RESOLUTION;
        for (int i = -RESOLUTION / 2; i <= RESOLUTION / 2; i++) {
            for (int j = -RESOLUTION / 2; j <= RESOLUTION / 2; j++) {
                points.add(moved(victim, i * step, j * step));
            }
        }
        return points;
    }

    /** The candidates that agree with all answers that the attacker gets about the victim. */
    private static List<Point> consistent(Oracle oracle, Point victim, List<Point> candidates, List<Point> attackers) {
        List<Point> left = new ArrayList<>(candidates);
        int[] radii = {1000, 3000, 10_000};
        for (int i = 0; i < attackers.size(); i++) {
            Point attacker = attackers.get(i);
            int radius = radii[i % 3];
            Optional<Distance> seen = oracle.answer(attacker, victim, radius);
            left.removeIf(
                    candidate -> !oracle.answer(attacker, candidate, radius).equals(seen));
        }
        return left;
    }

    private static List<Point> everywhere(Point victim, int searches) {
        Random random = new Random(7);
        return random.doubles(searches)
                .mapToObj(far -> {
                    double metres = 12_000 * Math.sqrt(far);
                    double direction = 2 * Math.PI * random.nextDouble();
                    return moved(victim, metres * Math.cos(direction), metres * Math.sin(direction));
                })
                .toList();
    }

    /** Walks along lines past the victim, in steps of 10 m, to find where answers change. */
    private static List<Point> walks(Point victim) {
        List<Point> steps = new ArrayList<>();
        for (double offset : new double[] {-2500, 0, 800}) {
            for (int metres = -4000; metres <= 4000; metres += 10) {
                steps.add(moved(victim, metres, offset));
                steps.add(moved(victim, offset, metres));
            }
        }
        return steps;
    }

    private static void assertNothingFinerThanTheCell(int cellKm, Point victim, Function<Point, List<Point>> attack) {
        Grid grid = new Grid(cellKm);
        List<Point> candidates = around(victim, grid.sizeMetres());
        List<Point> attackers = attack.apply(victim);

        List<Point> left = consistent(byCells(grid), victim, candidates, attackers);
        List<Point> leftOfPositions = consistent(BY_POSITIONS, victim, candidates, attackers);

        List<Point> ofTheCell = candidates.stream()
                .filter(point -> cell(grid, point).equals(cell(grid, victim)))
                .toList();
        assertThat(ofTheCell).hasSizeGreaterThan(RESOLUTION * RESOLUTION / 9 - 3 * RESOLUTION);
        assertThat(left).as("every position of the cell remains possible").containsAll(ofTheCell);
        assertThat(leftOfPositions)
                .as("the same attack works against rounded distances")
                .hasSizeLessThan(ofTheCell.size() / 20);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void thousandsOfSearches_leaveTheWholeCell(String what, int cellKm, double latitude, double longitude) {
        assertNothingFinerThanTheCell(cellKm, new Point(latitude, longitude), victim -> everywhere(victim, SEARCHES));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void flipPointWalks_leaveTheWholeCell(String what, int cellKm, double latitude, double longitude) {
        assertNothingFinerThanTheCell(cellKm, new Point(latitude, longitude), TrilaterationTest::walks);
    }
}
