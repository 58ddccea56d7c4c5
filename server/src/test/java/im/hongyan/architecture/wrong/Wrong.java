package im.hongyan.architecture.wrong;

/** The root of classes that break the rules of the architecture, each one of them, to show that it would be noticed. */
public final class Wrong {
    private Wrong() {}
}
