package im.hongyan.loadtest.client;

/**
 * Decides what happens to each frame on a link. Called on the connection's event loop. Only whole frames are affected,
 * so that everything that arrives is well-formed.
 */
public interface Faults {
    /** What happens to one frame. */
    enum Fate {
        PASS,
        /** The frame is lost, and the connection stays open. */
        DROP,
        /** The frame arrives twice. */
        DUPLICATE,
        /** The frame arrives after the next one, or a little later if there is none. */
        LATE,
        /** The connection breaks, and the frame is lost. */
        CUT_BEFORE,
        /** The frame arrives, and then the connection breaks. */
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

    /** Decides about a request of this type. */
    Fate outbound(String type);

    /** Decides about a push of this type, or about an answer: {@code ok} or {@code error}. */
    Fate inbound(String type);
}
