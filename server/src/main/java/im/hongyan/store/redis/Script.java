package im.hongyan.store.redis;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** A Lua script for Redis, read once from the folder of the feature that owns it. */
public final class Script {
    private final String name;
    private final String source;
    private final String hash;

    private Script(String name, String source) {
        this.name = name;
        this.source = source;
        this.hash = sha1(source);
    }

    /** Reads the resource {@code name}, for example {@code claim.lua}, beside the class {@code owner}. */
    public static Script load(Class<?> owner, String name) {
        try (InputStream resource = owner.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IllegalArgumentException("there is no " + name + " beside " + owner.getName());
            }
            return new Script(name, new String(resource.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A call by hash, for {@link Redis#batch}; the script must have been loaded with {@link Redis#prepare}. */
    public Request call(List<String> keys, List<String> arguments) {
        return request(Request.cmd(Command.EVALSHA).arg(hash), keys, arguments);
    }

    Request callWithSource(List<String> keys, List<String> arguments) {
        return request(Request.cmd(Command.EVAL).arg(source), keys, arguments);
    }

    Request loading() {
        return Request.cmd(Command.SCRIPT).arg("LOAD").arg(source);
    }

    private static Request request(Request request, List<String> keys, List<String> arguments) {
        request.arg(keys.size());
        keys.forEach(request::arg);
        arguments.forEach(request::arg);
        return request;
    }

    private static String sha1(String source) {
        try {
            // Redis names scripts by their SHA-1; security does not depend on it.
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(source.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
