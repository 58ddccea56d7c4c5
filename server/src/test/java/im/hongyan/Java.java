package im.hongyan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts Java processes with the class path of the tests. */
public final class Java {
    /** Options for short-lived processes: optimizing compilation would cost more than it saves. */
    private static final List<String> BRIEF = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private Java() {}

    /** The command line of the server, without arguments, with the logging configuration of the product. */
    public static List<String> server(String... options) {
        return command("im.hongyan.Main", options);
    }

    /** As {@link #server}, for another main class. */
    public static List<String> command(String mainClass, String... options) {
        String classPath = Stream.of(System.getProperty("java.class.path").split(":", -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(":"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(BRIEF);
        command.addAll(List.of(options));
        // The tests' own logging configuration is also on the class path.
        command.addAll(List.of("-Dlogback.configurationFile=logback.xml", "-cp", classPath, mainClass));
        return command;
    }
}
