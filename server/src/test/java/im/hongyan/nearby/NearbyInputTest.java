package im.hongyan.nearby;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.ServerLog;
import im.hongyan.scenario.TestUser;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Invalid requests get an error that names the field. They make nobody visible, and leave no trace in the log. */
class NearbyInputTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    @RegisterExtension
    static final ServerLog log = new ServerLog();

    private static TestUser ada;

    @BeforeAll
    static void connect() throws Exception {
        ada = node.user();
    }

    @AfterEach
    void logIsQuiet() {
        log.assertQuiet();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "enable  | 'longitude':0,'seconds':60                             | field.missing      | latitude",
                "enable  | 'latitude':0,'seconds':60                              | field.missing      | longitude",
                "enable  | 'latitude':0,'longitude':0                             | field.missing      | seconds",
                "enable  | 'latitude':90.000001,'longitude':0,'seconds':60        | field.out_of_range | latitude",
                "enable  | 'latitude':-91,'longitude':0,'seconds':60              | field.out_of_range | latitude",
                "enable  | 'latitude':0,'longitude':180.000001,'seconds':60       | field.out_of_range | longitude",
                "enable  | 'latitude':0,'longitude':-1e308,'seconds':60           | field.out_of_range | longitude",
                "enable  | 'latitude':1e400,'longitude':0,'seconds':60            | field.out_of_range | latitude",
                "enable  | 'latitude':'NaN','longitude':0,'seconds':60            | field.out_of_range | latitude",
                "enable  | 'latitude':'-Infinity','longitude':0,'seconds':60      | field.out_of_range | latitude",
                "enable  | 'latitude':'45','longitude':0,'seconds':60             | field.type         | latitude",
                "enable  | 'latitude':0,'longitude':true,'seconds':60             | field.type         | longitude",
                "enable  | 'latitude':0,'longitude':[0],'seconds':60              | field.type         | longitude",
                "enable  | 'latitude':0,'longitude':null,'seconds':60             | field.missing      | longitude",
                "enable  | 'latitude':0,'longitude':0,'seconds':0                 | field.out_of_range | seconds",
                "enable  | 'latitude':0,'longitude':0,'seconds':-1                | field.out_of_range | seconds",
                "enable  | 'latitude':0,'longitude':0,'seconds':86401             | field.out_of_range | seconds",
                "enable  | 'latitude':0,'longitude':0,'seconds':9223372036854775807 | field.out_of_range | seconds",
                "enable  | 'latitude':0,'longitude':0,'seconds':60.5              | field.type         | seconds",
                "enable  | 'latitude':0,'longitude':0,'seconds':'60'              | field.type         | seconds",
                "enable  | 'latitude':0,'longitude':0,'seconds':60,'accuracy':5   | field.unknown      | accuracy",
                "disable | 'user':'x'                                             | field.unknown      | user",
                "find    |                                                        | field.missing      | radius",
                "find    | 'radius':null                                          | field.missing      | radius",
                "find    | 'radius':999                                           | field.out_of_range | radius",
                "find    | 'radius':2000                                          | field.out_of_range | radius",
                "find    | 'radius':0                                             | field.out_of_range | radius",
                "find    | 'radius':-1000                                         | field.out_of_range | radius",
                "find    | 'radius':1000.0                                        | field.type         | radius",
                "find    | 'radius':'1000'                                        | field.type         | radius",
                "find    | 'radius':1000,'latitude':0                             | field.unknown      | latitude",
            })
    void invalidRequest_isRefused(String verb, String fields, String reason, String field) throws Exception {
        String data = "{" + (fields == null ? "" : fields.replace('\'', '"')) + "}";

        ChatError refused = ada.refused("nearby." + verb, JSON.readTree(data));

        assertThat(refused.kind()).hasToString("INVALID");
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused.body().get("field").asText()).isEqualTo(field);
        assertThat(ada.refused("nearby.find", Map.of("radius", 10_000)).reason())
                .isEqualTo("nearby.not_enabled");
    }
}
