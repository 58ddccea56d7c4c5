/**
 * A mention in a text that is being written: the user, and where "@" and the name are, in UTF-16 units.
 * @typedef {{user: string, at: number, length: number}} Mention
 */

const WORD = /^[\p{L}\p{M}\p{N}_]/u;

/**
 * Finds the mentions in a text, in ascending order. Of names that begin alike the longest matches. A name that
 * another letter or digit follows is not mentioned: "@Alice" does not mention Al.
 * @param {string} text
 * @param {{user: string, name: string}[]} mentioned the mentioned users; two may have the same name
 * @returns {Mention[]}
 */
export function findMentions(text, mentioned) {
  const marks = mentioned
    .filter(({ name }) => name)
    .map(({ user, name }) => ({ user, mark: `@${name}`, found: 0 }))
    .sort((a, b) => b.mark.length - a.mark.length);
  /** @type {Mention[]} */
  const mentions = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at)) {
    const fitting = marks.filter(({ mark }) => text.startsWith(mark, at) && endsAt(text, at + mark.length));
    // Users with the same name are mentioned in turn.
    const longest = fitting.filter(({ mark }) => mark.length === fitting[0].mark.length);
    const [next] = longest.sort((a, b) => a.found - b.found);
    if (next) {
      next.found++;
      mentions.push({ user: next.user, at, length: next.mark.length });
    }
    at += next?.mark.length ?? 1;
  }
  return mentions;
}

/**
 * Moves mentions along with a change of their text. Those that were changed themselves, or that another letter now
 * follows, are left out.
 * @param {Mention[]} mentions
 * @param {string} before
 * @param {string} after
 * @returns {Mention[]}
 */
export function moveMentions(mentions, before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let same = 0;
  while (same < shorter - start && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  const end = before.length - same;
  const moved = after.length - before.length;
  return mentions.flatMap((mention) => {
    const { at, length } = mention;
    if (at + length > start && at < end) return [];
    const now = at + length <= start ? mention : { ...mention, at: at + moved };
    return endsAt(after, now.at + length) ? [now] : [];
  });
}

/** Whether no word continues at this place. @param {string} text @param {number} at */
function endsAt(text, at) {
  return !WORD.test(text.slice(at, at + 2));
}
