package im.hongyan.identity;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (RFC 9106) as a PHC string, {@code $argon2id$v=19$m=19456,t=2,p=1$salt$hash}. A hash takes tens of
 * milliseconds: never compute one on an event loop.
 *
 * @param memoryKib the memory that one hash takes
 * @param passes over that memory
 */
record Argon2(int memoryKib, int passes) {
    private static final int SALT = 16;
    private static final int HASH = 32;
    private static final Pattern PHC = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=1\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

    Argon2 {
        if (memoryKib < 8 || passes < 1) {
            throw new IllegalArgumentException("Argon2id needs at least 8 KiB and one pass");
        }
    }

    String hash(Password password) {
        byte[] salt = Digests.random(SALT);
        return phc(salt, compute(password, salt, HASH));
    }

    /** A hash that matches no password, but takes as long to verify as a real one. */
    String dummy() {
        return phc(Digests.random(SALT), Digests.random(HASH));
    }

    /** Verifies with the parameters of the hash. */
    static boolean verify(Password password, String phc) {
        Matcher parts = PHC.matcher(phc);
        if (!parts.matches()) {
            throw new IllegalStateException("unknown format of a stored password hash");
        }
        byte[] hash = Base64.getDecoder().decode(parts.group(4));
        byte[] computed =
                parameters(parts).compute(password, Base64.getDecoder().decode(parts.group(3)), hash.length);
        return MessageDigest.isEqual(hash, computed);
    }

    /** Whether the hash was made with other parameters. */
    boolean outdated(String phc) {
        Matcher parts = PHC.matcher(phc);
        return !parts.matches() || !parameters(parts).equals(this);
    }

    private static Argon2 parameters(Matcher parts) {
        return new Argon2(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
    }

    private byte[] compute(Password password, byte[] salt, int length) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(memoryKib)
                .withIterations(passes)
                .withParallelism(1)
                .withSalt(salt)
                .build());
        byte[] hash = new byte[length];
        generator.generateBytes(password.utf8(), hash);
        return hash;
    }

    private String phc(byte[] salt, byte[] hash) {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"
                .formatted(memoryKib, passes, base64.encodeToString(salt), base64.encodeToString(hash));
    }
}
