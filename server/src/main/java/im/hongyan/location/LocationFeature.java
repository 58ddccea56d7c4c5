package im.hongyan.location;

import im.hongyan.chat.ContentTypes;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;

/** Places, which are messages, and live locations, which are not. */
public final class LocationFeature implements Feature {
    @Override
    public String name() {
        return "location";
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        context.service(ContentTypes.class).register(PlaceContent.TYPE);
        return new FeatureInstance() {};
    }
}
