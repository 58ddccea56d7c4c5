package im.hongyan.identity;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.util.List;

/** The requests, with the checks that need no store. */
final class IdentityRequests {
    private static final int MAX_USERS = 200;

    private IdentityRequests() {}

    /** A request without fields. */
    record Empty() {}

    /** @param displayName the username as typed if absent */
    record Register(Username username, Password password, DisplayName displayName, DeviceName device) {
        Register {
            Check.present("username", username);
            Check.present("password", password).choose("password", username.text());
            if (username.reserved()) {
                throw Rejection.conflict("username.taken", "this username is reserved")
                        .at("username");
            }
            displayName = displayName == null ? new DisplayName(username.typed()) : displayName;
        }
    }

    record SignIn(Username username, Password password, DeviceName device) {
        SignIn {
            Check.present("username", username);
            Check.present("password", password);
        }
    }

    record Refresh(RefreshToken refreshToken) {
        Refresh {
            Check.present("refreshToken", refreshToken);
        }
    }

    record RevokeSession(SessionId id) {
        RevokeSession {
            Check.present("id", id);
        }
    }

    record Rename(DisplayName displayName) {
        Rename {
            Check.present("displayName", displayName);
        }
    }

    record ChangePassword(Password oldPassword, Password newPassword) {
        ChangePassword {
            Check.present("oldPassword", oldPassword);
            // The username, which it must not be, is not known yet.
            Check.present("newPassword", newPassword).choose("newPassword", "");
        }
    }

    record Delete(Password password) {
        Delete {
            Check.present("password", password);
        }
    }

    record Find(Username username) {
        Find {
            Check.present("username", username);
        }
    }

    record GetUsers(List<UserId> users) {
        GetUsers {
            users = Check.distinct("users", Check.present("users", users), MAX_USERS);
        }
    }
}
