package im.hongyan.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.PagePolicy;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FeatureHooksTest {
    private final List<String> calls = new ArrayList<>();
    private final FrameCodec codec = new FrameCodec();
    private final UserId user = new UserId(Id.next());
    private boolean throwing = true;

    private record Limit(int max) {}

    /** A feature that writes down what it is asked to do, and fails on request. */
    private final class Recorder implements Feature, FeatureInstance {
        private final String name;
        private final boolean fragile;

        private Recorder(String name, boolean fragile) {
            this.name = name;
            this.fragile = fragile;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public FeatureInstance install(FeatureContext context) {
            calls.add(name + " install");
            return this;
        }

        @Override
        public Future<Void> start() {
            return called("start");
        }

        @Override
        public Future<Void> stop() {
            return called("stop");
        }

        @Override
        public Future<Void> accountDeleted(UserId deleted) {
            return called("deleted");
        }

        @Override
        public void profileChanged(UserId changed) {
            called("profile");
        }

        @Override
        public void socketOpened(Principal opened) {
            called("opened " + opened.connection());
        }

        @Override
        public void nodeLeft(String node) {
            called("left " + node);
        }

        private Future<Void> called(String what) {
            calls.add(name + " " + what);
            if (fragile && throwing) {
                throw new IllegalStateException(name + " throws");
            }
            return Future.succeededFuture();
        }
    }

    private FeatureContext context(Map<Class<?>, Object> settings) {
        return new FeatureContext(
                null,
                codec,
                new FrameRoutes(codec, failure -> null),
                new HttpRoutes(),
                new SimpleMeterRegistry(),
                new Services(),
                settings::get);
    }

    private FeatureHooks started(Feature... features) {
        FeatureHooks hooks = install(features);
        throwing = false;
        assertThat(hooks.start().succeeded()).isTrue();
        throwing = true;
        return hooks;
    }

    private FeatureHooks install(Feature... features) {
        return FeatureHooks.install(List.of(features), context(Map.of()));
    }

    @Test
    void lifecycle_severalFeatures_startInOrderAndStopInReverse() {
        FeatureHooks hooks = install(new Recorder("a", false), new Recorder("b", false));
        assertThat(hooks.start().succeeded()).isTrue();
        assertThat(hooks.stop().succeeded()).isTrue();
        assertThat(calls).containsExactly("a install", "b install", "a start", "b start", "b stop", "a stop");
    }

    @Test
    void start_failure_endsTheStart() {
        FeatureHooks hooks = install(new Recorder("a", true), new Recorder("b", false));
        assertThat(hooks.start().cause()).hasMessage("a throws");
        assertThat(calls).doesNotContain("b start");
    }

    @Test
    void stop_failure_stopsTheOthers() {
        FeatureHooks hooks = install(new Recorder("a", false), new Recorder("b", true));
        assertThat(hooks.stop().succeeded()).isTrue();
        assertThat(calls).endsWith("b stop", "a stop");
    }

    @Test
    void hook_throws_othersAreCalled() {
        FeatureHooks hooks = started(new Recorder("a", true), new Recorder("b", false));
        hooks.profileChanged(user);
        assertThat(calls).endsWith("a profile", "b profile");
    }

    @Test
    void accountDeleted_oneFails_allAreTriedAndItFails() {
        FeatureHooks hooks = started(new Recorder("a", true), new Recorder("b", false));
        assertThat(hooks.accountDeleted(user).cause()).hasMessage("a throws");
        assertThat(calls).endsWith("a deleted", "b deleted");
    }

    @Test
    void accountDeleted_oneIsSlow_waitsForIt() {
        Promise<Void> slow = Promise.promise();
        FeatureHooks hooks = started(new Feature() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public FeatureInstance install(FeatureContext context) {
                return new FeatureInstance() {
                    @Override
                    public Future<Void> accountDeleted(UserId deleted) {
                        return slow.future();
                    }
                };
            }
        });
        Future<Void> done = hooks.accountDeleted(user);
        assertThat(done.isComplete()).isFalse();
        slow.complete();
        assertThat(done.succeeded()).isTrue();
    }

    @Test
    void hook_beforeStart_isNotCalled() {
        FeatureHooks hooks = install(new Recorder("a", false));
        hooks.profileChanged(user);
        assertThat(hooks.accountDeleted(user).failed()).isTrue();
        assertThat(calls).containsExactly("a install");
    }

    @Test
    void install_sameNameTwice_isRefused() {
        assertThatThrownBy(() -> install(new Recorder("a", false), new Recorder("a", false)))
                .hasMessageContaining("same name");
    }

    @Test
    void socketOpened_nodeLeft_reachEveryFeature() {
        FeatureHooks hooks = install(new Recorder("a", false), new Recorder("b", false));
        hooks.start();
        calls.clear();

        hooks.socketOpened(new Principal(user, new SessionId(Id.next()), "c1"));
        hooks.nodeLeft("n1");

        assertThat(calls).containsExactly("a opened c1", "b opened c1", "a left n1", "b left n1");
    }

    @Test
    void defaults_doNothing() {
        FeatureInstance instance = new FeatureInstance() {};
        assertThat(instance.start().succeeded()).isTrue();
        assertThat(instance.accountDeleted(user).succeeded()).isTrue();
        assertThat(new Recorder("a", false).readSettings(null)).isEqualTo(Optional.empty());
    }

    @Test
    void service_missing_isNamed() {
        assertThatThrownBy(() -> context(Map.of()).service(StringBuilder.class))
                .hasMessageContaining("nothing provides java.lang.StringBuilder");
    }

    @Test
    void provide_twice_isRefused() {
        FeatureContext context = context(Map.of());
        context.provide(CharSequence.class, "one");
        assertThat(context.service(CharSequence.class)).isEqualTo("one");
        assertThatThrownBy(() -> context.provide(CharSequence.class, "two")).hasMessageContaining("two providers");
    }

    @Test
    void settings_areFoundByType() {
        assertThat(context(Map.of(Limit.class, new Limit(3)))
                        .settings(Limit.class)
                        .max())
                .isEqualTo(3);
    }

    @Test
    void adminReport_samePathTwice_isRefused() {
        FeatureContext context = context(Map.of());
        context.adminReport("/a", Future::succeededFuture);
        assertThatThrownBy(() -> context.adminReport("/a", Future::succeededFuture))
                .hasMessageContaining("two owners");
    }

    @Test
    void page_contributions_areMerged() {
        PageContributions page = context(Map.of()).page();
        page.allow(PagePolicy.NONE.allow("img-src", "https://tiles.example"));
        page.allow(PagePolicy.NONE.allow("img-src", "https://other.example").permit("camera", "self"));
        page.module("features/x/feature.js");
        assertThat(page.policy().contentSecurityPolicy()).contains("https://tiles.example", "https://other.example");
        assertThat(page.policy().permissionsPolicy()).isEqualTo("camera=(self)");
        assertThat(page.modules()).containsExactly("features/x/feature.js");
    }
}
