import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DICTIONARIES, LANGUAGES } from "../../main/resources/web/i18n/i18n.js";

const web = fileURLToPath(new URL("../../main/resources/web/", import.meta.url));
const { en } = DICTIONARIES;

const forms = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry));
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

for (const [language, dictionary] of Object.entries(DICTIONARIES)) {
  test(`${language}_hasAllKeysAndNoOthers`, () => {
    assert.deepEqual(Object.keys(dictionary).sort(), Object.keys(en).sort());
    assert.ok(LANGUAGES[language]);
  });

  test(`${language}_saysSomethingForEachKey_withTheSameParameters`, () => {
    for (const [key, entry] of Object.entries(dictionary)) {
      for (const text of forms(entry)) {
        assert.ok(text.trim(), key);
        assert.deepEqual(holes(text), holes(forms(en[key]).at(-1)), key);
      }
    }
  });

  // What a server allows, and for how long, it tells itself.
  test(`${language}_namesNoTimeThatIsASetting`, () => {
    for (const [key, entry] of Object.entries(dictionary)) {
      for (const text of forms(entry)) assert.doesNotMatch(text, /\b24|\d+ ?(hours?|ore|小时)/, key);
    }
  });

  test(`${language}_hasThePluralsOfItsGrammar`, () => {
    const rules = new Intl.PluralRules(language);
    for (const [key, entry] of Object.entries(dictionary)) {
      assert.equal(typeof entry, typeof en[key], `${key} is a plural in one language and not in the other`);
      if (typeof entry === "string") continue;
      for (const n of [0, 1, 2, 5, 11, 100]) assert.ok(entry[rules.select(n)] ?? entry.other, `${key} for ${n}`);
      if (rules.select(1) === "one") assert.ok(entry.one, key);
    }
  });
}

test("everyKey_isUsed", () => {
  const sources = readdirSync(web, { recursive: true })
    .filter((name) => name.endsWith(".js") && !name.startsWith("i18n"))
    .map((name) => readFileSync(web + name, "utf8"))
    .join("\n");
  // Those about groups are put together from parts.
  const unused = Object.keys(en).filter((key) => !sources.includes(`"${key}"`) && !key.startsWith("group."));
  assert.deepEqual(unused, []);
});
