import assert from "node:assert/strict";
import { test } from "node:test";
import { fullJitter, onClose } from "../../main/resources/web/client/backoff.js";
import { newClientId } from "../../main/resources/web/client/ids.js";
import { deviceName } from "../../main/resources/web/text/device.js";
import { graphemes, graphemesByPattern, normalizedEmoji } from "../../main/resources/web/text/graphemes.js";
import { onlyEmoji, pieces, utf8Length } from "../../main/resources/web/text/rich.js";
import { initials } from "../../main/resources/web/views/avatar.js";
import { seeded } from "./fakes.js";

const links = (text) =>
  pieces(text)
    .filter(({ kind }) => kind === "link")
    .map(({ text: shown, href }) => [shown, href]);
const together = (found) => found.map(({ text }) => text).join("");

test("pieces_ofLinksInSentences_excludePunctuation", () => {
  assert.deepEqual(links("See https://a.example/x?y=1#z. Then"), [
    ["https://a.example/x?y=1#z", "https://a.example/x?y=1#z"],
  ]);
  assert.deepEqual(links("(http://a.example/b_(c))"), [["http://a.example/b_(c)", "http://a.example/b_(c)"]]);
  assert.deepEqual(links("看 https://a.example/雁。好"), [["https://a.example/雁", "https://a.example/%E9%9B%81"]]);
  assert.deepEqual(links("www.a.example, ok"), [["www.a.example", "https://www.a.example/"]]);
});

test("pieces_ofOtherSchemes_areNoLinks", () => {
  for (const text of [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc",
    "xhttps://",
    "https://",
    "a@b.example",
  ]) {
    assert.deepEqual(links(text), [], text);
  }
});

test("pieces_ofLinksInOtherScripts_linkOnlyTheAddress", () => {
  /** @type {[string, string[]][]} a text, and what of it is linked */
  const table = [
    ["看https://example.com/a谢谢", ["https://example.com/a"]],
    ["看https://example.com谢谢", ["https://example.com"]],
    ["看https://example.com/?q=1谢谢https://b.example/2好", ["https://example.com/?q=1", "https://b.example/2"]],
    ["https://example.com:8080谢谢", ["https://example.com:8080"]],
    ["https://example.com/a，谢谢", ["https://example.com/a"]],
    ["https://example.com에서 봐", ["https://example.com"]],
    ["https://example.com/aをみて", ["https://example.com/a"]],
    ["https://example.com/aشكرا", ["https://example.com/a"]],
    ["https://example.com/a👍", ["https://example.com/a"]],
    ["https://zh.example/wiki/鸿雁#飞行", ["https://zh.example/wiki/鸿雁#飞行"]],
    ["https://fr.example/Café_é", ["https://fr.example/Café_é"]],
    ["https://ru.example/путь?x=да", ["https://ru.example/путь?x=да"]],
    ["https://bücher.example/", ["https://bücher.example/"]],
    ["https://例子.中国/路", ["https://例子.中国/路"]],
    ["http://[::1]:8080/x.", ["http://[::1]:8080/x"]],
    ["http://localhost:8080/", ["http://localhost:8080/"]],
    ["https://10.0.0.1/x", ["https://10.0.0.1/x"]],
  ];
  for (const [text, linked] of table) {
    assert.deepEqual(
      links(text).map(([shown]) => shown),
      linked,
      text,
    );
  }
});

test("pieces_ofDeceptiveLinks_linkTheHonestPartOrNothing", () => {
  /** @type {[string, string[]][]} */
  const table = [
    ["https://a.example/x\u202egnp.exe", ["https://a.example/x"]],
    ["https://a.example\u202e/x", ["https://a.example"]],
    ["https://a.example/x\u200b", ["https://a.example/x"]],
    ["https://a.example/x\u2066y\u2069", ["https://a.example/x"]],
    ["https://a.example/\ufeffx", ["https://a.example/"]],
    ["https://a.example/\u3164x", ["https://a.example/"]],
    ["https://a\u200d.example", ["https://a"]],
    ["https://a.example\\@evil.example", ["https://a.example"]],
    ["https://a.example@evil.example/", []],
    ["https://a:b@evil.example/", []],
    ["https://p\u0430ypal.example/", []],
    ["https://\u0430pple.example/", []],
    ["https://\u2100.example/", []],
    ["https://\u{1d41a}.example/", []],
    ["https://---/", []],
    ["https://a.example:99999/", []],
    [`https://${"a".repeat(254)}/`, []],
  ];
  for (const [text, linked] of table) {
    assert.deepEqual(
      links(text).map(([shown]) => shown),
      linked,
      JSON.stringify(text),
    );
  }
});

