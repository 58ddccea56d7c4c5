package im.hongyan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How tests start a Java process of what they were compiled with. */
public final class Java {
    /** For processes that live for seconds: what the best code would save later, compiling it costs many times. */
    private static final List<String> BRIEF = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private Java() {}

    /** The server, from any folder, with the log that its users see. Its arguments are to be added. */
    public static List<String> server(String... options) {
        return command("im.hongyan.Main", options);
    }

    /** As {@link #server}, of another class with a {@code main}. */
    public static List<String> command(String mainClass, String... options) {
        String classPath = Stream.of(System.getProperty("java.class.path").split(":", -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(":"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(BRIEF);
        command.addAll(List.of(options));
        // The tests' own configuration of the log is on the class path, too.
        command.addAll(List.of("-Dlogback.configurationFile=logback.xml", "-cp", classPath, mainClass));
        return command;
    }
}
