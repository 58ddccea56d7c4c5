package im.hongyan.nearby;

import im.hongyan.http.description.ExampleSetup;
import im.hongyan.testkit.FeatureTestSetup;
import java.util.List;
import java.util.Map;

final class NearbyTestSetup implements FeatureTestSetup {
    /** Ada and Bob are visible in neighbouring cells, far from those of other runs. */
    @Override
    public void prepareExamples(ExampleSetup setup) throws Exception {
        double latitude = NearbyFixture.emptyLatitude();
        setup.ask("ada", "nearby.enable", position(latitude));
        setup.ask("bob", "nearby.enable", position(latitude + 0.01));
    }

    private static Map<String, Object> position(double latitude) {
        return Map.of("latitude", latitude, "longitude", 12.5, "seconds", 3600);
    }

    @Override
    public List<String> tables() {
        return List.of("nearby_cell_size");
    }
}
