package im.hongyan;

import im.hongyan.config.InvalidSettings;
import im.hongyan.config.Settings;
import im.hongyan.identity.Identity;
import im.hongyan.identity.UsersCommand;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.store.StartFailure;
import im.hongyan.wallet.AuditCommands;
import im.hongyan.wallet.Wallet;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
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

    static CommandLine users() {
        SettingsOption option = new SettingsOption();
        return withSettings(new CommandLine(new UsersCommand(new IdentityStores(option))), "create", option);
    }

    static CommandLine epoch() {
        SettingsOption option = new SettingsOption();
        return withSettings(new CommandLine(new EpochCommand(option)), "renew", option);
    }

    static CommandLine reconcile() {
        SettingsOption option = new SettingsOption();
        CommandLine command = new CommandLine(new AuditCommands.Reconcile(new WalletStores(option)));
        command.addMixin("settings", option);
        return command;
    }

    static CommandLine wallet() {
        SettingsOption option = new SettingsOption();
        return withSettings(
                new CommandLine(new AuditCommands.WalletCommand(new WalletStores(option))), "patterns", option);
    }

    private static CommandLine withSettings(CommandLine command, String subcommand, SettingsOption option) {
        command.getSubcommands().get(subcommand).addMixin("settings", option);
        return command;
    }

    /** The features on opened stores, without a node around them. */
    private static <T> T use(Settings settings, Function<App, Future<T>> work) {
        Vertx vertx = Vertx.vertx();
        try (Stores stores = Stores.join(vertx, settings)) {
            App app = new App(vertx, SettingsOption.withSigningKey(settings), stores.postgres(), stores.redis());
            return work.apply(app).eventually(app::stop).await(DEADLINE_MINUTES, TimeUnit.MINUTES);
        } catch (TimeoutException e) {
            throw new StartFailure("This took more than " + DEADLINE_MINUTES + " minutes and was given up.", e);
        } finally {
            vertx.close();
        }
    }

    /** Where the money is. A command that looks at it is not to make a database, and find nothing wrong with that one. */
    private static String existing(Settings settings) {
        if (settings.postgres().url().isPresent()) {
            return "PostgreSQL at " + settings.postgres().url().get();
        }
        Path folder = settings.data().toAbsolutePath().normalize();
        if (!EmbeddedPostgres.exists(folder)) {
            throw new StartFailure("There is no database in " + folder
                    + ": name the folder of the server by HONGYAN_DATA or --config.");
        }
        return "PostgreSQL in " + folder;
    }

    private record IdentityStores(SettingsOption option) implements UsersCommand.Stores {
        @Override
        public boolean production() throws InvalidSettings {
            return option.settings().production();
        }

        @Override
        public void use(Function<Identity, Future<Void>> work) throws InvalidSettings {
            StoreCommands.use(option.settings(), app -> work.apply(app.identity()));
        }
    }

    private record WalletStores(SettingsOption option) implements AuditCommands.Stores {
        @Override
        public String place() throws InvalidSettings {
            return existing(option.settings());
        }

        @Override
        public <T> T use(Function<Wallet, Future<T>> work) throws InvalidSettings {
            existing(option.settings());
            return StoreCommands.use(option.settings(), app -> work.apply(app.wallet()));
        }
    }

    /** {@code hongyan epoch}: which history the database holds. */
    @Command(
            name = "epoch",
            description = "Which history the database holds.",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "COMMAND")
    static final class EpochCommand {
        private final SettingsOption option;

        @Spec
        private CommandSpec spec;

        EpochCommand(SettingsOption option) {
            this.option = option;
        }

        @Command(
                name = "renew",
                mixinStandardHelpOptions = true,
                description = {
                    "Makes all clients drop what they remember and read the log again: after the database's folder was",
                    "restored from a copy. Running nodes notice within ten seconds."
                })
        int renew() throws InvalidSettings {
            existing(option.settings());
            String epoch = use(option.settings(), app -> app.epoch().renew());
            spec.commandLine().getOut().println("The epoch is " + epoch + " now.");
            return 0;
        }
    }
}
