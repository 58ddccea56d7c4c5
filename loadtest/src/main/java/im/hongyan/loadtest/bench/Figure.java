package im.hongyan.loadtest.bench;

import java.util.Locale;

/**
 * One measured number.
 *
 * @param name such as {@code direct.rate}
 * @param unit such as {@code /s} or {@code µs}
 */
public record Figure(String name, String unit, double value) {
    String shown() {
        String number = Math.abs(value) >= 100
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%.2f", value);
        return number + " " + unit;
    }
}
