package im.hongyan.loadtest.experiment;

/** The experiment could not be carried out, which says nothing of what it was to show. The message is for a person. */
public final class ExperimentFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ExperimentFailure(String message) {
        super(message);
    }

    public ExperimentFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