test("pieces_ofRandomTexts_keepTheTextAndLinkOnlyAllowedCharacters", () => {
  const parts = [
    ..."aZ09é雁ж한ش\u0301. /?#@:%-_()[]'\"，。<>\\\n",
    ..."\u00ad\u034f\u061c\u200b\u200d\u200e\u202e\u2066\u2069\u3164\ufe0f\ufeff",
    ...["https://", "http://", "www.", "a.example", "例子.中国", "👍", "\ud800", "%E9", "@Bob"],
  ];
  const hidden = /[\p{Default_Ignorable_Code_Point}\p{Control}\s\p{Extended_Pictographic}]/u;
  let found = 0;
  for (let seed = 1; seed <= 20_000; seed++) {
    const random = seeded(seed * 7919);
    const text = Array.from({ length: 1 + random() * 14 }, () => parts[Math.floor(random() * parts.length)]).join("");
    assert.equal(together(pieces(text, ["Bob"])), text, `seed ${seed}`);
    for (const [shown, href] of links(text)) {
      found++;
      assert.match(shown, /^(https?:\/\/|www\.)/, `seed ${seed}`);
      assert.doesNotMatch(shown.replaceAll(/[0-9#]/g, ""), hidden, `seed ${seed}`);
      const url = new URL(href);
      assert.match(url.hostname, /^[a-z0-9._[\]:-]+$/, `seed ${seed}`);
      assert.equal(url.username + url.password, "", `seed ${seed}`);
    }
  }
  assert.ok(found > 1_000, `${found} links`);
});

test("pieces_joined_areTheText", () => {
  const text = "a @Bob <b>https://x.example</b> @Bobby\n\n  www.y.example!!! 末";
  assert.equal(together(pieces(text, ["Bob", "Bobby"])), text);
});

test("pieces_ofOverlappingNames_preferTheLonger", () => {
  const found = pieces("@Bobby and @Bob", ["Bob", "Bobby"]).filter(({ kind }) => kind === "mention");
  assert.deepEqual(
    found.map(({ text }) => text),
    ["@Bobby", "@Bob"],
  );
});

test("onlyEmoji_countsGraphemes", () => {
  assert.equal(onlyEmoji("❤️"), 1);
  assert.equal(onlyEmoji("👩‍👩‍👧‍👦 🇮🇹"), 2);
  assert.equal(onlyEmoji("👍🏽"), 1);
  for (const text of ["", "  ", "a", "12", "#", "👍 ok", "👍".repeat(7)]) assert.equal(onlyEmoji(text), 0, text);
});

test("utf8Length_countsBytes", () => {
  assert.equal(utf8Length("aé雁🪿"), 1 + 2 + 3 + 4);
});

test("initials_dependOnTheScript", () => {
  const expected = {
    "Ada Okafor": "AO",
    ada: "A",
    林美: "林美",
    欧阳修文: "修文",
    "أمينة حداد": "أ",
    "": "·",
    "  ": "·",
    "émile zola": "ÉZ",
    "🇨🇳 Li": "🇨🇳L",
    "👨‍👩‍👧‍👦 Rossi": "👨‍👩‍👧‍👦R",
    "👍🏽": "👍🏽",
    "e\u0301mile zola": "E\u0301Z",
    "नि शा": "निशा",
    "\u200bAda \u2066Okafor\u2069": "AO",
    "\u3164 \u200b": "·",
    葛󠄀城市: "城市",
    "1️⃣ One": "1️⃣O",
  };
  for (const [name, letters] of Object.entries(expected)) assert.equal(initials(name), letters, name);
});

test("deviceName_namesTheBrowserItself", () => {
  const edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0";
  const phone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Mobile Safari/604.1";
  assert.equal(deviceName(edge), "Edge, Windows");
  assert.equal(deviceName(phone), "Safari, iPhone");
  assert.equal(deviceName("curl"), "Browser");
});

test("fullJitter_growsToItsCap_andUsesTheWholeRange", () => {
  assert.equal(
    fullJitter(0, () => 0),
    0,
  );
  assert.equal(
    fullJitter(0, () => 1),
    500,
  );
  assert.equal(
    fullJitter(3, () => 1),
    4_000,
  );
  assert.equal(
    fullJitter(100, () => 1),
    30_000,
  );
});

test("onClose_parsesTheDelay", () => {
  assert.deepEqual(onClose(1013, "retry=1500 busy"), { action: "reconnect", afterMs: 1_500 });
  assert.deepEqual(onClose(1012, ""), { action: "reconnect" });
  assert.deepEqual(onClose(1012, "retry=99999999"), { action: "reconnect", afterMs: 300_000 });
  assert.deepEqual(onClose(1006, "retry=5"), { action: "reconnect" });
});

test("newClientId_isShortAndUnique", () => {
  const ids = new Set(Array.from({ length: 1_000 }, newClientId));
  assert.equal(ids.size, 1_000);
  for (const id of ids) assert.match(id, /^[0-9a-hjkmnp-tv-z]{26}$/);
});

test("pieces_ofALinkWithThousandsOfBrackets_areFast", () => {
  const started = performance.now();
  const [link, rest] = pieces(`http://goose.example/${")".repeat(16_000)}`);
  assert.equal(link.text, "http://goose.example/");
  assert.equal(rest.text.length, 16_000);
  assert.ok(performance.now() - started < 2_000, "it takes some milliseconds; cut bracket by bracket, many seconds");
});

test("pieces_ofRepeatedParts_areFast", () => {
  const started = performance.now();
  for (const part of ["www.a.", "https://a:99999/", "https://", "雁a", "a\u0301", "-_"]) {
    pieces(`https://a.example/${part.repeat(16_000 / part.length)}`);
    pieces(part.repeat(16_000 / part.length));
  }
  assert.ok(performance.now() - started < 5_000, "it takes some hundred milliseconds");
});

test("graphemes_withAndWithoutASegmenter_areWhatUsersSee", () => {
  const table = [
    ["🇨🇳🇮🇹", ["🇨🇳", "🇮🇹"]],
    ["👨‍👩‍👧‍👦a", ["👨‍👩‍👧‍👦", "a"]],
    ["👍🏽👍", ["👍🏽", "👍"]],
    ["❤️❤", ["❤️", "❤"]],
    ["e\u0301x", ["e\u0301", "x"]],
    ["1️⃣2", ["1️⃣", "2"]],
    ["🏴󠁧󠁢󠁥󠁮󠁧󠁿!", ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "!"]],
    ["雁鸿", ["雁", "鸿"]],
    ["", []],
  ];
  for (const [text, expected] of table) {
    assert.deepEqual(graphemes(text), expected, text);
    assert.deepEqual(graphemesByPattern(text), expected, text);
  }
});

test("normalizedEmoji_isTheSameForAllForms", () => {
  const table = {
    "❤": "❤️",
    "❤️": "❤️",
    "👍": "👍",
    "👍️": "👍",
    "☝🏽": "☝🏽",
    "☝️🏽": "☝🏽",
    "1⃣": "1️⃣",
    "1️⃣": "1️⃣",
    "❤‍🔥": "❤️‍🔥",
    "🏳‍🌈": "🏳️‍🌈",
    "🇨🇳": "🇨🇳",
    "⭐": "⭐",
    "👨‍👩‍👧": "👨‍👩‍👧",
  };
  for (const [written, form] of Object.entries(table)) assert.equal(normalizedEmoji(written), form, written);
});
