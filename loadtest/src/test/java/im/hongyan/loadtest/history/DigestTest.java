package im.hongyan.loadtest.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DigestTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static String digest(String json) throws JsonProcessingException {
        return Digest.of(JSON.readTree(json));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\":\"text\",\"text\":\"a\"} | {\"text\":\"a\",\"type\":\"text\"}",
                "{\"text\":\"a\"} | {\"text\":\"a\",\"mentions\":[],\"replyTo\":null}",
                "{\"text\":\"鸿雁\"} | {\"text\":\"\\u9e3f\\u96c1\"}",
            })
    void of_theSameMeaning_isEqual(String one, String other) throws JsonProcessingException {
        assertThat(digest(one)).isEqualTo(digest(other)).hasSize(16);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"text\":\"a\"} | {\"text\":\"b\"}",
                "{\"text\":\"1\"} | {\"text\":1}",
                "{\"mentions\":[\"a\",\"b\"]} | {\"mentions\":[\"b\",\"a\"]}",
                "{\"text\":\"a,b:1\"} | {\"text\":\"a\",\"b\":1}",
            })
    void of_anotherMeaning_differs(String one, String other) throws JsonProcessingException {
        assertThat(digest(one)).isNotEqualTo(digest(other));
    }

    @Test
    void of_nothing_isNull() throws JsonProcessingException {
        assertThat(Digest.of(null)).isNull();
        assertThat(digest("{}")).isNull();
    }
}
