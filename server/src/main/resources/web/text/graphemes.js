const segmenter = "Segmenter" in Intl ? new Intl.Segmenter() : null;

/** For browsers without a segmenter: a flag, or a character with its marks and the emoji joined to it. */
const CLUSTER = new RegExp(
  String.raw`\p{Regional_Indicator}{2}|` +
    String.raw`\P{M}[\p{M}\p{Emoji_Modifier}\u{e0020}-\u{e007f}]*(?:\u200d\P{M}?[\p{M}\p{Emoji_Modifier}]*)*|\p{M}+`,
  "gu",
);

/**
 * The characters of a text as users see them. A text may be cut only between two of them.
 * @param {string} text
 * @returns {string[]}
 */
export function graphemes(text) {
  return segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : graphemesByPattern(text);
}

/** @param {string} text @returns {string[]} */
export function graphemesByPattern(text) {
  return text.match(CLUSTER) ?? [];
}

const SHOWS_NOTHING = /^[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}\p{M}]*$/u;

/** The characters of a text that show something. @param {string} text */
export function visibleGraphemes(text) {
  return graphemes(text).filter((grapheme) => !SHOWS_NOTHING.test(grapheme));
}

const TEXT_BY_DEFAULT = /(?!\p{Emoji_Presentation})[\p{Extended_Pictographic}0-9#*](?!\p{Emoji_Modifier})/gu;

/**
 * The one form of an emoji: keyboards differ in whether they write U+FE0F. As on the server, it follows each character
 * that would be shown as text without it, and stands nowhere else.
 * @param {string} emoji one emoji
 */
export function normalizedEmoji(emoji) {
  return emoji.replaceAll("\ufe0f", "").replaceAll(TEXT_BY_DEFAULT, "$&\ufe0f");
}
