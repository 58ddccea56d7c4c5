/**
 * The two documents in the form that the page needs: references resolved, and operations grouped.
 *
 * @typedef {Record<string, any>} Json
 * @typedef {{about: string, name: string, frames: Frame[], pushes: Frame[], calls: Call[]}} Group
 * @typedef {{id: string, type: string, operation: Json, data: Json, answer?: Json, examples: Json[]}} Frame
 * @typedef {{id: string, method: string, path: string, operation: Json, examples: Json[]}} Call
 */

export class Model {
  /**
   * @param {Json} frames AsyncAPI
   * @param {Json} http OpenAPI
   */
  constructor(frames, http) {
    this.frames = frames;
    this.http = http;
    /** @type {Map<string, string>} the names of the ids in the examples */
    this.cast = new Map(Object.entries(frames["x-cast"]).map(([name, id]) => [id, name]));
    this.groups = this.#groups();
  }

  get version() {
    return this.frames.info.version;
  }

  /** The chapters of the guide. */
  get chapters() {
    return this.frames.info.description
      .split(/^## /m)
      .filter(Boolean)
      .map((/** @type {string} */ part) => {
        const end = part.indexOf("\n");
        const title = part.slice(0, end).trim();
        return { id: slug(title), title, text: part.slice(end).trim() };
      });
  }

  /** The named types of both documents. @returns {[string, Json][]} */
  get types() {
    const all = { ...this.frames.components.schemas, ...this.http.components.schemas };
    return Object.entries(all).sort(([a], [b]) => a.localeCompare(b));
  }

  /**
   * Resolves a schema's reference.
   * @param {Json} schema
   * @returns {{name?: string, schema: Json}}
   */
  follow(schema) {
    const ref = schema.$ref ?? (schema.properties ? undefined : schema.allOf?.[0]?.$ref);
    if (!ref) return { schema };
    const name = ref.slice(ref.lastIndexOf("/") + 1);
    const target = this.frames.components.schemas[name] ?? this.http.components.schemas[name];
    return { name, schema: { ...target, description: schema.description ?? target.description } };
  }

  /** @param {string} name */
  #message(name) {
    return this.frames.components.messages[name];
  }

  /** @returns {Group[]} */
  #groups() {
    const tags = new Map([...this.frames.info.tags, ...this.http.tags].map((tag) => [tag.name, tag.description]));
    const operations = Object.entries(this.frames.operations);
    return [...tags].map(([name, about]) => ({
      name,
      about,
      frames: operations
        .filter(([, it]) => it.action === "receive" && isOf(it, name))
        .map(([id, it]) => this.#request(id, it)),
      pushes: operations
        .filter(([, it]) => it.action === "send" && isOf(it, name))
        .map(([id, it]) => this.#push(id, it)),
      calls: this.#calls(name),
    }));
  }

  /** @param {string} id @param {Json} operation @returns {Frame} */
  #request(id, operation) {
    return {
      id,
      type: id,
      operation,
      data: this.#message(id).payload.properties.data,
      answer: this.#message(`${id}.ok`).payload.properties.data,
      examples: operation["x-examples"] ?? [],
    };
  }

  /** @param {string} id @param {Json} operation @returns {Frame} */
  #push(id, operation) {
    const message = this.#message(id);
    return { id, type: operation.title, operation, data: message.payload.properties.data, examples: message.examples };
  }

  /** @param {string} group @returns {Call[]} */
  #calls(group) {
    const calls = [];
    for (const [path, item] of Object.entries(this.http.paths)) {
      const base = item.servers?.[0].url ?? this.http.servers[0].url;
      for (const [method, operation] of Object.entries(item)) {
        if (!operation.operationId || !operation.tags.includes(group)) continue;
        calls.push({
          id: `call.${operation.operationId}`,
          method: method.toUpperCase(),
          path: base.replace(/\/$/, "") + path,
          operation,
          examples: operation["x-examples"] ?? [],
        });
      }
    }
    return calls;
  }
}

/** @param {Json} operation @param {string} group */
function isOf(operation, group) {
  return operation.tags.some((/** @type {Json} */ tag) => tag.name === group);
}

/** @param {string} title */
export function slug(title) {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
