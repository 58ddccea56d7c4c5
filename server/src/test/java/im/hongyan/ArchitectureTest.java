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
import im.hongyan.feature.Feature;
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
 * Enforces which package may depend on which. A new feature adds its edges here and nothing else. Each rule is also
 * checked against classes that break it, to show that it can fail. {@link FeatureNamesTest} enforces what class files
 * do not show: the names of features in texts.
 */
class ArchitectureTest {
    private static final String ROOT = "im.hongyan";

    /** Each package with the packages that it may depend on, apart from its own subpackages. */
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
        edges.put("call", List.of("feature", "config", "async", "protocol", "delivery", "store", "timeline"));
        edges.put(
                "location", List.of("feature", "config", "async", "protocol", "delivery", "store", "timeline", "chat"));
        edges.put(
                "nearby",
                List.of("feature", "config", "async", "protocol", "delivery", "store", "timeline", "location"));
        edges.put("local", List.of("async", "config", "protocol", "store"));
        return edges;
    }

    /**
     * The only class outside of {@code store} that uses SQL or Redis and is not named {@code …Store}. LogTransaction
     * runs a feature's appends in one transaction.
     */
    private static final List<String> OTHER_STORES = List.of("im.hongyan.timeline.LogTransaction");

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

    /** The classes of the server, without those of the tests. */
    private static final JavaClasses OURS = new ClassFileImporter()
            .importUrl(App.class.getProtectionDomain().getCodeSource().getLocation());

    private static final JavaClasses WRONG = new ClassFileImporter().importPackagesOf(Wrong.class);

    static Stream<Arguments> rules() {
        return Stream.concat(
                EDGES.entrySet().stream()
                        .map(edge -> Arguments.of(
                                "edges of " + edge.getKey(), onlyUses(ROOT, edge.getKey(), edge.getValue()))),
                Stream.of(
                        Arguments.of("no cycles", noCycles(ROOT)),
                        Arguments.of("only the gateway uses ServerWebSocket", onlyGatewayUsesSockets(ROOT)),
                        Arguments.of("only cluster uses Hazelcast and the bus", onlyClusterUsesTheBus(ROOT)),
                        Arguments.of("only stores use database clients", onlyStoresUseClients(ROOT)),
                        Arguments.of("no package depends on the wiring", noneUsesTheWiring(ROOT)),
                        Arguments.of("only features use features", onlyFeaturesUseFeatures(ROOT, OURS))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void rule_holds(String what, ArchRule rule) {
        rule.check(OURS);
    }

    /** A package without an entry could depend on everything. */
    @Test
    void everyPackage_hasEdges() {
        TreeSet<String> packages = new TreeSet<>();
        for (JavaClass one : OURS) {
            String name = one.getPackageName();
            if (!name.equals(ROOT)) {
                packages.add(name.substring(ROOT.length() + 1).replaceFirst("\\..*", ""));
            }
        }
        assertThat(packages).isEqualTo(new TreeSet<>(EDGES.keySet()));
    }

    /** The rules on classes that break them. */
    static Stream<Arguments> brokenRules() {
        String wrong = Wrong.class.getPackageName();
        return Stream.of(
                Arguments.of(onlyUses(wrong, "protocol", List.of()), "protocol.KnowsDelivery"),
                Arguments.of(onlyUses(wrong, "delivery", List.of("protocol")), "delivery.KnowsGateway"),
                Arguments.of(noCycles(wrong), "Cycle detected"),
                Arguments.of(onlyGatewayUsesSockets(wrong), "delivery.SeesASocket"),
                Arguments.of(onlyClusterUsesTheBus(wrong), "protocol.SeesTheEventBus"),
                Arguments.of(onlyStoresUseClients(wrong), "delivery.SpeaksSql"),
                Arguments.of(noneUsesTheWiring(wrong), "gateway.KnowsTheWiring"),
                Arguments.of(onlyFeaturesUseFeatures(wrong, WRONG), "delivery.KnowsAFeature"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("brokenRules")
    void rule_canFail(ArchRule rule, String culprit) {
        assertThatThrownBy(() -> rule.check(WRONG))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(culprit);
    }

    /** Correct classes among the broken ones pass. */
    @Test
    void rule_allowsCorrectClasses() {
        assertThatThrownBy(
                        () -> onlyStoresUseClients(Wrong.class.getPackageName()).check(WRONG))
                .hasMessageNotContaining("RightStore");
        assertThatThrownBy(() ->
                        onlyGatewayUsesSockets(Wrong.class.getPackageName()).check(WRONG))
                .hasMessageNotContaining("gateway.MaySeeASocket");
        assertThatThrownBy(() ->
                        onlyClusterUsesTheBus(Wrong.class.getPackageName()).check(WRONG))
                .hasMessageNotContaining("cluster.MaySeeTheEventBus");
        assertThatThrownBy(() -> onlyFeaturesUseFeatures(Wrong.class.getPackageName(), WRONG)
                        .check(WRONG))
                .hasMessageNotContaining("wrong.Features.")
                .hasMessageNotContaining("MayKnowItsOwnFeature");
    }

    /** The rule about features depends on finding them. */
    @Test
    void featurePackages_areThoseOfTheList() {
        assertThat(featurePackages(OURS))
                .containsExactlyInAnyOrderElementsOf(Features.ALL.stream()
                        .map(feature -> feature.getClass().getPackageName())
                        .toList());
    }

    private static ArchRule onlyUses(String root, String name, List<String> others) {
        String[] known = Stream.concat(Stream.of(name), others.stream())
                .map(other -> root + "." + other + "..")
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> allowed = DescribedPredicate.not(resideInAPackage(root + ".."))
                .or(resideInAnyPackage(known))
                .as("other libraries" + (others.isEmpty() ? "" : " and " + String.join(", ", others)));
        return classes()
                .that()
                .resideInAPackage(root + "." + name + "..")
                .should()
                .onlyDependOnClassesThat(allowed);
    }

    private static ArchRule noCycles(String root) {
        return slices().matching(root + ".(*)..").should().beFreeOfCycles();
    }

    private static ArchRule onlyGatewayUsesSockets(String root) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(root + ".gateway..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.vertx.core.http.ServerWebSocket");
    }

    private static ArchRule onlyClusterUsesTheBus(String root) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(root + ".cluster..")
                .should()
                .dependOnClassesThat(BUS);
    }

    private static ArchRule onlyStoresUseClients(String root) {
        DescribedPredicate<JavaClass> others = DescribedPredicate.describe(
                "stores with other names",
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

    /** App and Main wire the packages: no package may depend on them. */
    private static ArchRule noneUsesTheWiring(String root) {
        return noClasses()
                .that()
                .resideInAPackage(root + ".*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(root);
    }

    /** The core may not depend on a feature. Only {@code Features}, the list of them, names their classes. */
    private static ArchRule onlyFeaturesUseFeatures(String root, JavaClasses all) {
        String[] features =
                featurePackages(all).stream().map(name -> name + "..").toArray(String[]::new);
        return noClasses()
                .that()
                .resideOutsideOfPackages(features)
                .and()
                .doNotHaveFullyQualifiedName(root + ".Features")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(features);
    }

    /** A feature is a package with an implementation of the contract. */
    private static List<String> featurePackages(JavaClasses all) {
        return all.stream()
                .filter(one -> !one.isInterface() && one.isAssignableTo(Feature.class))
                .map(JavaClass::getPackageName)
                .distinct()
                .toList();
    }

    private static JavaClass outermost(JavaClass one) {
        return one.getEnclosingClass().map(ArchitectureTest::outermost).orElse(one);
    }
}
