/** @import { Member } from "../client/types.js" */
/** @import { Hongyan } from "../hongyan.js" */

/** A group has at most 500 members: an endless list of pages is cut off here. */
const MAX_PAGES = 50;

/** @param {Hongyan} client @param {string} conversation @returns {Promise<Member[]>} */
export function allMembers(client, conversation) {
  return pages(client, "group.members", { conversation }, "members");
}

/**
 * The users who have read up to `seq` or further.
 * @param {Hongyan} client
 * @param {string} conversation
 * @param {number} seq
 * @returns {Promise<{user: string, seq: number}[]>}
 */
export function allReaders(client, conversation, seq) {
  return pages(client, "read.by", { conversation, seq }, "readers");
}

/**
 * @param {Hongyan} client
 * @param {string} type
 * @param {object} data
 * @param {string} field
 */
async function pages(client, type, data, field) {
  const all = [];
  let cursor;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await client.request(type, { ...data, cursor });
    all.push(...answer[field]);
    cursor = answer.cursor;
    if (!cursor) break;
  }
  return all;
}
