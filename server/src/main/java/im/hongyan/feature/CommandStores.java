package im.hongyan.feature;

import io.vertx.core.Future;
import java.util.function.Function;

/** What a command of the command line works on: opened stores with all features installed, and no node around them. */
public interface CommandStores {
    /** @throws Exception if the settings are invalid */
    boolean production() throws Exception;

    /**
     * The record from {@link Feature#readSettings}, for a command that needs no store.
     *
     * @throws Exception if the settings are invalid
     */
    <S> S settings(Class<S> type) throws Exception;

    /**
     * The database in words, for the command's first line.
     *
     * @throws Exception if the settings are invalid, or name a data folder without a database
     */
    String database() throws Exception;

    /**
     * Opens the stores, runs {@code work} on a service and closes them again. Blocks until the work is done.
     *
     * @param service one that the spine or a feature provides
     * @throws Exception if the stores cannot be opened, or as the work fails
     */
    <S, T> T use(Class<S> service, Function<S, Future<T>> work) throws Exception;
}
