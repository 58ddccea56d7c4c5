package im.hongyan.timeline;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SingleLine;
import im.hongyan.protocol.UserId;
import java.util.List;

/** The frames of groups, and the content of the entries that they lead to. */
final class GroupFrames {
    static final int MAX_MEMBERS = 500;
    private static final int MAX_TITLE_BYTES = 256;

    private GroupFrames() {}

    record Create(String clientId, String title, List<UserId> members) {
        public Create {
            Check.clientId(clientId);
            title = titled(title);
            members = Check.distinct("members", members, MAX_MEMBERS);
        }
    }

    record Add(ConversationId conversation, List<UserId> users, String clientId) {
        public Add {
            Check.present("conversation", conversation);
            users = Check.nonEmptyDistinct("users", users, MAX_MEMBERS);
            clientId = orRandom(clientId);
        }
    }

    record Remove(ConversationId conversation, List<UserId> users, String clientId) {
        public Remove {
            Check.present("conversation", conversation);
            users = Check.nonEmptyDistinct("users", users, MAX_MEMBERS);
            clientId = orRandom(clientId);
        }
    }

    record Leave(ConversationId conversation, String clientId) {
        public Leave {
            Check.present("conversation", conversation);
            clientId = orRandom(clientId);
        }
    }

    record Rename(ConversationId conversation, String title, String clientId) {
        public Rename {
            Check.present("conversation", conversation);
            title = titled(title);
            clientId = orRandom(clientId);
        }
    }

    record SetRole(ConversationId conversation, UserId user, Role role, String clientId) {
        public SetRole {
            Check.present("conversation", conversation);
            Check.present("user", user);
            Check.present("role", role);
            clientId = orRandom(clientId);
        }
    }

    record History(ConversationId conversation, Boolean open, String clientId) {
        public History {
            Check.present("conversation", conversation);
            Check.present("open", open);
            clientId = orRandom(clientId);
        }
    }

    record ListMembers(ConversationId conversation, UserId cursor) {
        public ListMembers {
            Check.present("conversation", conversation);
        }
    }

    record Member(UserId user, Role role, long joinedSeq) {}

    record MemberList(List<Member> members, long version, UserId cursor) {}

    record Done(long seq) {}

    /** The content of a {@code group} entry. */
    record Change(String change, List<UserId> users, String title, Role role, Boolean open) {
        static Change of(String change, List<UserId> users) {
            return new Change(change, users, null, null, null);
        }
    }

    /** A title is one line of text, because lists and notifications show it in one line. */
    private static String titled(String typed) {
        Check.text("title", typed, MAX_TITLE_BYTES);
        try {
            return Check.text("title", SingleLine.of("a title", typed, MAX_TITLE_BYTES), MAX_TITLE_BYTES);
        } catch (Rejection rejection) {
            throw rejection.at("title");
        }
    }

    private static String orRandom(String clientId) {
        return clientId == null ? Id.Text.encode(Id.next()) : Check.optionalClientId(clientId);
    }
}
