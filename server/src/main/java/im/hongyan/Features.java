package im.hongyan;

import im.hongyan.call.CallFeature;
import im.hongyan.chat.ChatFeature;
import im.hongyan.config.SettingsSection;
import im.hongyan.feature.Feature;
import im.hongyan.location.LocationFeature;
import im.hongyan.nearby.NearbyFeature;
import im.hongyan.redenvelope.RedEnvelopeFeature;
import im.hongyan.wallet.WalletFeature;
import java.util.List;
import java.util.stream.Stream;

/** The features of this server. A feature that uses another one comes after it. */
public final class Features {
    public static final List<Feature> ALL = List.of(
            new ChatFeature(),
            new WalletFeature(),
            new RedEnvelopeFeature(),
            new CallFeature(),
            new NearbyFeature(),
            new LocationFeature());

    /** The schema of the spine, which features build on. */
    private static final List<String> SPINE_MIGRATIONS = List.of(
            "im/hongyan/identity/migrations",
            "im/hongyan/cluster/migrations",
            "im/hongyan/delivery/migrations",
            "im/hongyan/timeline/migrations");

    private Features() {}

    /** The class-path folders of all migrations, for {@link im.hongyan.store.Migrations}. */
    public static List<String> migrations(List<Feature> features) {
        return Stream.concat(
                        SPINE_MIGRATIONS.stream(), features.stream().flatMap(feature -> feature.migrations().stream()))
                .toList();
    }

    /** The settings that features declare, for {@link im.hongyan.config.Configuration}. */
    public static List<SettingsSection> settings(List<Feature> features) {
        return features.stream()
                .<SettingsSection>map(feature -> feature::readSettings)
                .toList();
    }
}
