package im.hongyan.browser;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.options.Position;

/** A finger on the touch screen of a tab. Chromium recognizes its taps, scrolls and long presses itself. */
final class Finger {
    private final CDPSession device;

    Finger(Tab tab) {
        device = tab.device().context().newCDPSession(tab.page());
    }

    void down(Position at) {
        send("touchStart", at);
    }

    void up() {
        send("touchEnd");
    }

    private void send(String type, Position... at) {
        JsonArray points = new JsonArray();
        for (Position each : at) {
            JsonObject point = new JsonObject();
            point.addProperty("x", each.x);
            point.addProperty("y", each.y);
            points.add(point);
        }
        JsonObject event = new JsonObject();
        event.addProperty("type", type);
        event.add("touchPoints", points);
        device.send("Input.dispatchTouchEvent", event);
    }
}
