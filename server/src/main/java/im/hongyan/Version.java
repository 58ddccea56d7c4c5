package im.hongyan;

/** The version of this build. */
final class Version {
    private Version() {}

    /** The version in the jar's manifest, or "(unpackaged)". */
    static String current() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }
}
