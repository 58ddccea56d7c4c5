import assert from "node:assert/strict";
import { test } from "node:test";
import { findMentions, moveMentions } from "../../main/resources/web/text/mentions.js";
import { pieces } from "../../main/resources/web/text/rich.js";
import { seeded } from "./fakes.js";

const AL = { user: "1", name: "Al" };
const ALICE = { user: "2", name: "Alice" };
const LI = { user: "3", name: "李雷" };
const marked = (text, mentioned) =>
  findMentions(text, mentioned).map(({ user, at, length }) => [user, text.slice(at, at + length)]);

test("findMentions_ofNamesThatBeginAlike_findsTheOneThatIsWritten", () => {
  assert.deepEqual(marked("@Alice", [AL]), []);
  assert.deepEqual(marked("@Al, @Alice!", [AL, ALICE]), [
    ["1", "@Al"],
    ["2", "@Alice"],
  ]);
  for (const longer of ["@Al2", "@Al_x", "@Ale\u0301", "@Al\u0301", "@Al𝒜", "@Al雁"]) {
    assert.deepEqual(marked(longer, [AL]), [], longer);
  }
  for (const whole of ["@Al", "@Al.", "@Al's", "@Al\n", "@Al🪿", "@Al@", "看@Al，"]) {
    assert.deepEqual(marked(whole, [AL]), [["1", "@Al"]], whole);
  }
  assert.deepEqual(marked("@李雷，你好 @李雷 好", [LI]), [
    ["3", "@李雷"],
    ["3", "@李雷"],
  ]);
});

test("findMentions_ofTheSameName_takesTheUsersInTurn", () => {
  const twin = { user: "9", name: "Al" };
  assert.deepEqual(marked("@Al and @Al", [AL, twin]), [
    ["1", "@Al"],
    ["9", "@Al"],
  ]);
});

test("findMentions_ofManyAts_isFast", () => {
  const started = performance.now();
  assert.equal(findMentions("@".repeat(16_000), Array(500).fill(AL)).length, 0);
  assert.ok(performance.now() - started < 2_000);
});

test("pieces_ofALongerName_areNoMention", () => {
  assert.deepEqual(pieces("@Alice", ["Al"]), [{ kind: "text", text: "@Alice" }]);
  assert.deepEqual(
    pieces("Hi @Al!", ["Al"]).map(({ kind, text }) => [kind, text]),
    [
      ["text", "Hi "],
      ["mention", "@Al"],
      ["text", "!"],
    ],
  );
});

test("moveMentions_followsChangesAround_andDropsWhatChanged", () => {
  const text = "Hi @Al and @Alice.";
  const mentions = findMentions(text, [AL, ALICE]);
  const after = (changed) =>
    moveMentions(mentions, text, changed).map(({ user, at, length }) => [user, changed.slice(at, at + length)]);
  const both = [
    ["1", "@Al"],
    ["2", "@Alice"],
  ];
  assert.deepEqual(after(text), both);
  assert.deepEqual(after(`So: ${text}`), both);
  assert.deepEqual(after(`${text} Come!`), both);
  assert.deepEqual(after("Hi @Al, dear, and @Alice."), both);
  assert.deepEqual(after("Hi @Al @Alice."), both);
  assert.deepEqual(after("Hi @Alf and @Alice."), [["2", "@Alice"]], "continued");
  assert.deepEqual(after("Hi @A and @Alice."), [["2", "@Alice"]], "shortened");
  assert.deepEqual(after("Hi Al and @Alice."), [["2", "@Alice"]], "no longer one");
  assert.deepEqual(after("Hi @Aland @Alice."), [["2", "@Alice"]], "joined to the next word");
  assert.deepEqual(after("Hi @Al"), [["1", "@Al"]]);
  assert.deepEqual(after(""), []);
});

test("moveMentions_afterRandomChanges_pointAtTheirNames", () => {
  const random = seeded(7);
  const below = (n) => Math.floor(random() * n);
  for (let run = 0; run < 300; run++) {
    let text = "@Al x @Alice, @李雷 ";
    let mentions = findMentions(text, [AL, ALICE, LI]);
    for (let step = 0; step < 10; step++) {
      const start = below(text.length + 1);
      const end = Math.min(text.length, start + below(4));
      const changed = text.slice(0, start) + "@Al ice雷".slice(0, below(9)) + text.slice(end);
      mentions = moveMentions(mentions, text, changed);
      text = changed;
      for (const { user, at, length } of mentions) {
        const { name } = [AL, ALICE, LI].find((known) => known.user === user);
        assert.equal(text.slice(at, at + length), `@${name}`);
      }
    }
  }
});
