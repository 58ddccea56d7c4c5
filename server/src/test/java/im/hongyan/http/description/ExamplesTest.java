package im.hongyan.http.description;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.feature.Feature;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.testkit.FeatureTestSetup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Sends every example to a node, which must give exactly the described answer. Everything that the node sends must
 * match the description, and every described field must occur.
 */
class ExamplesTest {
    @RegisterExtension
    static final NodeExtension node = node();

    private static NodeExtension node() {
        NodeExtension node =
                new NodeExtension().with("HONGYAN_LIMITS_LOOKUPS_PER_USER_PER_MINUTE", Integer.toString(Rest.LOOKUPS));
        for (Feature feature : node.features()) {
            FeatureTestSetup.of(feature).settings().forEach(node::with);
        }
        return node;
    }

    @TestFactory
    List<DynamicTest> example_isAnsweredAsDescribed() {
        Documents documents = Documents.of(node.app());
        Observed observed = new Observed(documents);
        List<DynamicTest> tests = new ArrayList<>();
        documents
                .requests()
                .forEach((type, operation) -> tests.add(DynamicTest.dynamicTest(type, () -> {
                    try (ExampleSetup setup = ExampleSetup.of(node, documents, observed)) {
                        prepare(type, setup);
                        for (JsonNode example : operation.get("x-examples")) {
                            setup.play(example);
                        }
                    }
                })));
        documents
                .calls()
                .forEach(call -> tests.add(DynamicTest.dynamicTest(call.toString(), () -> {
                    try (ExampleSetup setup = ExampleSetup.of(node, documents, observed)) {
                        prepare(call.toString(), setup);
                        for (JsonNode example : call.operation().get("x-examples")) {
                            setup.play(call, example);
                        }
                    }
                })));
        tests.add(DynamicTest.dynamicTest("everything else", () -> new Rest(node, documents, observed).happens()));
        tests.add(DynamicTest.dynamicTest(
                "all that came is described", () -> assertThat(observed.wrong()).isEmpty()));
        tests.add(DynamicTest.dynamicTest("all that is described came", () -> assertThat(observed.unseen())
                .isEmpty()));
        return tests;
    }

    /** Prepares the examples of the operation's feature. */
    private static void prepare(String operation, ExampleSetup setup) throws Exception {
        for (Feature feature : node.features()) {
            if (FeatureTestSetup.operations(feature).contains(operation)) {
                FeatureTestSetup.of(feature).prepareExamples(setup);
            }
        }
    }
}
