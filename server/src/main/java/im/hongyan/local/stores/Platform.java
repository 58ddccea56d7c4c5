package im.hongyan.local.stores;

import im.hongyan.store.StartFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The operating system and processor of this machine, with the names of the matching binaries. */
enum Platform {
    LINUX_AMD64("postgres-linux-x86_64.txz", "redis-server-7.0.15-linux-amd64"),
    LINUX_AMD64_MUSL("postgres-linux-x86_64-alpine_linux.txz", "redis-server-7.0.15-linux-amd64"),
    LINUX_ARM64("postgres-linux-arm_64.txz", "redis-server-7.0.15-linux-arm64"),
    MAC_AMD64("postgres-darwin-x86_64.txz", "redis-server-7.0.15-darwin-amd64"),
    MAC_ARM64("postgres-darwin-arm_64.txz", "redis-server-7.0.15-darwin-arm64");

    private static final Map<String, Platform> KNOWN = Map.of(
            "linux amd64", LINUX_AMD64,
            "linux x86_64", LINUX_AMD64,
            "linux aarch64", LINUX_ARM64,
            "mac x86_64", MAC_AMD64,
            "mac aarch64", MAC_ARM64);

    /** The archive with PostgreSQL, a resource of its artifact. */
    final String postgres;

    /** The Redis server, a resource of its artifact: statically linked on Linux. */
    final String redis;

    Platform(String postgres, String redis) {
        this.postgres = postgres;
        this.redis = redis;
    }

    static Platform here() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String machine = (name.startsWith("mac") ? "mac" : name) + " " + System.getProperty("os.arch");
        Platform platform = KNOWN.get(machine);
        if (platform == null) {
            throw new StartFailure("There is no built-in PostgreSQL and Redis for this machine (" + machine
                    + "); set HONGYAN_POSTGRES_URL and HONGYAN_REDIS_URL.");
        }
        return platform == LINUX_AMD64 && Files.exists(Path.of("/lib/ld-musl-x86_64.so.1"))
                ? LINUX_AMD64_MUSL
                : platform;
    }
}
