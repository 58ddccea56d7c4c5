package im.hongyan.location;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import im.hongyan.location.Grid.Cell;
import im.hongyan.location.Grid.Columns;
import im.hongyan.location.Grid.Point;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The grid keeps its promises everywhere, and agrees with the table that also tests {@code grid.js}. */
class GridTest {
    /** WGS-84: the semi-major axis in metres, and the square of the eccentricity. */
    private static final double SEMI_MAJOR = 6_378_137;

    private static final double ECCENTRICITY_SQUARED = 0.00669437999014;

    /** What rounding a coordinate to six decimals moves it by at most, in degrees. */
    private static final double ROUNDING = 0.5e-6 + 1e-12;

    record Place(Grid grid, double latitude, double longitude) {
        Cell cell() {
            return grid.cell(latitude, longitude);
        }
    }

    @Provide
    Arbitrary<Place> places() {
        return Combinators.combine(Arbitraries.of(1, 5), latitudes(), longitudes())
                .as((km, latitude, longitude) -> new Place(new Grid(km), latitude, longitude));
    }

    /** Everywhere, and often at the poles and the equator. */
    private static Arbitrary<Double> latitudes() {
        return Arbitraries.oneOf(
                Arbitraries.doubles().between(-90, 90).ofScale(9),
                Arbitraries.doubles().between(89.5, 90).ofScale(9),
                Arbitraries.doubles().between(-90, -89.5).ofScale(9),
                Arbitraries.doubles().between(-0.1, 0.1).ofScale(9),
                Arbitraries.of(-90.0, 90.0, 0.0, -0.0, Math.nextDown(90.0), Math.nextUp(-90.0)));
    }

    /** Everywhere, and often at the antimeridian. */
    private static Arbitrary<Double> longitudes() {
        return Arbitraries.oneOf(
                Arbitraries.doubles().between(-180, 180).ofScale(9),
                Arbitraries.doubles().between(179.9, 180).ofScale(9),
                Arbitraries.doubles().between(-180, -179.9).ofScale(9),
                Arbitraries.of(-180.0, 180.0, 0.0, -0.0, Math.nextDown(180.0), Math.nextUp(-180.0)));
    }

    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void cell_ofAnyPosition_containsIt(@ForAll("places") Place place) {
        Grid grid = place.grid;
        Cell cell = place.cell();
        assertThat(cell.row()).isBetween(0, grid.rows() - 1);
        assertThat(cell.column()).isBetween(0, grid.columns(cell.row()) - 1);
        double south = cell.row() * 180.0 / grid.rows() - 90;
        double west = cell.column() * 360.0 / grid.columns(cell.row()) - 180;
        // The last position before the antimeridian is rounded to it.
        double longitude = place.longitude + 180 == 360 ? -180 : place.longitude;
        assertThat(place.latitude).isBetween(south - 1e-9, south + 180.0 / grid.rows() + 1e-9);
        assertThat(longitude).isBetween(west - 1e-9, west + 360.0 / grid.columns(cell.row()) + 1e-9);
    }

    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void centre_isInItsCell_andSnappingAgainChangesNothing(@ForAll("places") Place place) {
        Grid grid = place.grid;
        Point centre = grid.centre(place.cell());
        Cell again = grid.cell(centre.latitude(), centre.longitude());
        assertThat(again).isEqualTo(place.cell());
        assertThat(grid.centre(again)).isEqualTo(centre);
        assertThat(centre.latitude()).isBetween(-90.0, 90.0);
        assertThat(centre.longitude()).isBetween(-180.0, 180.0);
        assertThat(Math.round(centre.latitude() * 1e6) / 1e6).isEqualTo(centre.latitude());
        assertThat(Math.round(centre.longitude() * 1e6) / 1e6).isEqualTo(centre.longitude());
    }

    /** Measured on the ellipsoid, not on the sphere that the grid computes with. */
    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void cell_anywhere_isAtLeastItsSizeHighAndWide(@ForAll("places") Place place) {
        Grid grid = place.grid;
        int row = place.cell().row();
        double height = Math.toRadians(180.0 / grid.rows());
        double south = Math.toRadians(row * 180.0 / grid.rows() - 90);
        double metresHigh = height * Math.min(meridianRadius(south), meridianRadius(south + height));
        // Rows that the equator crosses are curved least there.
        double lowest = south < 0 && south + height > 0 ? meridianRadius(0) * height : metresHigh;
        assertThat(lowest).isGreaterThanOrEqualTo(grid.sizeMetres());
        if (row > 0 && row < grid.rows() - 1) {
            double width = 2 * Math.PI / grid.columns(row);
            double narrowest = width * Math.min(parallelRadius(south), parallelRadius(south + height));
            assertThat(narrowest).isGreaterThanOrEqualTo(grid.sizeMetres());
            assertThat(narrowest).as("no wider than needed").isLessThan(grid.sizeMetres() * 1.06);
        } else {
            assertThat(grid.columns(row)).as("a cap around the pole").isEqualTo(1);
        }
    }

