package im.hongyan.loadtest.experiment;

/** The experiment could not be run, which says nothing about what it was to show. The message is for the user. */
public final class ExperimentFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ExperimentFailure(String message) {
        super(message);
    }

    public ExperimentFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
