package im.hongyan.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class Argon2Test {
    private static final Argon2 SMALL = new Argon2(64, 1);
    private static final Password PASSWORD = Password.of("correct horse");

    @Test
    void verify_matchesOnlyThePassword() {
        String phc = SMALL.hash(PASSWORD);

        assertThat(phc).startsWith("$argon2id$v=19$m=64,t=1,p=1$");
        assertThat(Argon2.verify(PASSWORD, phc)).isTrue();
        assertThat(Argon2.verify(Password.of("correct hors"), phc)).isFalse();
    }

    @Test
    void hash_samePasswordTwice_differs() {
        assertThat(SMALL.hash(PASSWORD)).isNotEqualTo(SMALL.hash(PASSWORD));
    }

    /** Made by the reference implementation: argon2 -id with these parameters, salt "somesalt", password "password". */
    @Test
    void verify_hashOfReferenceImplementation_matches() {
        String phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

        assertThat(Argon2.verify(Password.of("password"), phc)).isTrue();
    }

    @Test
    void dummy_anyPassword_doesNotMatch() {
        assertThat(Argon2.verify(PASSWORD, SMALL.dummy())).isFalse();
    }

    @Test
    void outdated_otherParameters_isTrue() {
        assertThat(SMALL.outdated(SMALL.hash(PASSWORD))).isFalse();
        assertThat(new Argon2(64, 2).outdated(SMALL.hash(PASSWORD))).isTrue();
        assertThat(new Argon2(128, 1).outdated(SMALL.hash(PASSWORD))).isTrue();
    }

    @Test
    void verify_unknownFormat_throws() {
        assertThatThrownBy(() -> Argon2.verify(PASSWORD, "$2a$10$abcdefghijklmnopqrstuv"))
                .isInstanceOf(IllegalStateException.class);
    }
}
