package im.hongyan.local.stores;

import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs PostgreSQL without root privileges, because it refuses to run as root. If this process is root, PostgreSQL runs
 * in a user namespace, in which root looks like an unprivileged user and the files remain root's. Where user
 * namespaces are forbidden, as in most containers, it runs as another user, which then owns its files.
 */
final class UnprivilegedRun {
    private static final List<String> USERS = List.of("postgres", "nobody");

    private UnprivilegedRun() {}

    /** The prefix for a command that works on {@code data}, which is created if it does not exist. */
    static List<String> prefix(Path data) throws IOException, InterruptedException {
        if (uid(Path.of("/proc/self")) != 0 && !"root".equals(System.getProperty("user.name"))) {
            return List.of();
        }
        boolean fresh = !Files.exists(data);
        Files.createDirectories(data);
        int owner = fresh ? 0 : uid(data);
        if (owner == 0 && succeeds(List.of("unshare", "-U", "true"))) {
            return List.of("unshare", "-U");
        }
        return asUser(owner, data);
    }

    private static List<String> asUser(int owner, Path data) throws IOException, InterruptedException {
        if (ChildProcess.isCommand("setpriv")) {
            for (String user : owner == 0 ? USERS : List.of(Integer.toString(owner))) {
                List<String> prefix = List.of("setpriv", "--reuid=" + user, "--regid=" + gid(user), "--clear-groups");
                if (owner == 0 && succeeds(with(prefix, "true"))) {
                    give(data, user);
                }
                if (succeeds(with(prefix, "test", "-w", data.toString()))) {
                    return prefix;
                }
            }
        }
        throw new StartFailure("PostgreSQL refuses to run as root, and no other user can reach " + data
                + "; start the server as an ordinary user, set HONGYAN_DATA to a folder that user 'postgres' or"
                + " 'nobody' can reach, or set HONGYAN_POSTGRES_URL.");
    }

    private static String gid(String user) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/etc/passwd"))) {
            return lines.map(line -> line.split(":"))
                    .filter(fields -> fields.length > 3 && (fields[0].equals(user) || fields[2].equals(user)))
                    .map(fields -> fields[3])
                    .findFirst()
                    .orElse("65534");
        }
    }

    private static void give(Path data, String user) throws IOException {
        var owner = data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
        try (Stream<Path> all = Files.walk(data)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                Files.setOwner(path, owner);
            }
        }
    }

    private static List<String> with(List<String> prefix, String... command) {
        return Stream.concat(prefix.stream(), Stream.of(command)).toList();
    }

    private static int uid(Path path) throws IOException {
        return Files.exists(path) ? (Integer) Files.getAttribute(path, "unix:uid") : -1;
    }

    private static boolean succeeds(List<String> command) throws InterruptedException {
        if (!ChildProcess.isCommand(command.get(0))) {
            return false;
        }
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
