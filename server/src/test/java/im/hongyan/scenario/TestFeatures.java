package im.hongyan.scenario;

import im.hongyan.Features;
import im.hongyan.feature.Feature;
import im.hongyan.polls.PollsFeature;
import java.util.List;
import java.util.stream.Stream;

/** The features of the server, and those that only tests have. */
public final class TestFeatures {
    public static final List<Feature> ALL =
            Stream.concat(Features.ALL.stream(), Stream.of(new PollsFeature())).toList();

    private TestFeatures() {}
}
