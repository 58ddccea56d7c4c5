package im.hongyan.location;

import java.util.ArrayList;
import java.util.List;

/**
 * Divides the earth into cells that are at least 1 or 5 km high and wide. A coarse position is the centre of its cell.
 * The web client computes the same grid in {@code grid.js}, and one table of expected values tests both.
 *
 * <p>Rows have a fixed height in degrees, and row 0 begins at the south pole. A row has as many columns as fit on its
 * edge nearer to the pole, so that its cells are nowhere narrower than the size. Column 0 begins at 180° west. The rows
 * at the poles have a single cell, a cap around the pole. Coordinates are WGS-84, in degrees.
 *
 * <p>Pure and thread-safe.
 */
public final class Grid {
    /** How far beyond the edge of a cell a position must be to leave it, as a share of the cell's height and width. */
    public static final double HYSTERESIS = 0.2;

    /** The smallest radius of curvature of WGS-84, in metres: on the ground, cells are never smaller than computed. */
    private static final double SMALLEST_RADIUS = 6_335_439;

    /** The mean radius of the earth, in metres, for distances. */
    private static final double MEAN_RADIUS = 6_371_008.8;

    /** Reported coordinates have six decimals. */
    private static final double DECIMALS = 1e6;

    private final int sizeMetres;
    private final int rows;

    /** A cell, as {@link #cell} gives it. */
    public record Cell(int row, int column) {}

    /** A position in degrees. */
    public record Point(double latitude, double longitude) {}

    /** The columns from {@code first} to {@code last} of a row. Ranges do not cross the antimeridian. */
    public record Columns(int row, int first, int last) {}

    /** @throws IllegalArgumentException if the size is neither 1 nor 5 km */
    public Grid(int cellKm) {
        if (cellKm != 1 && cellKm != 5) {
            throw new IllegalArgumentException("a cell has 1 or 5 km, not " + cellKm);
        }
        sizeMetres = cellKm * 1000;
        rows = (int) Math.floor(Math.PI * SMALLEST_RADIUS / sizeMetres);
    }

    /** The least height and width of a cell, in metres. */
    public int sizeMetres() {
        return sizeMetres;
    }

    /** How many rows there are from pole to pole. */
    public int rows() {
        return rows;
    }

    /** How many columns a row has. */
    public int columns(int row) {
        double edge = Math.max(Math.abs(south(row)), Math.abs(south(row + 1)));
        double circumference = 2 * Math.PI * SMALLEST_RADIUS * Math.cos(Math.toRadians(edge));
        return Math.max(1, (int) Math.floor(circumference / sizeMetres));
    }

    /**
     * The cell of a position.
     *
     * @param latitude from -90 to 90
     * @param longitude from -180 to 180, which are the same meridian
     */
    public Cell cell(double latitude, double longitude) {
        int row = Math.min(rows - 1, (int) Math.floor((latitude + 90) * rows / 180));
        int columns = columns(row);
        int column = (int) Math.floor((longitude + 180) * columns / 360);
        return new Cell(row, column == columns ? 0 : column);
    }

    /** The centre of a cell, with six decimals. */
    public Point centre(Cell cell) {
        return new Point(rounded(centreLatitude(cell)), rounded(centreLongitude(cell)));
    }

    /**
     * Follows a moving user: the cell of the position, but still {@code held} while the position is in that cell or at
     * most {@link #HYSTERESIS} beyond its edge. So a user on an edge does not alternate between two cells.
     */
    public Cell follow(Cell held, double latitude, double longitude) {
        double north = Math.abs(latitude - centreLatitude(held));
        double east = Math.abs(longitude - centreLongitude(held));
        double width = 360.0 / columns(held.row);
        double reach = 0.5 + HYSTERESIS;
        boolean near = north <= reach * 180 / rows && Math.min(east, 360 - east) <= reach * width;
        return near ? held : cell(latitude, longitude);
    }

    /** The distance of the centres of two cells, in metres. */
    public double distance(Cell one, Cell other) {
        return distance(centre(one), centre(other));
    }

    /** A lower bound of the distance of two positions of which only the cells are known, in metres. */
    public double minDistance(Cell one, Cell other) {
        return Math.max(0, distance(one, other) - (circumradius(one) + circumradius(other)));
    }

    /** The cells whose centre is less than {@code metres} from the centre of {@code cell}, row by row. */
    public List<Columns> within(Cell cell, double metres) {
        Point centre = centre(cell);
        double metresPerRow = Math.PI * MEAN_RADIUS / rows;
        int reach = (int) Math.ceil(metres / metresPerRow);
        List<Columns> within = new ArrayList<>();
        for (int row = Math.max(0, cell.row - reach); row <= Math.min(rows - 1, cell.row + reach); row++) {
            addRow(within, centre, row, metres);
        }
        return within;
    }

    /** Adds the columns of a row that are near enough: those around the nearest one, as distances grow from there. */
    private void addRow(List<Columns> within, Point centre, int row, double metres) {
        int columns = columns(row);
        double latitude = (south(row) + south(row + 1)) / 2;
        int nearest = cell(latitude, centre.longitude).column;
        if (!near(centre, row, nearest, metres)) {
            return;
        }
        int west = 0;
        while (west < columns - 1 && near(centre, row, Math.floorMod(nearest - west - 1, columns), metres)) {
            west++;
        }
        int east = 0;
        while (west + east < columns - 1 && near(centre, row, (nearest + east + 1) % columns, metres)) {
            east++;
        }
        int first = nearest - west;
        int last = nearest + east;
        if (first < 0) {
            within.add(new Columns(row, 0, last));
            within.add(new Columns(row, first + columns, columns - 1));
        } else if (last >= columns) {
            within.add(new Columns(row, 0, last - columns));
            within.add(new Columns(row, first, columns - 1));
        } else {
            within.add(new Columns(row, first, last));
        }
    }

    private boolean near(Point centre, int row, int column, double metres) {
        return distance(centre, centre(new Cell(row, column))) < metres;
    }

    /** The latitude of the southern edge of a row. */
    private double south(int row) {
        return row * 180.0 / rows - 90;
    }

    private double centreLatitude(Cell cell) {
        return (cell.row + 0.5) * 180 / rows - 90;
    }

    private double centreLongitude(Cell cell) {
        return (cell.column + 0.5) * 360 / columns(cell.row) - 180;
    }

    /** The distance of the centre of a cell to its farthest corner, in metres. */
    private double circumradius(Cell cell) {
        Point centre = new Point(centreLatitude(cell), centreLongitude(cell));
        double east = centre.longitude + 180.0 / columns(cell.row);
        return Math.max(
                distance(centre, new Point(south(cell.row), east)),
                distance(centre, new Point(south(cell.row + 1), east)));
    }

    /** The great-circle distance by the haversine formula. */
    private static double distance(Point one, Point other) {
        double north = Math.sin(Math.toRadians(other.latitude - one.latitude) / 2);
        double east = Math.sin(Math.toRadians(other.longitude - one.longitude) / 2);
        double square = north * north
                + Math.cos(Math.toRadians(one.latitude)) * Math.cos(Math.toRadians(other.latitude)) * east * east;
        return 2 * MEAN_RADIUS * Math.asin(Math.min(1, Math.sqrt(square)));
    }

    private static double rounded(double degrees) {
        return Math.round(degrees * DECIMALS) / DECIMALS;
    }
}
