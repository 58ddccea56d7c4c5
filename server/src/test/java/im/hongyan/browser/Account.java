package im.hongyan.browser;

/** Who somebody is, for the forms. */
record Account(String username, String displayName, String password) {
    static final String PASSWORD = "seven grey geese";
}