    /** The radius of curvature along a meridian, in metres. */
    private static double meridianRadius(double latitude) {
        double w = 1 - ECCENTRICITY_SQUARED * Math.pow(Math.sin(latitude), 2);
        return SEMI_MAJOR * (1 - ECCENTRICITY_SQUARED) / Math.pow(w, 1.5);
    }

    /** The radius of a parallel, in metres. */
    private static double parallelRadius(double latitude) {
        double w = 1 - ECCENTRICITY_SQUARED * Math.pow(Math.sin(latitude), 2);
        return SEMI_MAJOR / Math.sqrt(w) * Math.cos(latitude);
    }

    /** Otherwise another implementation of cos could give a row one column more or less. */
    @Example
    void columns_ofEveryRow_doNotDependOnTheLastDigitOfACosine() {
        for (int km : new int[] {1, 5}) {
            Grid grid = new Grid(km);
            for (int row = 0; row < grid.rows(); row++) {
                double edge = Math.max(
                        Math.abs(row * 180.0 / grid.rows() - 90), Math.abs((row + 1) * 180.0 / grid.rows() - 90));
                double exact = 2 * Math.PI * 6_335_439 * Math.cos(Math.toRadians(edge)) / grid.sizeMetres();
                assertThat(Math.abs(exact - Math.rint(exact)))
                        .as("row %d", row)
                        .satisfiesAnyOf(
                                distance -> assertThat(distance).isGreaterThan(1e-7),
                                distance -> assertThat(exact).isLessThan(0.5));
            }
        }
    }

    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void antimeridian_fromBothSides_isOneMeridian(@ForAll("places") Place place) {
        Grid grid = place.grid;
        assertThat(grid.cell(place.latitude, 180)).isEqualTo(grid.cell(place.latitude, -180));
        Cell west = grid.cell(place.latitude, Math.nextDown(180.0));
        Cell east = grid.cell(place.latitude, -180);
        assertThat(grid.minDistance(west, east)).isZero();
    }

    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void distance_isSymmetric_andZeroWithinACell(@ForAll("places") Place one, @ForAll("places") Place other) {
        Grid grid = one.grid;
        Cell first = one.cell();
        Cell second = grid.cell(other.latitude, other.longitude);
        assertThat(grid.distance(first, second)).isEqualTo(grid.distance(second, first));
        assertThat(grid.distance(first, second)).isBetween(0.0, Math.PI * 6_371_009);
        assertThat(grid.distance(first, first)).isZero();
        assertThat(first.equals(second)).isEqualTo(grid.distance(first, second) < grid.sizeMetres() / 2.0);
    }

    /** For the check of speeds: nobody moves less than the minimum. */
    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void minDistance_neverExceedsTheDistanceOfPositions(@ForAll("places") Place one, @ForAll("places") Place other) {
        Grid grid = one.grid;
        double metres = greatCircle(one.latitude, one.longitude, other.latitude, other.longitude);
        Cell second = grid.cell(other.latitude, other.longitude);
        assertThat(grid.minDistance(one.cell(), second)).isLessThanOrEqualTo(metres + 1);
        assertThat(grid.minDistance(one.cell(), second)).isEqualTo(grid.minDistance(second, one.cell()));
    }

    /** By vectors, as the grid uses the haversine formula. */
    private static double greatCircle(double latitude, double longitude, double toLatitude, double toLongitude) {
        double[] a = vector(latitude, longitude);
        double[] b = vector(toLatitude, toLongitude);
        double x = a[1] * b[2] - a[2] * b[1];
        double y = a[2] * b[0] - a[0] * b[2];
        double z = a[0] * b[1] - a[1] * b[0];
        double dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        return 6_371_008.8 * Math.atan2(Math.sqrt(x * x + y * y + z * z), dot);
    }

    private static double[] vector(double latitude, double longitude) {
        double north = Math.toRadians(latitude);
        double east = Math.toRadians(longitude);
        return new double[] {Math.cos(north) * Math.cos(east), Math.cos(north) * Math.sin(east), Math.sin(north)};
    }

