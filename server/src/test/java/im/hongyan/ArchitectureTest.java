package im.hongyan;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import im.hongyan.architecture.wrong.Wrong;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which package may know which, exactly as the layout has it. Who adds a feature adds its edge here and nothing else. Each
 * rule is also held against classes that break it, so that none is a rule that cannot fail.
 */
class ArchitectureTest {
    private static final String ROOT = "im.hongyan";

    /** A package, and those of ours that it may know; its own folders and the root's are its own business. */
    private static final Map<String, List<String>> EDGES = edges();

    private static Map<String, List<String>> edges() {
        Map<String, List<String>> edges = new LinkedHashMap<>();
        edges.put("config", List.of());
        edges.put("async", List.of());
        edges.put("protocol", List.of());
        edges.put("store", List.of("async"));
        edges.put("cluster", List.of("async", "protocol", "store"));
        edges.put("delivery", List.of("async", "cluster", "protocol", "store"));
        edges.put("feature", List.of("protocol", "config"));
        edges.put("gateway", List.of("feature", "async", "protocol", "delivery"));
        edges.put("http", List.of("feature", "async", "protocol", "delivery"));
        edges.put("timeline", List.of("feature", "async", "protocol", "delivery", "store"));
        edges.put("identity", List.of("feature", "config", "async", "protocol", "delivery", "store"));
        edges.put("chat", List.of("feature", "config", "async", "protocol", "delivery", "store", "timeline"));
        edges.put("wallet", List.of("feature", "config", "async", "protocol", "delivery", "store", "timeline"));
        edges.put(
                "redenvelope",
                List.of("feature", "config", "async", "protocol", "delivery", "store", "timeline", "wallet"));
        edges.put("local", List.of("async", "config", "protocol", "store"));
        return edges;
    }

    /**
     * What speaks SQL or Redis beside {@code store} and the classes named {@code …Store}: SessionDirectory is the store of
     * routes, and LogTransaction that of one transaction, which features see as the slow door of the log.
     */
    private static final List<String> OTHER_STORES =
            List.of("im.hongyan.delivery.SessionDirectory", "im.hongyan.timeline.LogTransaction");

    private static final DescribedPredicate<JavaClass> STORE_CLIENTS = resideInAnyPackage(
                    "io.vertx.sqlclient..",
                    "io.vertx.pgclient..",
                    "io.vertx.redis..",
                    "org.postgresql..",
                    "java.sql..",
                    "javax.sql..",
                    "org.flywaydb..")
            .as("clients of PostgreSQL and Redis");

    private static final DescribedPredicate<JavaClass> BUS = resideInAnyPackage(
                    "com.hazelcast..", "io.vertx.core.eventbus..", "io.vertx.spi.cluster..")
            .as("Hazelcast and the event bus");

    /** The server's classes and no others, wherever they were built to. */
    private static final JavaClasses OURS = new ClassFileImporter()
            .importUrl(App.class.getProtectionDomain().getCodeSource().getLocation());

    private static final JavaClasses WRONG = new ClassFileImporter().importPackagesOf(Wrong.class);

