package im.hongyan.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.WebSocketRoute;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The client library of calls: real connections between real pages, with fake cameras and microphones. The pages do not
 * contain the web client.
 */
class CallClientTest {
    private static final Page.WaitForFunctionOptions POLLING =
            new Page.WaitForFunctionOptions().setPollingInterval(250).setTimeout(60_000);

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension().with("HONGYAN_CALL_RECONNECT_SECONDS", "5");

    @Test
    void call_ofTwo_sendsMedia_showsOneCode_andSurvivesLostSockets() throws Exception {
        Page ada = page("Ada");
        Page bo = page("Bo");
        call(ada, bo, "video");
        for (Page page : List.of(ada, bo)) {
            await(page, "() => phone.connectedTo(1) && calls.current.code.state === 'ready'");
        }
        assertThat(code(ada)).hasSize(5).isEqualTo(code(bo));
        assertMediaFlows(ada, bo);

        for (String fault : List.of("cutSignaling()", "cutDuringResume()", "failNode()")) {
            Object participant = bo.evaluate("() => calls.current.me");
            measure(ada, bo);
            bo.evaluate("() => hongyanCallTest." + fault);
            await(bo, "() => calls.current.state === 'active'");
            await(ada, "() => phone.other().state === 'joined'");
            assertThat(bo.evaluate("() => calls.current.me")).as(fault).isEqualTo(participant);
            awaitMedia(ada, bo);
            assertThat(code(ada)).as(fault).isEqualTo(code(bo));
        }

        List<?> before = code(bo);
        Object participant = bo.evaluate("() => calls.current.me");
        bo.evaluate("() => hongyanCallTest.forceRejoin()");
        await(bo, "() => phone.notices.includes('call.notice_rejoined') && phone.connectedTo(1)");
        await(ada, "() => phone.notices.includes('call.notice_code_changed') && phone.connectedTo(1)");
        await(bo, "() => calls.current.code.state === 'ready'");
        assertThat(bo.evaluate("() => calls.current.me")).isNotEqualTo(participant);
        assertThat(code(ada)).isEqualTo(code(bo)).isNotEqualTo(before);
        assertMediaFlows(ada, bo);

        bo.evaluate("() => calls.current.leave()");
        await(ada, "() => !calls.current && calls.ended?.outcome === 'completed'");
        await(bo, "() => calls.ended?.outcome === 'completed'");
    }

    @Test
    void devices_areSwitched_withoutNegotiation_andTheOtherSeesTheServersState() throws Exception {
        Page ada = page("Ada");
        Page bo = page("Bo");
        call(ada, bo, "video");
        assertMediaFlows(ada, bo);

        ada.evaluate("() => calls.current.setMicrophone(false)");
        ada.evaluate("() => calls.current.setCamera(false)");
        await(bo, "() => { const { microphone, camera } = phone.other().media; return !microphone && !camera; }");
        assertThat(ada.evaluate("() => calls.current.local.camera === undefined"))
                .isEqualTo(true);
        ada.evaluate("() => calls.current.setScreen(true)");
        await(bo, "() => phone.other().media.screen");
        ada.evaluate("() => calls.current.setHand(true)");
        await(bo, "() => phone.other().media.hand");
        ada.evaluate("() => calls.current.setScreen(false)");
        ada.evaluate("() => calls.current.setMicrophone(true)");
        ada.evaluate("() => calls.current.setCamera(true)");
        await(
                bo,
                "() => { const { microphone, camera, screen } = phone.other().media;"
                        + " return microphone && camera && !screen; }");
        Object device = ada.evaluate("async () => { const { local } = calls.current;"
                + " const { id } = local.devices.microphones.at(-1);"
                + " await local.choose('microphone', id); return local.microphone.getSettings().deviceId === id; }");
        assertThat(device).isEqualTo(true);
        assertMediaFlows(ada, bo);
    }

    @Test
    void ring_stopsOnTheOtherDevice_andAKilledPage_endsTheCall() throws Exception {
        Tab adaTab = browser.newUser("Ada");
        Page ada = phone(adaTab);
        Tab boTab = browser.newUser("Bo");
        Page bo = phone(boTab);
        Page second = phone(browser.signIn(boTab.account(), options -> {}));
        String conversation = conversation(ada, bo);
        start(ada, conversation, "audio");
        await(second, "() => calls.ringing.length === 1");
        await(bo, "() => calls.ringing.length === 1");
        bo.evaluate("() => calls.accept(calls.ringing[0].call, { microphone: true, camera: false })");
        await(second, "() => calls.ringing.length === 0");
        await(ada, "() => phone.connectedTo(1)");

        // Moves the call to the second device.
        second.evaluate(
                "id => calls.join(id, { microphone: true, camera: false })", ada.evaluate("() => calls.current.id"));
        await(bo, "() => !calls.current && calls.ended?.reason === 'replaced'");
        await(ada, "() => phone.connectedTo(1)");

        // Without pagehide, as if the browser was killed.
        second.evaluate("() => { window.stop(); hongyan.stop(); }");
        await(ada, "() => phone.other()?.state === 'reconnecting'");
        await(ada, "() => !calls.current && calls.ended?.reason === 'lost'");
    }

