package im.hongyan.nearby;

import im.hongyan.feature.Feature;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;

/** What tests in other packages need of Nearby. */
public final class NearbyFixture {
    private static final AtomicInteger PLACES = new AtomicInteger();

    private NearbyFixture() {}

    /** Nearby with another clock. */
    public static Feature feature(InstantSource clock) {
        return new NearbyFeature(clock);
    }

    /** A latitude, more than 10 km from all others that this method has returned. */
    public static double emptyLatitude() {
        return -60 + PLACES.getAndIncrement() % 500 * 0.2;
    }
}
