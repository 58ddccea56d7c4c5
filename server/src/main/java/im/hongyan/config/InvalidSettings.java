package im.hongyan.config;

import java.util.List;

/** All problems of the settings; the message has one per line. */
public final class InvalidSettings extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    InvalidSettings(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
