package im.hongyan.loadtest.client;

/**
 * What happens to each frame on a link, decided as it passes; called on the connection's event loop. Only whole frames are
 * touched, so that what arrives is always well-formed.
 */
public interface Faults {
    /** The end of one frame. */
    enum Fate {
        PASS,
        /** Vanishes; the connection stays. */
        DROP,
        /** Arrives twice. */
        DUPLICATE,
        /** Arrives after the next one, or alone a little later. */
        LATE,
        /** The connection breaks and this frame is lost. */
        CUT_BEFORE,
        /** The frame arrives and the connection breaks. */
        CUT_AFTER
    }

    Faults NONE = new Faults() {
        @Override
        public Fate outbound(String type) {
            return Fate.PASS;
        }

        @Override
        public Fate inbound(String type) {
            return Fate.PASS;
        }
    };

    /** For a request of this type. */
    Fate outbound(String type);

    /** For a push of this type; {@code ok} and {@code error} are answers. */
    Fate inbound(String type);
}
