import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { onKeyDown } from "../../main/resources/web/views/keys.js";

const WEB = new URL("../../main/resources/web/", import.meta.url);

test("sources_listenToKeys_onlyThroughOnKeyDown", () => {
  const all = readdirSync(WEB, { recursive: true });
  const files = all.filter((file) => file.endsWith(".js") && file !== "views/keys.js");
  assert.ok(files.includes("views/composer.js"));
  const listens = /addEventListener\(\s*["'`]key|(?<!const )\bonkey(down|up|press)\s*[:=]/;
  const direct = files.filter((file) => listens.test(readFileSync(new URL(file, WEB), "utf8")));
  assert.deepEqual(direct, []);
});

test("onKeyDown_withKeyOfInputMethod_ignoresIt", () => {
  const target = new EventTarget();
  const heard = [];
  const stop = onKeyDown(target, (event) => heard.push(event.key));
  const press = (key, fields = {}) => target.dispatchEvent(Object.assign(new Event("keydown"), { key, ...fields }));
  press("Escape", { isComposing: true });
  press("Enter", { keyCode: 229 });
  press("Enter", { keyCode: 13 });
  stop();
  press("Escape", { keyCode: 27 });
  assert.deepEqual(heard, ["Enter"]);
});