    /** Acts as a man in the middle, which shows each side its own certificate. */
    @Test
    void swappedCertificates_failTheCheck_andNoMediaFlows() throws Exception {
        Tab adaTab = browser.newUser("Ada");
        Tab boTab = browser.newUser("Bo");
        String own = "AB:".repeat(31) + "CD";
        for (Tab tab : List.of(adaTab, boTab)) {
            tab.page().routeWebSocket(Pattern.compile(".*/ws$"), client -> {
                WebSocketRoute server = client.connectToServer();
                server.onMessage(frame ->
                        client.send(frame.text().replaceAll("(a=fingerprint:sha-256 )[0-9A-F:]{95}", "$1" + own)));
            });
        }
        Page ada = phone(adaTab);
        Page bo = phone(boTab);

        start(ada, conversation(ada, bo), "video");
        await(bo, "() => calls.ringing.length === 1");
        bo.evaluate("() => calls.accept(calls.ringing[0].call, { microphone: true, camera: true })");

        // The participant who joins first has the lower id, and offers. The other one checks the commitment.
        await(bo, "() => calls.current?.code.state === 'failed'");
        assertThat(bo.evaluate("() => calls.current.problems[0].key")).isEqualTo("call.problem_code");
        assertThat(bo.evaluate("() => phone.other().link.state")).isEqualTo("failed");
        assertThat(ada.evaluate("() => phone.connectedTo(0)")).isEqualTo(true);
    }

    @Test
    void exampleOfTheDocs_answersACall_andShowsTheCamera() throws Exception {
        Page ada = page("Ada");
        Tab bo = browser.newUser("Bo");
        bo.page().navigate("/docs/");
        Matcher example = Pattern.compile("```js\\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "docs", "calls.md")));
        assertThat(example.find()).isTrue();

        bo.page().evaluate("async () => {\n" + example.group(1) + "\n}");
        String conversation = (String) ada.evaluate(
                "async user => (await hongyan.request('conversation.open', { user })).conversation.id", bo.userId());
        start(ada, conversation, "video");

        await(bo.page(), "() => document.querySelector('video')?.videoWidth > 0");
        await(bo.page(), "() => document.querySelector('audio')?.currentTime > 0");
        ada.evaluate("() => calls.current.setCamera(false)");
        await(bo.page(), "() => !document.querySelector('video')");
        ada.evaluate("() => calls.current.leave()");
        await(bo.page(), "() => !document.querySelector('audio')");
    }

    /** A page with the client library, of a new user. */
    private static Page page(String name) throws Exception {
        return phone(browser.newUser(name));
    }

    private static Page phone(Tab tab) throws IOException {
        Page page = tab.page();
        tab.device().expectLostConnections();
        page.navigate("/docs/");
        page.evaluate(script());
        CallPages.addMeter(page);
        return page;
    }

    private static String script() throws IOException {
        try (InputStream in = CallClientTest.class.getResourceAsStream("call-page.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceFirst("(?s)^/\\*\\*.*?\\*/\\s*", "");
        }
    }

    private static String conversation(Page caller, Page callee) {
        return (String) caller.evaluate(
                "async user => (await hongyan.request('conversation.open', { user })).conversation.id",
                callee.evaluate("() => hongyan.user.id"));
    }

    private static void start(Page caller, String conversation, String media) {
        caller.evaluate(
                "({ conversation, media }) =>"
                        + " calls.start(conversation, { media, microphone: true, camera: media === 'video' })",
                Map.of("conversation", conversation, "media", media));
    }

    /** Calls, and answers when it rings. */
    private static void call(Page caller, Page callee, String media) {
        start(caller, conversation(caller, callee), media);
        await(callee, "() => calls.ringing.length === 1");
        callee.evaluate(
                "media => calls.accept(calls.ringing[0].call, { microphone: true, camera: media === 'video' })", media);
        for (Page page : List.of(caller, callee)) {
            await(page, "() => phone.connectedTo(1)");
        }
    }

    private static List<?> code(Page page) {
        return (List<?>) page.evaluate("() => calls.current.code.symbols?.map(({ emoji }) => emoji)");
    }

    private static void await(Page page, String condition) {
        page.waitForFunction(condition, null, POLLING);
    }

    private static void assertMediaFlows(Page... pages) {
        measure(pages);
        awaitMedia(pages);
    }

    private static void measure(Page... pages) {
        for (Page page : pages) {
            page.evaluate("() => callMeter.measure()");
        }
    }

    /** Sound and pictures arrived since {@link #measure}, at least five seconds ago. */
    private static void awaitMedia(Page... pages) {
        for (Page page : pages) {
            await(page, "() => callMeter.flowing");
        }
    }
}
