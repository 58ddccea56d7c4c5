package im.hongyan.store;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What tests do to the servers that they started themselves. */
public final class Processes {
    private Processes() {}

    /** Stops it and its children from running, without ending them: a server that does not answer. */
    public static void freeze(long pid) throws IOException, InterruptedException {
        signal("STOP", pid);
    }

    /** Undoes {@link #freeze}. */
    public static void thaw(long pid) throws IOException, InterruptedException {
        signal("CONT", pid);
    }

    /** Freezes only its children: a server that takes connections, while those that were open are dead. */
    public static void freezeChildren(long pid) throws IOException, InterruptedException {
        for (ProcessHandle child : handle(pid).children().toList()) {
            run("kill", "-STOP", Long.toString(child.pid()));
        }
    }

    /** SIGKILL, to it alone. */
    public static void kill(long pid) {
        handle(pid).destroyForcibly();
    }

    public static boolean awaitExit(long pid, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(20);
        }
        return true;
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        ProcessHandle process = handle(pid);
        for (ProcessHandle each :
                Stream.concat(Stream.of(process), process.descendants()).toList()) {
            run("kill", "-" + name, Long.toString(each.pid()));
        }
    }

    private static ProcessHandle handle(long pid) {
        return ProcessHandle.of(pid).orElseThrow();
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            throw new IOException(String.join(" ", command) + " hangs");
        }
    }
}
