package im.hongyan;

/** The entry point: reads the command line and starts {@link App}. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.out.println("hongyan");
    }
}
