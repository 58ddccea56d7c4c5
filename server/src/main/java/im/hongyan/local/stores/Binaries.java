package im.hongyan.local.stores;

import im.hongyan.store.StartFailure;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * Unpacks the binaries from the class path, once for each version. A version's folder appears atomically, so that a
 * start that is killed halfway, or two starts at once, leave nothing broken.
 */
final class Binaries {
    /** Must match the version of the artifact in {@code pom.xml}. */
    static final int POSTGRES_MAJOR = 17;

    private static final String POSTGRES_VERSION = "17.11";

    private final Path runtime;

    Binaries(Path runtime) {
        this.runtime = runtime;
    }

    /** The folder with {@code bin/postgres} and {@code bin/initdb}. */
    Path postgres(Platform platform) throws IOException {
        Path home = runtime.resolve("postgresql-" + POSTGRES_VERSION);
        if (!Files.isDirectory(home)) {
            install(home, temporary -> {
                try (InputStream archive = resource(platform.postgres)) {
                    unpack(archive, temporary);
                }
            });
        }
        return home;
    }

    /** The executable unpacked from the resource {@code name}. */
    Path redis(String name) throws IOException {
        Path home = runtime.resolve(name);
        if (!Files.isDirectory(home)) {
            install(home, temporary -> {
                try (InputStream binary = resource(name)) {
                    Path file = temporary.resolve("redis-server");
                    Files.copy(binary, file);
                    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
            });
        }
        return home.resolve("redis-server");
    }

    private interface Unpacker {
        void unpackInto(Path temporary) throws IOException;
    }

    private void install(Path home, Unpacker unpacker) throws IOException {
        open(Files.createDirectories(runtime));
        Path temporary = Files.createTempDirectory(runtime, "unpacking");
        try {
            unpacker.unpackInto(temporary);
            try (Stream<Path> all = Files.walk(temporary)) {
                for (Path folder : (Iterable<Path>) all.filter(Files::isDirectory)::iterator) {
                    open(folder);
                }
            }
            Files.move(temporary, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Another start was faster, and its folder is complete. The exception differs between systems.
            if (!Files.isDirectory(home)) {
                throw e;
            }
        } finally {
            deleteTree(temporary);
        }
    }

    private static InputStream resource(String name) {
        InputStream stream = Binaries.class.getResourceAsStream("/" + name);
        if (stream == null) {
            throw new StartFailure("This build does not contain " + name
                    + "; build it on this kind of machine, or set HONGYAN_POSTGRES_URL and HONGYAN_REDIS_URL.");
        }
        return stream;
    }

    private static void unpack(InputStream archive, Path folder) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path file = folder.resolve(entry.getName()).normalize();
                if (!file.startsWith(folder)) {
                    throw new IOException("the archive contains a path outside of its folder: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    unpack(tar, entry, file);
                }
            }
        }
    }

    /** Makes a folder readable for all users, whatever the umask: another user may have to run its binaries. */
    private static void open(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path file) throws IOException {
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, file);
        boolean executable = (entry.getMode() & 0100) != 0;
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }

    /** Deletes a folder and its contents, if it exists. */
    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
    }
}
