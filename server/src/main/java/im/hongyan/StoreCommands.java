package im.hongyan;

import im.hongyan.config.InvalidSettings;
import im.hongyan.config.Settings;
import im.hongyan.feature.CommandStores;
import im.hongyan.identity.UsersCommand;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.store.StartFailure;
import im.hongyan.timeline.Epoch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Commands that work on the stores, beside a running server or without one. Each takes {@code --config}. */
final class StoreCommands {
    private static final long DEADLINE_MINUTES = 60;

    private StoreCommands() {}

    /** The commands of the spine and of all features. */
    static List<CommandLine> all() {
        List<CommandLine> commands = new ArrayList<>();
        commands.addAll(withSettings(stores -> List.of(new UsersCommand(stores), new EpochCommand(stores))));
        Features.ALL.forEach(feature -> commands.addAll(withSettings(feature::commands)));
        return commands;
    }

    private static List<CommandLine> withSettings(Function<CommandStores, List<Object>> commands) {
        SettingsOption option = new SettingsOption();
        return commands.apply(new OpenedStores(option)).stream()
                .map(CommandLine::new)
                .peek(command -> {
                    if (command.getSubcommands().isEmpty()) {
                        command.addMixin("settings", option);
                    }
                    command.getSubcommands().values().forEach(each -> each.addMixin("settings", option));
                })
                .toList();
    }

    /** The stores that the settings name, with the spine and all features on them. */
    private record OpenedStores(SettingsOption option) implements CommandStores {
        @Override
        public boolean production() throws InvalidSettings {
            return option.settings().production();
        }

        @Override
        public <S> S settings(Class<S> type) throws InvalidSettings {
            return type.cast(option.settings().feature(type));
        }

        /** A command that inspects data must not create an empty database and find nothing wrong with it. */
        @Override
        public String database() throws InvalidSettings {
            Settings settings = option.settings();
            if (settings.postgres().url().isPresent()) {
                return "PostgreSQL at " + settings.postgres().url().get();
            }
            Path folder = settings.data().toAbsolutePath().normalize();
            if (!EmbeddedPostgres.exists(folder)) {
                throw new StartFailure("There is no database in " + folder
                        + ": name the server's data folder with HONGYAN_DATA or --config.");
            }
            return "PostgreSQL in " + folder;
        }

        @Override
        public <S, T> T use(Class<S> service, Function<S, Future<T>> work) throws InvalidSettings {
            Settings settings = option.settings();
            Vertx vertx = Vertx.vertx();
            try (Stores stores = Stores.join(vertx, settings)) {
                App app = new App(vertx, SettingsOption.withSigningKey(settings), stores.postgres(), stores.redis());
                return work.apply(app.service(service)).eventually(app::stop).await(DEADLINE_MINUTES, TimeUnit.MINUTES);
            } catch (TimeoutException e) {
                throw new StartFailure("The command was stopped after " + DEADLINE_MINUTES + " minutes.", e);
            } finally {
                vertx.close();
            }
        }
    }

    /** {@code hongyan epoch}. */
    @Command(
            name = "epoch",
            description = "Manages the epoch: which history the database holds.",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "COMMAND")
    static final class EpochCommand {
        private final CommandStores stores;

        @Spec
        private CommandSpec spec;

        EpochCommand(CommandStores stores) {
            this.stores = stores;
        }

        @Command(
                name = "renew",
                mixinStandardHelpOptions = true,
                description = {
                    "Makes all clients drop their cached state and read the log again. Run it after the folder of the"
                            + " database was restored from a copy. Running nodes notice within ten seconds."
                })
        int renew() throws Exception {
            stores.database();
            String epoch = stores.use(Epoch.class, Epoch::renew);
            spec.commandLine().getOut().println("The epoch is now " + epoch + ".");
            return 0;
        }
    }
}
