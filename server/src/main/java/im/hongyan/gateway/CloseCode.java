package im.hongyan.gateway;

/** The WebSocket close codes that the server sends; each tells the client what to do next. */
public final class CloseCode {
    /** Reconnect: the client was silent for too long, or the connection was lost. */
    public static final int GOING_AWAY = 1001;

    /** Never sent: the connection ended without a close frame. */
    static final int ABNORMAL = 1006;

    public static final int UNSUPPORTED_DATA = 1003;
    public static final int INVALID_TEXT = 1007;
    public static final int TOO_BIG = 1009;
    /** Reconnect: this node is shutting down. The reason contains {@code retry=<ms>}. */
    public static final int RESTART = 1012;
    /** Reconnect later: the socket does not drain. The reason contains {@code retry=<ms>}. */
    public static final int TRY_AGAIN = 1013;
    /** Stop: the session is signed out. */
    public static final int SIGNED_OUT = 4001;
    /** Stop: the session opened too many sockets, and this was the oldest. */
    public static final int REPLACED = 4002;
    /** Stop: the client does not speak the protocol. */
    public static final int PROTOCOL_ERROR = 4003;

    private CloseCode() {}
}
