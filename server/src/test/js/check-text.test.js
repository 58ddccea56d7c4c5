import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../../scripts/check-text", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hongyan-check-text."));
after(() => rmSync(folder, { recursive: true }));

/** Checks files, given as name and text, and returns the problems that the script prints. */
function check(files, ...options) {
  const paths = Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  });
  const { status, stdout, stderr } = spawnSync(script, [...options, ...paths], { cwd: folder, encoding: "utf8" });
  return { status, problems: stdout.split("\n").filter(Boolean), stderr };
}

test("cleanFiles_pass", () => {
  const wide = "鸿".repeat(120);
  const result = check({
    "clean/Clean.java": `/** Refunds up to {@code limit}. */\nString people = "person";\n// ${wide.slice(3)}\n`,
    "clean/clean.md": `${wide}\n\n| ${"a cell ".repeat(30)} |\n\n- https://example.org/${"path/".repeat(30)}\n`,
    "clean/clean.sql": `SELECT person FROM share; -- The user of each share.\n`,
    "clean/clean.yaml": "answer: {people: []}\npeople?: The users.\n",
    "clean/clean.txt": "somebody\n",
    "clean/web/store/clean.js": `export const label = "People";\n// The people in this conversation.\n`,
  });
  assert.deepEqual(result, { status: 0, problems: [], stderr: "" });
});

test("frozenMigration_isNotChecked_butANewOneIs", () => {
  const migrations = join(dirname(script), "../server/src/main/resources/im/hongyan/wallet/migrations");
  const frozen = join(migrations, "V030__ledger.sql");
  assert.ok(readFileSync(frozen, "utf8").split("\n").some((line) => line.length > 120));
  const { status, stdout } = spawnSync(script, [frozen], { encoding: "utf8" });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: "" });
  const { problems } = check({ "wallet/migrations/V030__ledger.sql": "-- somebody\n" });
  assert.equal(problems.length, 1);
});

test("longLine_isFoundInEachKindOfFile", () => {
  const long = "x".repeat(121);
  for (const name of ["L.java", "l.js", "l.css", "l.html", "l.md", "l.yaml", "l.yml", "l.sql", "l.lua", "l.sh"]) {
    const { status, problems } = check({ [`long/${name}`]: `short\n${long}\n` });
    assert.equal(status, 1, name);
    assert.deepEqual(problems, [`long/${name}:2: 121 columns, at most 120`]);
  }
  const shebang = check({ "long/script": `#!/bin/sh\n# ${long}\n` });
  assert.deepEqual(shebang.problems, ["long/script:2: 123 columns, at most 120"]);
});

test("longLine_exemptionCoversOnlyTableRowsAndBareUrls", () => {
  const url = `https://example.org/${"path/".repeat(30)}`;
  const { problems } = check({
    "exempt/a.md": `See ${url}\n`,
    "exempt/b.yaml": `| ${"a cell ".repeat(30)} |\n`,
    "exempt/C.java": `// ${url}\n/*\n * ${url}\n */\n`,
  });
  assert.deepEqual(
    problems.map((problem) => problem.split(": ")[0]),
    ["exempt/a.md:1", "exempt/b.yaml:1"],
  );
});

test("phrases_areFound", () => {
  const phrases = [
    "whoever watches is told",
    "who asks for it again, or from elsewhere, is told",
    "who left are told",
    "of what",
    "what is no",
    "is none that",
    "so many",
    "somebody",
    "Somebody",
    "nobody else",
    "as it is by then",
    "gone on with",
    "goes on with",
    "a look",
    "all the same",
    "it is asked for",
    "as we take it",
    "of ours",
    "he",
    "his",
    "him",
    "himself",
    "people",
    "person",
  ];
  for (const phrase of phrases) {
    const { status, problems } = check({ "phrase/A.java": `class A {\n    // And ${phrase}, too.\n}\n` });
    assert.equal(status, 1, phrase);
    assert.equal(problems.length, 1, phrase);
    assert.ok(problems[0].startsWith(`phrase/A.java:2: avoid "${phrase}": `), problems[0]);
  }
});

test("phrase_isFoundInMessagesScriptsAndDocuments", () => {
  const files = {
    "where/A.java": `throw new IllegalStateException("somebody");\n`,
    "where/a.js": `const message = "somebody";\n`,
    "where/a.sql": `-- somebody\n`,
    "where/a.lua": `-- somebody\n`,
    "where/a.md": `somebody\n`,
    "where/a.yaml": `summary: somebody\n`,
    "where/web/a.js": `const message = "somebody";\n`,
    "where/script": `#!/bin/sh\necho somebody\n`,
  };
  const { problems } = check(files);
  assert.deepEqual(
    problems.map((problem) => problem.split(":")[0]),
    Object.keys(files).sort(),
  );
});

test("phrase_wrappedInAComment_isFoundWhereItBegins", () => {
  const files = {
    "wrap/A.java": "/**\n * Sends so\n * many frames.\n */\nclass A {}\n// takes a\n// look\n",
    "wrap/a.md": "> it was all the\n> same\n",
    "wrap/a.sql": "-- so\n-- many\n",
    "wrap/script": "#!/bin/sh\n# nobody\n# else\n",
  };
  const { problems } = check(files);
  assert.deepEqual(
    problems.map((problem) => problem.split(":").slice(0, 3).join(":")),
    [
      `wrap/A.java:2: avoid "so many"`,
      `wrap/A.java:6: avoid "a look"`,
      `wrap/a.md:1: avoid "all the same"`,
      `wrap/a.sql:1: avoid "so many"`,
      `wrap/script:2: avoid "nobody else"`,
    ],
  );
});

test("count_printsSumsInsteadOfLines", () => {
  const { status, problems, stderr } = check({ "count/a.md": `so many\n${"x".repeat(121)}\nhis\n` }, "--count");
  assert.equal(status, 1);
  assert.equal(problems.length, 1);
  assert.match(problems[0], /: 1 long lines, 2 phrases$/);
  assert.equal(stderr, "check-text: 3 problems\n");
});
