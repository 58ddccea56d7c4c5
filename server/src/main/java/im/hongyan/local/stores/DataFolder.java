package im.hongyan.local.stores;

import im.hongyan.store.StartFailure;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/** The folder with a server's data. A lock file makes sure that only one server on the machine has it open. */
public final class DataFolder implements Closeable {
    private static final String LOCK = "hongyan.lock";
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path path;
    private final FileChannel channel;

    private DataFolder(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Creates the folder if necessary, and locks it.
     *
     * @throws StartFailure if it cannot be written or another server has it open
     */
    public static DataFolder open(Path folder) {
        Path path = folder.toAbsolutePath().normalize();
        try {
            // Other users may traverse it but not list it: PostgreSQL may have to run as another user.
            Files.createDirectories(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
            Path real = path.toRealPath();
            return new DataFolder(real, lock(real));
        } catch (FileAlreadyExistsException e) {
            throw new StartFailure("The data folder " + path + " is not a folder; set HONGYAN_DATA to another folder.");
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        Path file = folder.resolve(LOCK);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                channel.truncate(0);
                channel.write(
                        StandardCharsets.UTF_8.encode(
                                Long.toString(ProcessHandle.current().pid())),
                        0);
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Another server in this process; handled like one in another process.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        ByteBuffer owner = ByteBuffer.allocate(20);
        channel.read(owner, 0);
        channel.close();
        throw new StartFailure("The data folder " + folder + " is in use by another Hongyan server (process "
                + StandardCharsets.UTF_8.decode(owner.flip()) + "); stop it, or set HONGYAN_DATA to another folder.");
    }

    /** Whether a server, in another process or in this one, has the folder open. */
    public static boolean isOpenElsewhere(Path folder) {
        try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE)) {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            // It does not exist or is not accessible; open() reports which.
            return false;
        }
    }

    static Path passwordFile(Path folder, String name) {
        return folder.resolve(name + ".password");
    }

    public Path path() {
        return path;
    }

    /** A password that is generated once and kept in a file that only the owner can read. */
    String password(String name) throws IOException {
        Path file = passwordFile(path, name);
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            String password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
            writePrivately(file, password);
            return password;
        }
    }

    /** Atomically writes a file that only the owner can read. */
    static void writePrivately(Path file, String text) throws IOException {
        Path temporary = Files.createTempFile(file.getParent(), ".temporary", null, OWNER_ONLY);
        try {
            Files.writeString(temporary, text);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Fails if the disk has less free space than a start needs. */
    void requireFree(long megabytes) throws IOException {
        long free = Files.getFileStore(path).getUsableSpace() >> 20;
        if (free < megabytes) {
            throw new StartFailure("The disk that holds " + path + " is full: " + free + " MB are free and at least "
                    + megabytes + " MB are needed; make room, or set HONGYAN_DATA to a folder on another disk.");
        }
    }

    /** A failure whose message says what to do about the cause. */
    StartFailure failure(IOException cause) {
        return failure(path, cause);
    }

    private static StartFailure failure(Path path, IOException cause) {
        if (isFull(String.valueOf(cause.getMessage()))) {
            return full(path, cause);
        }
        return new StartFailure(
                "The data folder " + path + " cannot be written by user " + System.getProperty("user.name") + " ("
                        + cause.getClass().getSimpleName() + ": " + cause.getMessage()
                        + "); correct its permissions, or set HONGYAN_DATA to another folder.",
                cause);
    }

    StartFailure full(Throwable cause) {
        return full(path, cause);
    }

    private static StartFailure full(Path path, Throwable cause) {
        return new StartFailure(
                "The disk that holds " + path + " is full; make room, or set HONGYAN_DATA to a folder on another disk.",
                cause);
    }

    /** Whether an error message of Java or PostgreSQL, which both quote the system, says that the disk is full. */
    static boolean isFull(String message) {
        return message.contains("No space left on device") || message.contains("Disk quota exceeded");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
