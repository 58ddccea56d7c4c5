package im.hongyan.location;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;

/** The text of positions in Redis, rounding, and coarse positions. */
class PositionTest {
    private static LocationFrames.Update update(
            double latitude, double longitude, double accuracy, Double heading, Double speed, String measuredAt) {
        return new LocationFrames.Update(
                new ShareId(Id.next()), 1L, latitude, longitude, accuracy, heading, speed, measuredAt, null);
    }

    @Property
    void text_isReadBack(
            @ForAll @DoubleRange(min = -90, max = 90) double latitude,
            @ForAll @DoubleRange(min = -180, max = 180) double longitude,
            @ForAll @DoubleRange(min = 0, max = 100_000) double accuracy,
            @ForAll @DoubleRange(min = 0, max = 360) double heading,
            @ForAll boolean moving,
            @ForAll @LongRange(min = 0, max = 253_402_300_799_999L) long measured) {
        Position position = update(
                        latitude,
                        longitude,
                        accuracy,
                        moving ? heading : null,
                        moving ? 1.5 : null,
                        Instant.ofEpochMilli(measured).toString())
                .position();

        assertThat(Position.parse(position.text())).isEqualTo(position);
        assertThat(Math.abs(position.latitude() - latitude)).isLessThanOrEqualTo(0.5000001e-6);
        assertThat(Math.abs(position.longitude() - longitude)).isLessThanOrEqualTo(0.5000001e-6);
        assertThat(Double.toString(position.longitude())
                        .replaceFirst(".*\\.", "")
                        .length())
                .as("decimals of %s", position.longitude())
                .isLessThanOrEqualTo(6 + (Math.abs(position.longitude()) < 1e-3 ? 3 : 0));
        String value = "L " + new UserId(Id.next()) + " 1000 7 5 6 1 " + position.text();
        SharedPosition shared = SharedPosition.parse(new ShareId(Id.next()), value);
        assertThat(shared.position()).isEqualTo(position);
        assertThat(shared.n()).isEqualTo(7);
        assertThat(shared.expiresAt()).isEqualTo(1_000);
        assertThat(shared.receivedAt()).isEqualTo(6);
        assertThat(shared.paused()).isTrue();
    }

    /** All positions of a cell look the same. */
    @Property
    void coarse_isAFunctionOfTheCell(
            @ForAll @DoubleRange(min = -90, max = 90) double latitude,
            @ForAll @DoubleRange(min = -180, max = 180) double longitude) {
        Grid grid = new Grid(1);
        Position coarse = update(latitude, longitude, 3, 10.0, 2.0, "2026-03-08T17:30:00Z")
                .position()
                .coarse(grid);

        Grid.Point centre = grid.centre(grid.cell(coarse.latitude(), coarse.longitude()));
        assertThat(new Grid.Point(coarse.latitude(), coarse.longitude())).isEqualTo(centre);
        assertThat(coarse.accuracy()).isEqualTo(1_000);
        assertThat(coarse.heading()).isNull();
        assertThat(coarse.speed()).isNull();
        assertThat(coarse.coarse(grid)).isEqualTo(coarse);
    }

    @Example
    void noText_hasACoordinate() {
        LocationFrames.Update update = update(45.738291, 9.462817, 3, 10.0, 2.0, "2026-03-08T17:30:00Z");
        SharedPosition shared =
                new SharedPosition(update.share(), new UserId(Id.next()), 1, 1, 1, false, update.position());

        assertThat(update + " " + update.position() + " " + shared + " " + LocationFrames.Item.of(shared))
                .doesNotContain("738291")
                .doesNotContain("462817");
    }

    @Example
    void endNoted_isNoPosition() {
        assertThat(SharedPosition.parse(new ShareId(Id.next()), "E 1000")).isNull();
    }

    @Example
    void pauseWithPosition_isRefused() {
        LocationFrames.Update update =
                new LocationFrames.Update(new ShareId(Id.next()), 1L, 1.0, null, null, null, null, null, true);
        assertThatThrownBy(update::position)
                .isInstanceOfSatisfying(Rejection.class, rejection -> assertThat(rejection.reason())
                        .isEqualTo("location.form"));
    }
}
