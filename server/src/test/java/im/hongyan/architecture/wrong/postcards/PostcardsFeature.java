package im.hongyan.architecture.wrong.postcards;

import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;

/** Makes its package a feature. */
public final class PostcardsFeature implements Feature {
    @Override
    public String name() {
        return "postcards";
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        return new FeatureInstance() {};
    }
}
