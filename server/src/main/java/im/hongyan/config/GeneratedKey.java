package im.hongyan.config;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * The signing key of a node whose settings have none. It is generated once and kept in the data folder, readable only
 * by the owner, so that users stay signed in across restarts. Production mode refuses it.
 */
public final class GeneratedKey {
    static final String FILE = "auth.key";
    private static final String KID = "generated";

    private GeneratedKey() {}

    /** The stored key; generates one if there is none. */
    public static SigningKey in(Path data) throws IOException {
        Path file = data.resolve(FILE);
        Optional<SigningKey> kept = kept(data);
        if (kept.isPresent()) {
            return kept.get();
        }
        byte[] secret = new byte[48];
        new SecureRandom().nextBytes(secret);
        SigningKey key = new SigningKey(KID, Secret.of(secret));
        Files.createDirectories(data);
        Path temporary = Files.createTempFile(
                data, FILE, ".new", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(temporary, key.encoded());
        try {
            // A link is atomic and never replaces a key that another process has just created.
            Files.createLink(file, temporary);
            return key;
        } catch (FileAlreadyExistsException e) {
            return kept(data).orElseThrow();
        } finally {
            Files.delete(temporary);
        }
    }

    /** The stored key, if there is one. */
    static Optional<SigningKey> kept(Path data) throws IOException {
        Path file = data.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(SigningKey.parse(Files.readString(file).strip()));
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    file + " is damaged; delete it to generate a new signing key (all users must sign in again)", e);
        }
    }
}
