# shellcheck shell=sh
# Sourced by scripts that need programs which a new machine lacks. A script first names everything it needs, then
# calls install_missing once:
#
#   need_jdk
#   need haproxy haproxy
#   install_missing 'The tests need programs that are not installed'

missing=

# Prints the major version of the Java compiler, or 0 if there is none.
jdk_version() {
    "${JAVA_HOME:+$JAVA_HOME/bin/}javac" -version 2>&1 | sed -n 's/^javac \([0-9][0-9]*\).*/\1/p' | grep . || echo 0
}

# need COMMAND PACKAGE: if the command is missing, notes the Debian package that provides it.
need() {
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

# Notes Debian's JDK as missing if there is no JDK 17 or newer.
need_jdk() {
    [ "$(jdk_version)" -lt 17 ] || return 0
    if [ -n "${JAVA_HOME:-}" ]; then
        echo "JAVA_HOME is $JAVA_HOME, which is not a JDK 17 or newer: correct it or unset it." >&2
        exit 1
    fi
    missing="$missing default-jdk-headless"
}

# install_missing MESSAGE: installs the missing packages as root on Debian. Elsewhere it prints the message with the
# command to run, and exits.
install_missing() {
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "$1 (Debian: apt-get install$missing)." >&2
        exit 1
    fi
    echo "Installing$missing" >&2
    (
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # $missing is a list of words.
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $missing
    ) </dev/null >/dev/null
    missing=
    # The release's default JDK may be older than 17.
    if [ "$(jdk_version)" -lt 17 ]; then
        echo "Hongyan needs a JDK 17 or newer, and the one installed is version $(jdk_version)." >&2
        exit 1
    fi
}
