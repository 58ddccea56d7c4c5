package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import im.hongyan.scenario.TestUser;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Makes the pictures of the documents: one from the demo, and those of calls and locations from their galleries. It is
 * not part of the tests and runs only by name:
 *
 * <pre>{@code mvn test -Dtest=ReadmePicture -Dsurefire.failIfNoSpecifiedTests=false}</pre>
 *
 * The machine needs fonts for the texts (on Debian: fonts-noto-core, fonts-noto-cjk, fonts-noto-color-emoji).
 */
class ReadmePicture {
    private static final Path PICTURE = Path.of("..", "docs", "screenshot.png");
    private static final Path CALLS = Path.of("..", "docs", "calls.png");
    private static final Path LOCATIONS = Path.of("..", "docs", "location.png");
    private static final int MAX_BYTES = 350_000;
    /** The step between shades: too small to see, and it saves a third of the bytes. */
    private static final int SHADE = 3;

    private static final String PASSWORD = "wild-geese-fly";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void makePicture() throws Exception {
        await(browser.node().app().fillDemo());
        for (String username : List.of("amina", "sam", "yuki")) {
            connect(username);
        }
        readAll("lin", "marco");
        Tab marco = visit("marco", options -> options.setViewportSize(1000, 650));
        Tab lin = visit(
                "lin",
                options -> options.setViewportSize(390, 840).setLocale("zh-CN").setColorScheme(ColorScheme.DARK));
        marco.open("Spring migration 🌾");
        assertThat(marco.message("A wild goose carries letters, so nobody gets lost."))
                .isInViewport();
        lin.row("Marco Rossi").click();
        assertThat(lin.byTestId("message")).hasCount(6);
        assertThat(marco.row("林小雨").getByTestId("online-dot")).isVisible();
        type("sam", "marco");
        type("marco", "lin");
        assertThat(marco.row("Sam Okafor").getByTestId("typing")).isVisible();
        assertThat(lin.byTestId("chat").getByTestId("typing")).isVisible();
        byte[] desk = marco.page().screenshot();
        byte[] phone = lin.page().screenshot();

        write(PICTURE, desk, phone);
    }

    @Test
    void makePictureOfCalls() throws Exception {
        byte[] desk = call("grid-5", "", options -> options.setViewportSize(1000, 650));
        byte[] phone = call("direct", "&theme=dark&language=zh", options -> options.setViewportSize(390, 840));
        write(CALLS, desk, phone);
    }

    @Test
    void makePictureOfLocations() throws Exception {
        byte[] desk = location("shares-coast", "", options -> options.setViewportSize(1000, 650));
        byte[] phone = location("places", "&theme=dark&language=zh", options -> options.setViewportSize(390, 840));
        write(LOCATIONS, desk, phone);
    }

    private static byte[] location(String scene, String options, Consumer<Browser.NewContextOptions> size)
            throws Exception {
        Tab tab = Gallery.visit(browser, size.andThen(with -> with.setDeviceScaleFactor(2)));
        Gallery.open(tab, "location-gallery", scene, options);
        tab.page().evaluate("() => document.activeElement.blur()");
        return tab.page().screenshot();
    }

    private static byte[] call(String scene, String options, Consumer<Browser.NewContextOptions> size)
            throws Exception {
        Tab tab = CallGallery.visit(browser, size.andThen(with -> with.setDeviceScaleFactor(2)));
        CallGallery.open(tab, scene, options);
        CallPages.awaitPictures(tab);
        return tab.page().screenshot();
    }

    private static void write(Path file, byte[] desk, byte[] phone) throws Exception {
        byte[] picture = compressed(composed(desk, phone));
        assertThat(picture.length).isLessThanOrEqualTo(MAX_BYTES);
        Files.createDirectories(file.getParent());
        Files.write(file, picture);
    }

    private static Tab visit(String username, Consumer<Browser.NewContextOptions> options) throws Exception {
        return browser.signIn(
                new Account(username, username, PASSWORD), options.andThen(with -> with.setDeviceScaleFactor(2)));
    }

    private static TestUser connect(String username) throws Exception {
        return TestUser.connect(
                browser.node().client(), await(browser.node().client().signIn(username, PASSWORD)));
    }

    private static void readAll(String username, String sender) throws Exception {
        TestUser user = connect(username);
        JsonNode conversation = user.ask(
                        "conversation.open", Map.of("user", connect(sender).id()))
                .get("conversation");
        user.ask(
                "read.mark",
                Map.of(
                        "conversation", conversation.get("id").asText(),
                        "seq", conversation.get("lastSeq").asLong()));
    }

    private static void type(String username, String recipient) throws Exception {
        TestUser user = connect(username);
        user.ask("typing", Map.of("conversation", user.openWith(connect(recipient))));
    }

    private static byte[] composed(byte[] desk, byte[] phone) throws Exception {
        String frame;
        try (InputStream html = ReadmePicture.class.getResourceAsStream("readme.html")) {
            frame = new String(Objects.requireNonNull(html).readAllBytes(), StandardCharsets.UTF_8);
        }
        Tab tab = browser.newVisitor(
                "Nobody", options -> options.setViewportSize(1200, 770).setDeviceScaleFactor(1.5));
        tab.page()
                .route(
                        "**/readme",
                        route -> route.fulfill(new Route.FulfillOptions()
                                .setContentType("text/html")
                                .setBody(frame)));
        // The bundle gives it a hashed name.
        tab.page()
                .route(
                        "**/art/skein.svg",
                        route -> route.fulfill(new Route.FulfillOptions()
                                .setPath(Path.of("src", "main", "resources", "web", "art", "skein.svg"))));
        tab.page().navigate("/readme");
        show(tab, "desk", desk);
        show(tab, "phone", phone);
        return tab.page().screenshot();
    }

    private static void show(Tab tab, String id, byte[] png) {
        tab.page()
                .evaluate(
                        "([id, png]) => { const image = document.getElementById(id);"
                                + " image.src = 'data:image/png;base64,' + png; return image.decode(); }",
                        List.of(id, Base64.getEncoder().encodeToString(png)));
    }

    /** Compresses the picture better than the browser does. */
    private static byte[] compressed(byte[] png) throws IOException {
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(png));
        BufferedImage opaque = new BufferedImage(read.getWidth(), read.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < read.getHeight(); y++) {
            for (int x = 0; x < read.getWidth(); x++) {
                int rgb = read.getRGB(x, y);
                opaque.setRGB(x, y, shade(rgb >> 16) << 16 | shade(rgb >> 8) << 8 | shade(rgb));
            }
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ImageWriteParam smallest = writer.getDefaultWriteParam();
        smallest.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        smallest.setCompressionQuality(0);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(opaque, null, null), smallest);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** Rounds to the nearest of 86 shades. */
    private static int shade(int channel) {
        return Math.round((channel & 0xff) / (float) SHADE) * SHADE;
    }
}
