package im.hongyan.timeline;

import java.time.Instant;

/**
 * Where an entry stands in its log.
 *
 * @param version of the member list as of this entry
 * @param fresh false if the entry was there already and this is the first answer again
 */
public record Appended(long seq, Instant at, long version, boolean fresh) {
    /** What the client is answered. */
    public record Answer(long seq, Instant at) {}

    public Answer answer() {
        return new Answer(seq, at);
    }
}
