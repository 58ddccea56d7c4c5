package im.hongyan.store;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Freezes and kills servers that a test has started. */
public final class Processes {
    private Processes() {}

    /** Suspends a process and its children: a server that does not answer. */
    public static void freeze(long pid) throws IOException, InterruptedException {
        signal("STOP", pid);
    }

    /** Undoes {@link #freeze}. */
    public static void thaw(long pid) throws IOException, InterruptedException {
        signal("CONT", pid);
    }

    /** Suspends only the children: a server that accepts connections, while its open ones are dead. */
    public static void freezeChildren(long pid) throws IOException, InterruptedException {
        for (ProcessHandle child : handle(pid).children().toList()) {
            run("kill", "-STOP", Long.toString(child.pid()));
        }
    }

    /** Sends SIGKILL to the process, not to its children. */
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
