package im.hongyan;

import im.hongyan.config.Settings;
import im.hongyan.local.demo.Demo;
import java.io.PrintWriter;

/** The text that the server prints when it is ready. */
final class StartupBanner {
    private StartupBanner() {}

    static void print(PrintWriter out, Settings settings, App app, boolean demo) {
        Settings.Http http = settings.http();
        String site = "http://" + reachable(http.host()) + ":" + app.port();
        out.println();
        out.println("  鸿雁 Hongyan " + Version.current() + " is running.");
        out.println();
        line(out, "Open", site + "/" + (isEverywhere(http.host()) ? "   (any address of this machine)" : ""));
        line(out, "Protocol", site + "/docs");
        line(
                out,
                "Metrics",
                "http://" + reachable(http.adminHost()) + ":" + app.adminPort() + "/metrics   (keep it private)");
        line(out, "Data", settings.data() + stores(settings));
        if (demo) {
            line(out, "Users", Demo.names() + ", each with the password " + Demo.PASSWORD);
        }
        out.println();
        out.println("  Ctrl-C stops it.");
        out.println();
        out.flush();
    }

    private static void line(PrintWriter out, String name, String text) {
        out.println("  %-9s %s".formatted(name, text));
    }

    private static String stores(Settings settings) {
        boolean postgres = settings.postgres().url().isEmpty();
        boolean redis = settings.redis().url().isEmpty();
        if (postgres && redis) {
            return "   (built-in PostgreSQL and Redis)";
        }
        return postgres ? "   (built-in PostgreSQL)" : redis ? "   (built-in Redis)" : "";
    }

    private static boolean isEverywhere(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    private static String reachable(String host) {
        if (isEverywhere(host)) {
            return "localhost";
        }
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
