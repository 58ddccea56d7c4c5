package im.hongyan.loadtest.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The processes of a measured server by part ({@code server}, {@code postgres}, {@code redis}): what the kernel says that
 * they have used. Each part is a process and all its children. Linux only.
 */
public final class Processes {
    /** USER_HZ, which is 100 on every Linux that Java runs on. */
    private static final long MICROS_PER_TICK = 10_000;

    private static final Pattern COMPILER = Pattern.compile("\\(C[12] Compiler");

    private final Map<String, Long> parts;

    /** @param parts name to process id, in the order of printing */
    public Processes(Map<String, Long> parts) {
        this.parts = new LinkedHashMap<>(parts);
    }

    /** This process. */
    public static Processes self() {
        return new Processes(Map.of("bench", ProcessHandle.current().pid()));
    }

    public List<String> names() {
        return List.copyOf(parts.keySet());
    }

    public long pid(String part) {
        return parts.get(part);
    }

    /** CPU time used until now per part, in microseconds, children that ended included. */
    public Map<String, Long> cpuMicros() {
        Map<String, Long> used = new LinkedHashMap<>();
        parts.forEach((part, pid) -> used.put(part, treeMicros(pid)));
        return used;
    }

    /** Of that, what Java's compilers used while they ran: much until a server is warm, then next to nothing. */
    public long compilerMicros() {
        return parts.values().stream()
                .mapToLong(pid -> compilerTicks(Path.of("/proc", Long.toString(pid), "task")) * MICROS_PER_TICK)
                .sum();
    }

    private static long compilerTicks(Path threads) {
        try (Stream<Path> all = Files.list(threads)) {
            return all.map(thread -> read(thread.resolve("stat")))
                    .filter(line -> line != null && COMPILER.matcher(line).find())
                    .mapToLong(line -> parse(line).own)
                    .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private static long treeMicros(long root) {
        Stat stat = stat(root);
        if (stat == null) {
            throw new IllegalStateException("process " + root + " has ended");
        }
        long ticks = stat.own + stat.endedChildren;
        for (long child : descendants(root)) {
            Stat of = stat(child);
            // One that ends just now is counted by its parent the next time.
            ticks += of == null ? 0 : of.own + of.endedChildren;
        }
        return ticks * MICROS_PER_TICK;
    }

    private static List<Long> descendants(long root) {
        return ProcessHandle.of(root).stream()
                .flatMap(ProcessHandle::descendants)
                .map(ProcessHandle::pid)
                .toList();
    }

    private record Stat(long own, long endedChildren) {}

    private static Stat stat(long pid) {
        String line = read(Path.of("/proc", Long.toString(pid), "stat"));
        return line == null ? null : parse(line);
    }

    private static Stat parse(String line) {
        // The command, in parentheses, may hold anything; the third field follows it.
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        return new Stat(
                Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
                Long.parseLong(fields[13]) + Long.parseLong(fields[14]));
    }

    /** Resident memory of the part's own process, in KiB. */
    public long rssKib(String part) {
        return field(Path.of("/proc", Long.toString(parts.get(part)), "status"), "VmRSS:");
    }

    /** Memory of the part and its children, in KiB, pages that they share counted once: what RSS would count per process. */
    public long pssKib(String part) {
        long root = parts.get(part);
        List<Long> all = new ArrayList<>(descendants(root));
        all.add(root);
        return all.stream()
                .mapToLong(pid -> field(Path.of("/proc", Long.toString(pid), "smaps_rollup"), "Pss:"))
                .sum();
    }

    private static long field(Path file, String name) {
        String text = read(file);
        return text == null
                ? 0
                : text.lines()
                        .filter(line -> line.startsWith(name))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .findFirst()
                        .orElse(0);
    }

    /** Has a JVM collect its garbage, twice, so that what is left is in use. Other processes do as they please. */
    public void collectGarbage(String part) throws IOException, InterruptedException {
        if (!"java\n".equals(read(Path.of("/proc", Long.toString(parts.get(part)), "comm")))) {
            return;
        }
        for (int i = 0; i < 2; i++) {
            new ProcessBuilder("jcmd", Long.toString(parts.get(part)), "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
    }

    /** The most files that this process may have open. */
    public static long fileLimit() {
        String limits = read(Path.of("/proc/self/limits"));
        return limits == null
                ? Long.MAX_VALUE
                : limits.lines()
                        .filter(line -> line.startsWith("Max open files"))
                        .map(line -> line.split("\\s+"))
                        .mapToLong(words -> words[4].equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(words[4]))
                        .findFirst()
                        .orElse(Long.MAX_VALUE);
    }

    /** The process whose id is the first line of a file of this name somewhere under {@code folder}. */
    public static long pidIn(Path folder, String name) throws IOException {
        try (Stream<Path> files = Files.find(folder, 3, (file, kind) -> file.endsWith(name))) {
            Path pidFile = files.findFirst().orElseThrow(() -> new NoSuchFileException(folder + "/…/" + name));
            try (Stream<String> lines = Files.lines(pidFile)) {
                return Long.parseLong(lines.findFirst().orElseThrow().trim());
            }
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return null;
        }
    }
}
