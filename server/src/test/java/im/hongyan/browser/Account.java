package im.hongyan.browser;

/** The data of a user that sign-up and sign-in ask for. */
record Account(String username, String displayName, String password) {
    static final String PASSWORD = "seven grey geese";
}
