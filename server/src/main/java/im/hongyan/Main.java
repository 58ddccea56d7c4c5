package im.hongyan;

import im.hongyan.config.InvalidSettings;
import im.hongyan.store.StartFailure;
import picocli.CommandLine;

/** The entry point: reads the command line and runs a command; without one, the server. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine serve = new CommandLine(new ServeCommand());
        serve.getCommandSpec().usageMessage().description("Runs the server, which is also the default.");
        CommandLine commands = new CommandLine(new ServeCommand())
                .addSubcommand("serve", serve)
                .addSubcommand(new ClusterCommand())
                .addSubcommand(new StoresCommand());
        StoreCommands.all().forEach(commands::addSubcommand);
        return commands.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command));
    }

    /** Failures that the operator can correct are printed as a message; anything else is a bug with a stack trace. */
    private static int failed(Exception failure, CommandLine command) throws Exception {
        if (failure instanceof InvalidSettings invalid) {
            command.getErr().println("The settings are invalid; nothing was started:");
            invalid.problems().forEach(problem -> command.getErr().println("  " + problem));
            if (invalid.problems().stream().anyMatch(problem -> Character.isLowerCase(problem.charAt(0)))) {
                command.getErr().println("As an environment variable, http.port is HONGYAN_HTTP_PORT, and so on.");
            }
        } else if (failure instanceof StartFailure) {
            command.getErr().println(failure.getMessage());
        } else {
            throw failure;
        }
        return 1;
    }
}
