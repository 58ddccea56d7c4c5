package im.hongyan.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Causes each problem of a page on purpose and checks that it is reported. */
class BrowserExtensionTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "setTimeout(() => { throw new Error('on purpose'); }) | (?s)thrown: .*on purpose.*",
                "Promise.reject(new Error('on purpose')) && 0 | (?s)thrown: .*on purpose.*",
                "console.error('on purpose') | logged: on purpose.*",
                "document.body.append(Object.assign(new Image(), { src: 'https://a.invalid/' }))"
                        + " | logged: CSP violation: img-src.*",
                "document.body.setAttribute('onclick', 'alert(1)') | logged: CSP violation: script-src-attr.*",
                "fetch('http://127.0.0.1:1/').catch(() => {}) && 0 | logged: CSP violation: connect-src.*",
                "setTimeout(() => alert('on purpose')) | a native dialog: on purpose",
                "void new WebSocket('ws://127.0.0.1:1/') | logged: CSP violation: connect-src.*",
                "void open('/') | opened another page: .*",
            })
    void problem_onPage_isReported(String script, String problem) throws Exception {
        Tab eve = browser.newVisitor("Eve");
        eve.page().evaluate("() => { " + script + " }");

        eve.page().waitForCondition(() -> eve.device().problems().stream().anyMatch(one -> one.matches(problem)));
        eve.device().clearProblems();
    }

    @Test
    void page_withoutProblem_reportsNone() throws Exception {
        Tab ada = browser.newVisitor("Ada");
        ada.signUp();
        assertThat(ada.device().problems()).isEmpty();
        assertThat(Inspection.of(ada)).isEmpty();
    }

    @Test
    void inspection_inaccessiblePage_reportsEachProblem() throws Exception {
        Tab eve = browser.newVisitor("Eve");
        eve.page()
                .evaluate("() => { document.querySelector('main').insertAdjacentHTML('beforeend', `<h1>Again</h1>"
                        + "<h4>Deep</h4><button class=\"nameless\"></button><input id=\"x\">"
                        + "<img id=\"x\" src=\"${document.querySelector('link[rel=icon]').href}\">`);"
                        + " const pale = document.createElement('p'); pale.textContent = 'pale';"
                        + " pale.style.color = '#eee'; pale.style.width = '3000px';"
                        + " document.querySelector('main').append(pale); }");

        List<String> problems = Inspection.of(eve);
        for (String expected : List.of(
                "there are 2 headings",
                "a heading of level 4 follows",
                "has no name: <button.nameless>",
                "has no name: <input>",
                "has no alternative text: <img>",
                "the id x is there twice",
                "its text has a contrast of 1.",
                "scrolls sideways",
                "reaches out of the screen: <button.button.primary.wide auth-submit>")) {
            assertThat(problems).as(expected).anyMatch(problem -> problem.startsWith(expected));
        }
    }

    @Test
    void executable_missing_failsWithInstallHint() {
        assertThatThrownBy(() -> Chromium.executable("/nowhere/chromium"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("/nowhere/chromium")
                .hasMessageContaining("apt-get install chromium");
    }
}
