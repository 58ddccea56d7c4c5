package im.hongyan.local.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who is in the demo and what they say to each other. */
final class DemoScript {
    /** Username to display name. */
    static final Map<String, String> PEOPLE = new LinkedHashMap<>();

    static {
        PEOPLE.put("lin", "林小雨");
        PEOPLE.put("marco", "Marco Rossi");
        PEOPLE.put("amina", "Amina Haddad");
        PEOPLE.put("sam", "Sam Okafor");
        PEOPLE.put("yuki", "田中ゆき");
        PEOPLE.put("nora", "Nora Lindqvist");
    }

    /**
     * A conversation, told anew at each start: its id and the places of its lines make the client ids.
     *
     * @param title of a group; null when it is between two
     * @param people whoever is first begins it
     * @param readBy those who have read all of it
     */
    record Talk(String id, String title, List<String> people, List<Line> lines, List<String> readBy) {}

    /**
     * @param answers the line that this one answers, from 1; 0 for none
     * @param mentions whom it mentions, or null
     * @param reactions who reacts, to what
     */
    record Line(String who, String text, int answers, String mentions, Map<String, String> reactions) {
        Line answering(int line) {
            return new Line(who, text, line, mentions, reactions);
        }

        Line mentioning(String person) {
            return new Line(who, text, answers, person, reactions);
        }

        Line with(String person, String emoji) {
            Map<String, String> more = new LinkedHashMap<>(reactions);
            more.put(person, emoji);
            return new Line(who, text, answers, mentions, more);
        }
    }

    /** In the order in which they happen: what is last stands first in everybody's list. */
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
