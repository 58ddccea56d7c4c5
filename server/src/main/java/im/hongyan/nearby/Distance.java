package im.hongyan.nearby;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a user learns about the distance of another one. */
enum Distance {
    @JsonProperty("<1km")
    BELOW_1_KM(1_000),
    @JsonProperty("<3km")
    BELOW_3_KM(3_000),
    @JsonProperty("<10km")
    BELOW_10_KM(10_000);

    private final int metres;

    Distance(int metres) {
        this.metres = metres;
    }

    /** Whether users may search within this radius, in metres. */
    static boolean isRadius(int metres) {
        for (Distance each : values()) {
            if (each.metres == metres) {
                return true;
            }
        }
        return false;
    }

    /** @param metres less than the largest of the distances */
    static Distance of(double metres) {
        for (Distance each : values()) {
            if (metres < each.metres) {
                return each;
            }
        }
        throw new IllegalArgumentException("too far: " + metres + " m");
    }
}
