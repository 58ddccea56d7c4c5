package im.hongyan.browser;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.playwright.CDPSession;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Slows down a page's network and records what the page loads before a given moment. */
final class PageTraffic {
    private static final int BYTES_PER_SECOND = 1_600_000 / 8;

    /** @param atMs milliseconds since the first request was sent */
    record Step(double atMs, String what) {}

    private record Event(double seconds, String what) {}

    private record Transfer(double seconds, long bytes) {}

    private final Map<String, String> paths = new HashMap<>();
    private final List<Transfer> transfers = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private double start = Double.NaN;

    PageTraffic(CDPSession tools, int roundTripMs) {
        tools.on("Network.requestWillBeSent", this::requested);
        tools.on("Network.loadingFinished", this::loaded);
        tools.on("Network.webSocketWillSendHandshakeRequest", event -> note(event, "socket requested"));
        tools.on("Network.webSocketHandshakeResponseReceived", event -> note(event, "socket open"));
        tools.on("Network.webSocketFrameSent", event -> note(event, "sent " + frame(event)));
        tools.on("Network.webSocketFrameReceived", event -> note(event, "received " + frame(event)));
        tools.send("Network.enable");
        JsonObject conditions = new JsonObject();
        conditions.addProperty("offline", false);
        conditions.addProperty("latency", roundTripMs);
        conditions.addProperty("downloadThroughput", BYTES_PER_SECOND);
        conditions.addProperty("uploadThroughput", BYTES_PER_SECOND);
        tools.send("Network.emulateNetworkConditions", conditions);
    }

    /** The number of requests that were answered over the network, not from the cache, until a moment. */
    int requests(double untilMs) {
        return (int) transfers.stream()
                .filter(transfer -> since(transfer.seconds) <= untilMs)
                .count();
    }

    /** The size of the answers to {@link #requests}, headers included, as transferred. */
    long bytes(double untilMs) {
        return transfers.stream()
                .filter(transfer -> since(transfer.seconds) <= untilMs)
                .mapToLong(Transfer::bytes)
                .sum();
    }

    /** Everything but static files, in order. */
    List<Step> steps(double untilMs) {
        return events.stream()
                .map(event -> new Step(since(event.seconds), event.what))
                .filter(step -> step.atMs <= untilMs)
                .toList();
    }

    private void requested(JsonObject event) {
        JsonObject request = event.getAsJsonObject("request");
        String path = java.net.URI.create(request.get("url").getAsString()).getPath();
        paths.put(event.get("requestId").getAsString(), path);
        if (Double.isNaN(start)) {
            start = event.get("timestamp").getAsDouble();
        }
        if (isApiRequest(path)) {
            note(event, request.get("method").getAsString() + " " + path);
        }
    }

    private void loaded(JsonObject event) {
        long bytes = event.get("encodedDataLength").getAsLong();
        String path = paths.get(event.get("requestId").getAsString());
        if (bytes == 0 || path == null) {
            return;
        }
        transfers.add(new Transfer(event.get("timestamp").getAsDouble(), bytes));
        if (isApiRequest(path) || path.equals("/")) {
            note(event, "answer to " + path);
        }
    }

    private void note(JsonObject event, String what) {
        events.add(new Event(event.get("timestamp").getAsDouble(), what));
    }

    private double since(double seconds) {
        return (seconds - start) * 1000;
    }

    private static boolean isApiRequest(String path) {
        return path.startsWith("/api/");
    }

    private static String frame(JsonObject event) {
        String text = event.getAsJsonObject("response").get("payloadData").getAsString();
        JsonObject frame = JsonParser.parseString(text).getAsJsonObject();
        String id = frame.has("id") ? " " + frame.get("id").getAsString() : "";
        return frame.get("type").getAsString() + id + " (" + text.length() + " characters)";
    }
}