    static Stream<Arguments> rules() {
        return Stream.concat(
                EDGES.entrySet().stream()
                        .map(edge -> Arguments.of(
                                "edges of " + edge.getKey(), onlyKnows(ROOT, edge.getKey(), edge.getValue()))),
                Stream.of(
                        Arguments.of("no cycles", noCycles(ROOT)),
                        Arguments.of("only the gateway sees web sockets", onlyGatewaySeesSockets(ROOT)),
                        Arguments.of("only cluster sees the bus", onlyClusterSeesTheBus(ROOT)),
                        Arguments.of("only stores see their clients", onlyStoresSeeClients(ROOT)),
                        Arguments.of("nobody knows the wiring", nobodyKnowsTheWiring(ROOT))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void rule_holds(String what, ArchRule rule) {
        rule.check(OURS);
    }

    /** A package without edges here would be free to know everything. */
    @Test
    void everyPackage_hasItsEdges() {
        TreeSet<String> packages = new TreeSet<>();
        for (JavaClass one : OURS) {
            String name = one.getPackageName();
            if (!name.equals(ROOT)) {
                packages.add(name.substring(ROOT.length() + 1).replaceFirst("\\..*", ""));
            }
        }
        assertThat(packages).isEqualTo(new TreeSet<>(EDGES.keySet()));
    }

    /** The same rules on classes that break each of them. */
    static Stream<Arguments> brokenRules() {
        String wrong = Wrong.class.getPackageName();
        return Stream.of(
                Arguments.of(onlyKnows(wrong, "protocol", List.of()), "protocol.KnowsDelivery"),
                Arguments.of(onlyKnows(wrong, "delivery", List.of("protocol")), "delivery.KnowsGateway"),
                Arguments.of(noCycles(wrong), "Cycle detected"),
                Arguments.of(onlyGatewaySeesSockets(wrong), "delivery.SeesASocket"),
                Arguments.of(onlyClusterSeesTheBus(wrong), "protocol.SeesTheEventBus"),
                Arguments.of(onlyStoresSeeClients(wrong), "delivery.SpeaksSql"),
                Arguments.of(nobodyKnowsTheWiring(wrong), "gateway.KnowsTheWiring"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("brokenRules")
    void rule_canFail(ArchRule rule, String culprit) {
        assertThatThrownBy(() -> rule.check(WRONG))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(culprit);
    }

    /** And only those: what is right among the wrong ones is not blamed. */
    @Test
    void rule_blamesNobodyElse() {
        assertThatThrownBy(
                        () -> onlyStoresSeeClients(Wrong.class.getPackageName()).check(WRONG))
                .hasMessageNotContaining("RightStore");
        assertThatThrownBy(() ->
                        onlyGatewaySeesSockets(Wrong.class.getPackageName()).check(WRONG))
                .hasMessageNotContaining("gateway.MaySeeASocket");
        assertThatThrownBy(() ->
                        onlyClusterSeesTheBus(Wrong.class.getPackageName()).check(WRONG))
                .hasMessageNotContaining("cluster.MaySeeTheEventBus");
    }

    private static ArchRule onlyKnows(String root, String name, List<String> others) {
        String[] known = Stream.concat(Stream.of(name), others.stream())
                .map(other -> root + "." + other + "..")
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> allowed = DescribedPredicate.not(resideInAPackage(root + ".."))
                .or(resideInAnyPackage(known))
                .as("those of others" + (others.isEmpty() ? "" : ", and of ours " + String.join(", ", others)));
        return classes()
                .that()
                .resideInAPackage(root + "." + name + "..")
                .should()
                .onlyDependOnClassesThat(allowed);
    }

    private static ArchRule noCycles(String root) {
        return slices().matching(root + ".(*)..").should().beFreeOfCycles();
    }

    private static ArchRule onlyGatewaySeesSockets(String root) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(root + ".gateway..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.vertx.core.http.ServerWebSocket");
    }

    private static ArchRule onlyClusterSeesTheBus(String root) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(root + ".cluster..")
                .should()
                .dependOnClassesThat(BUS);
    }

    private static ArchRule onlyStoresSeeClients(String root) {
        DescribedPredicate<JavaClass> others = DescribedPredicate.describe(
                "the stores that have other names",
                one -> OTHER_STORES.contains(outermost(one).getName()));
        DescribedPredicate<JavaClass> stores = DescribedPredicate.describe(
                "stores", one -> outermost(one).getSimpleName().endsWith("Store"));
        return noClasses()
                .that()
                .resideOutsideOfPackages(root + ".store..", root + ".local.stores..")
                .and(DescribedPredicate.not(stores.or(others)))
                .should()
                .dependOnClassesThat(STORE_CLIENTS);
    }

    /** App and Main put the parts together: no part may reach back. */
    private static ArchRule nobodyKnowsTheWiring(String root) {
        return noClasses()
                .that()
                .resideInAPackage(root + ".*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(root);
    }

    private static JavaClass outermost(JavaClass one) {
        return one.getEnclosingClass().map(ArchitectureTest::outermost).orElse(one);
    }
}
