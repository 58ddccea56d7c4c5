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
 * The processes of a measured server by part ({@code server}, {@code postgres}, {@code redis}) and what they have
 * used, according to the kernel. A part is a process with all its children. Linux only.
 */
public final class Processes {
    /** USER_HZ, which is 100 on every Linux that Java supports. */
    private static final long MICROS_PER_TICK = 10_000;

    private static final Pattern COMPILER = Pattern.compile("\\(C[12] Compiler");

    private final Map<String, Long> parts;

    /** @param parts names and process ids, in the order of printing */
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

    /** The CPU time used so far per part, in microseconds, including children that have ended. */
    public Map<String, Long> cpuMicros() {
        Map<String, Long> used = new LinkedHashMap<>();
        parts.forEach((part, pid) -> used.put(part, treeMicros(pid)));
        return used;
    }

    /** The part of it that the JIT compilers used: much until a server is warm, then almost nothing. */
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
            // A child that ends just now is counted in its parent next time.
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
        // The command in parentheses may contain anything. The third field follows it.
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        return new Stat(
                Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
                Long.parseLong(fields[13]) + Long.parseLong(fields[14]));
    }

    /** The resident memory of the part's main process, in KiB. */
    public long rssKib(String part) {
        return field(Path.of("/proc", Long.toString(parts.get(part)), "status"), "VmRSS:");
    }

    /** The memory of the part with its children, in KiB. Shared pages count once; RSS would count them per process. */
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

    /** Makes a JVM collect its garbage twice, so that only memory in use remains. Does nothing for other processes. */
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

    /** The limit of open files of this process. */
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

    /** Reads the process id in the first line of the file with this name somewhere under {@code folder}. */
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
