import assert from "node:assert/strict";
import { test } from "node:test";
import { fullJitter, onClose } from "../../main/resources/web/client/backoff.js";
import { newClientId } from "../../main/resources/web/client/ids.js";
import { deviceName } from "../../main/resources/web/text/device.js";
import { onlyEmoji, pieces, utf8Length } from "../../main/resources/web/text/rich.js";
import { initials } from "../../main/resources/web/views/avatar.js";

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