    @Property(edgeCases = EdgeCasesMode.MIXIN)
    void follow_keepsTheCellUntilAFifthBeyondItsEdge(
            @ForAll("places") Place place, @ForAll("shares") double north, @ForAll("shares") double east) {
        Grid grid = place.grid;
        Cell held = place.cell();
        double latitude = (held.row() + 0.5 + north) * 180 / grid.rows() - 90;
        double longitude = (held.column() + 0.5 + east) * 360 / grid.columns(held.row()) - 180;
        if (Math.abs(latitude) > 90) {
            return;
        }
        longitude = longitude > 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude;
        Cell followed = grid.follow(held, latitude, longitude);
        // In a row of one cell, every longitude is in the cell.
        boolean beyond = Math.abs(north) > 0.7 || (Math.abs(east) > 0.7 && grid.columns(held.row()) > 1);
        assertThat(followed).isEqualTo(beyond ? grid.cell(latitude, longitude) : held);
        assertThat(followed.equals(held)).isEqualTo(!beyond);
    }

    /** Shares of a cell, not too close to where it is left. */
    @Provide
    Arbitrary<Double> shares() {
        return Arbitraries.doubles().between(-1.4, 1.4).filter(share -> Math.abs(Math.abs(share) - 0.7) > 1e-3);
    }

    /** What {@link Grid#within} skips is compared cell by cell. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.MIXIN)
    void within_isExactlyTheCellsBelowTheRadius(@ForAll("places") Place place, @ForAll("radii") int radius) {
        Grid grid = place.grid;
        Cell cell = place.cell();
        Set<Cell> found = new HashSet<>();
        for (Columns columns : grid.within(cell, radius)) {
            for (int column = columns.first(); column <= columns.last(); column++) {
                assertThat(found.add(new Cell(columns.row(), column)))
                        .as("each cell once")
                        .isTrue();
            }
        }
        Set<Cell> expected = new HashSet<>();
        for (int row = Math.max(0, cell.row() - 13); row <= Math.min(grid.rows() - 1, cell.row() + 13); row++) {
            int columns = grid.columns(row);
            int middle = (int) ((cell.column() + 0.5) * columns / grid.columns(cell.row()));
            int reach = Math.min(columns / 2 + 1, 60);
            for (int step = -reach; step <= reach; step++) {
                Cell candidate = new Cell(row, Math.floorMod(middle + step, columns));
                if (grid.distance(cell, candidate) < radius) {
                    expected.add(candidate);
                }
            }
        }
        assertThat(found).isEqualTo(expected).contains(cell);
        assertThat(found).hasSizeLessThan(420);
    }

    @Provide
    Arbitrary<Integer> radii() {
        return Arbitraries.of(1000, 3000, 10_000);
    }

    @Example
    void size_other_isRefused() {
        assertThatThrownBy(() -> new Grid(2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Example
    void table_cells_agree() throws IOException {
        entries("cells").forEach(entry -> {
            Grid grid = new Grid(entry.getInteger("cellKm"));
            Cell cell = grid.cell(entry.getDouble("latitude"), entry.getDouble("longitude"));
            assertThat(cell).as(entry.encode()).isEqualTo(cell(entry, "row", "column"));
            assertThat(grid.columns(cell.row())).as(entry.encode()).isEqualTo(entry.getInteger("columns"));
            Point centre = grid.centre(cell);
            assertThat(centre.latitude()).isCloseTo(entry.getDouble("centreLatitude"), within(ROUNDING));
            assertThat(centre.longitude()).isCloseTo(entry.getDouble("centreLongitude"), within(ROUNDING));
        });
    }

    @Example
    void table_distances_agree() throws IOException {
        entries("distances").forEach(entry -> assertThat(new Grid(entry.getInteger("cellKm"))
                        .distance(cell(entry, "row", "column"), cell(entry, "toRow", "toColumn")))
                .as(entry.encode())
                .isCloseTo(entry.getDouble("metres"), within(0.01)));
    }

    @Example
    void table_follow_agrees() throws IOException {
        entries("follow").forEach(entry -> assertThat(new Grid(entry.getInteger("cellKm"))
                        .follow(
                                cell(entry, "heldRow", "heldColumn"),
                                entry.getDouble("latitude"),
                                entry.getDouble("longitude")))
                .as(entry.encode())
                .isEqualTo(cell(entry, "row", "column")));
    }

    private static Stream<JsonObject> entries(String table) throws IOException {
        try (InputStream in = GridTest.class.getResourceAsStream("grid.json")) {
            JsonObject tables = new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            assertThat(tables.getJsonArray(table)).hasSizeGreaterThan(15);
            return tables.getJsonArray(table).stream().map(JsonObject.class::cast);
        }
    }

    private static Cell cell(JsonObject entry, String row, String column) {
        return new Cell(entry.getInteger(row), entry.getInteger(column));
    }
}
