package im.hongyan.local.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The users of the demo and their messages. */
final class DemoScript {
    /** Username to display name. */
    static final Map<String, String> USERS = new LinkedHashMap<>();

    static {
        USERS.put("lin", "林小雨");
        USERS.put("marco", "Marco Rossi");
        USERS.put("amina", "Amina Haddad");
        USERS.put("sam", "Sam Okafor");
        USERS.put("yuki", "田中ゆき");
        USERS.put("nora", "Nora Lindqvist");
    }

    /**
     * A conversation. Its id and the numbers of its lines form the client ids.
     *
     * @param title of a group; null for a direct conversation
     * @param users the members; the first one creates it
     * @param readBy the users who have read all messages
     */
    record Talk(String id, String title, List<String> users, List<Line> lines, List<String> readBy) {}

    /**
     * @param answers the number of the line that this one replies to, from 1; 0 for none
     * @param mentions the mentioned user, or null
     * @param reactions emoji by user
     */
    record Line(String who, String text, int answers, String mentions, Map<String, String> reactions) {
        Line answering(int line) {
            return new Line(who, text, line, mentions, reactions);
        }

        Line mentioning(String user) {
            return new Line(who, text, answers, user, reactions);
        }

        Line with(String user, String emoji) {
            Map<String, String> more = new LinkedHashMap<>(reactions);
            more.put(user, emoji);
            return new Line(who, text, answers, mentions, more);
        }
    }

    /** In chronological order: the last one is at the top of each user's list. */
    static final List<Talk> TALKS = List.of(
            new Talk(
                    "letters",
                    null,
                    List.of("amina", "lin"),
                    List.of(say("amina", "مرحبا لين، هل وصلت رسالتي؟"), say("lin", "وصلت! Loud and clear.")),
                    List.of("amina", "lin")),
            new Talk(
                    "football",
                    "Calcetto ⚽",
                    List.of("marco", "sam", "nora"),
                    List.of(
                            say("marco", "Domenica alle dieci?"),
                            say("nora", "Ci sono! Porto io la palla."),
                            say("sam", "Me too. That makes seven of us.").with("marco", "🎉")),
                    List.of("marco", "sam", "nora")),
            new Talk(
                    "mountains",
                    null,
                    List.of("yuki", "marco"),
                    List.of(
                            say("yuki", "山の上から写真を送るね 🏔️"),
                            say("marco", "Bellissimo, non vedo l'ora.").with("yuki", "❤️")),
                    List.of("yuki", "marco")),
            new Talk(
                    "dawn",
                    null,
                    List.of("sam", "marco"),
                    List.of(
                            say("marco", "When is dawn, exactly?"),
                            say("sam", "At 6:12."),
                            say("sam", "Don't oversleep this time 😄")),
                    List.of("sam")),
            new Talk(
                    "welcome",
                    null,
                    List.of("lin", "marco"),
                    List.of(
                            say("lin", "你好 Marco! 欢迎来到鸿雁 🪿"),
                            say("marco", "Ciao Lin! It was one command, and here we are."),
                            say("lin", "Did it ask you for anything? 它什么都没问我。"),
                            say("marco", "Nothing. PostgreSQL, Redis and the client came along by themselves.")
                                    .with("lin", "👍"),
                            say("lin", "那我们就从这里飞起吧。").answering(2).with("marco", "🪿"),
                            say("marco", "Open a second window as lin and write back: it arrives at once.")),
                    List.of("marco")),
            new Talk(
                    "spring",
                    "Spring migration 🌾",
                    List.of("lin", "marco", "amina", "sam", "yuki", "nora"),
                    List.of(
                            say("lin", "Who flies first this year? 今年谁先飞？"),
                            say("sam", "I have the map. Leaving at dawn.")
                                    .with("amina", "🌅")
                                    .with("nora", "🌅")
                                    .with("lin", "👍"),
                            say("nora", "Over the Po delta, or around it?").answering(2),
                            say("sam", "Over it. The wetlands are full of friends."),
                            say("marco", "I bring the coffee ☕")
                                    .with("lin", "❤️")
                                    .with("sam", "❤️"),
                            say("amina", "@Marco Rossi enough for all of us?").mentioning("marco"),
                            say("marco", "Enough for all of us, and for whoever joins on the way.")
                                    .answering(6),
                            say("yuki", "もう空の上だよ！ See you up there."),
                            say("amina", "A wild goose carries letters, so nobody gets lost.")
                                    .with("lin", "🪿")
                                    .with("yuki", "🪿")
                                    .with("nora", "❤️")),
                    List.of("lin", "marco", "sam", "yuki")));

    private DemoScript() {}

    private static Line say(String who, String text) {
        return new Line(who, text, 0, null, Map.of());
    }
}
