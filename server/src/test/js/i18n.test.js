import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import features from "../../main/resources/web/features/index.js";
import en from "../../main/resources/web/i18n/en.js";
import { addTexts, LANGUAGES, t } from "../../main/resources/web/i18n/i18n.js";
import it from "../../main/resources/web/i18n/it.js";
import zh from "../../main/resources/web/i18n/zh.js";

const web = fileURLToPath(new URL("../../main/resources/web/", import.meta.url));

const forms = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry));
const parameters = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

/** The code of a part of the client, without its dictionaries. */
function sources(folder, ...without) {
  return readdirSync(web + folder, { recursive: true })
    .filter((name) => name.endsWith(".js") && !name.includes("i18n/") && !without.some((part) => name.startsWith(part)))
    .map((name) => readFileSync(`${web}${folder}/${name}`, "utf8"))
    .join("\n");
}

const parts = [
  { name: "core", texts: { en, zh, it }, code: sources(".") },
  ...features.map(({ name, texts }) => ({ name, texts, code: sources(`features/${name}`) })),
];

for (const { name, texts, code } of parts) {
  for (const [language, dictionary] of Object.entries(texts)) {
    test(`${name}_${language}_hasAllKeysAndNoOthers`, () => {
      assert.deepEqual(Object.keys(dictionary).sort(), Object.keys(texts.en).sort());
      assert.ok(LANGUAGES[language]);
    });

    test(`${name}_${language}_hasATextForEachKey_withTheSameParameters`, () => {
      for (const [key, entry] of Object.entries(dictionary)) {
        for (const text of forms(entry)) {
          assert.ok(text.trim(), key);
          assert.deepEqual(parameters(text), parameters(forms(texts.en[key]).at(-1)), key);
        }
      }
    });

    // Durations and limits are settings: the server sends them.
    test(`${name}_${language}_namesNoTimeThatIsASetting`, () => {
      for (const [key, entry] of Object.entries(dictionary)) {
        for (const text of forms(entry)) assert.doesNotMatch(text, /\b24|\d+ ?(hours?|ore|小时)/, key);
      }
    });

    test(`${name}_${language}_hasThePluralsOfItsGrammar`, () => {
      const rules = new Intl.PluralRules(language);
      for (const [key, entry] of Object.entries(dictionary)) {
        assert.equal(typeof entry, typeof texts.en[key], `${key} is a plural in one language and not in the other`);
        if (typeof entry === "string") continue;
        for (const n of [0, 1, 2, 5, 11, 100]) assert.ok(entry[rules.select(n)] ?? entry.other, `${key} for ${n}`);
        if (rules.select(1) === "one") assert.ok(entry.one, key);
      }
    });
  }

  test(`${name}_everyKey_isUsed`, () => {
    // Those about groups and the names of symbols are put together from parts.
    const unused = Object.keys(texts.en).filter(
      (key) => !code.includes(`"${key}"`) && !/^group\.|^call\.symbol_/.test(key),
    );
    assert.deepEqual(unused, []);
  });
}

test("it_textsForOne_areSingular", () => {
  const texts = Object.assign({}, ...parts.map((part) => part.texts.it));
  assert.equal(texts["list.unread"].one, "{n} non letto");
  assert.equal(texts["envelope.left"].one, "Ne resta {n} su {count}");
});

test("addTexts_ofAFeature_areFound_andNoKeyIsDefinedTwice", () => {
  const texts = (text) => ({ en: { "polls.title": text }, zh: { "polls.title": text }, it: { "polls.title": text } });
  assert.equal(t("polls.title"), "polls.title");
  addTexts(texts("Poll: {name}"));
  assert.equal(t("polls.title", { name: "Lunch" }), "Poll: Lunch");
  assert.throws(() => addTexts(texts("Another")), /"polls.title" \(en\) is already defined/);
});
