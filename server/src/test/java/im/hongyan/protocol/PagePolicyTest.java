package im.hongyan.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagePolicyTest {
    @Test
    void plus_unitesTheSourcesOfADirective() {
        PagePolicy one = PagePolicy.NONE.allow("img-src", "data:").permit("camera");
        PagePolicy other = PagePolicy.NONE
                .allow("img-src", "blob:", "data:")
                .allow("media-src", "blob:")
                .permit("camera", "self")
                .permit("geolocation", "self", "https://maps.example");

        PagePolicy both = one.plus(other);

        assertThat(both.contentSecurityPolicy()).isEqualTo("img-src 'self' blob: data:; media-src 'self' blob:");
        assertThat(both.permissionsPolicy()).isEqualTo("camera=(self), geolocation=(\"https://maps.example\" self)");
        assertThat(other.plus(one)).isEqualTo(both);
    }

    @Test
    void none_givesWayToASource() {
        PagePolicy nothing = PagePolicy.NONE.allow("object-src", "'none'").allow("frame-ancestors", "'none'");

        assertThat(nothing.contentSecurityPolicy()).isEqualTo("frame-ancestors 'none'; object-src 'none'");
        assertThat(nothing.allow("frame-ancestors", "https://desk.example").contentSecurityPolicy())
                .isEqualTo("frame-ancestors https://desk.example; object-src 'none'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "'unsafe-inline'",
                "'unsafe-eval'",
                "'Unsafe-Inline'",
                "'UNSAFE-EVAL'",
                "'unsafe-hashes'",
                "https:",
                "HTTPS:",
                "http:",
                "ws:",
                "*:443",
                "https://*",
                "https://*:*",
                "https://*/x",
                "*.com",
                "data:",
                "Blob:",
                "a b",
                "x; script-src *",
                "x,y",
                ""
            })
    void source_thatVoidsThePolicy_isRefused(String source) {
        assertThatThrownBy(() -> PagePolicy.NONE.allow("script-src", source))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("script-src");
    }
}
