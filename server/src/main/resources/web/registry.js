/** @import { App } from "./app.js" */
/** @import { Entry } from "./client/types.js" */
/** @import { Hongyan } from "./hongyan.js" */
/** @import { Dictionaries, Key } from "./i18n/i18n.js" */
/** @import { LogItem } from "./store/log.js" */
/** @import { Store } from "./store/store.js" */

/**
 * A feature of the web client: the default export of `features/<name>/feature.js`, or of a module that the page lists
 * in `<meta name="features">`. Only the name is required.
 * @typedef {object} Feature
 * @property {string} name the name of its folder
 * @property {(context: {client: Hongyan, store: Store}) => FeatureStore} [store] creates the state of the
 *   feature, once per page; {@link Store.part} returns it
 * @property {Record<string, EntryView>} [entries] how its log entries are shown, by kind
 * @property {Record<string, ContentView>} [contents] how its messages are shown, by content type
 * @property {ComposerItem[]} [composerItems] what the "+" beside the composer offers
 * @property {((app: App, conversation: string) => ListMark | undefined)[]} [listMarks] marks in the list of
 *   conversations, asked again at `store.touch("list")`
 * @property {ChatAction[]} [chatActions] buttons in the header of a conversation
 * @property {ChatBar[]} [chatBars] bars between the header and the timeline of a conversation
 * @property {(app: App, conversation: string) => TimelineExtension} [timeline] created whenever a conversation is
 *   opened
 * @property {((app: App) => Overlay)[]} [overlays] elements above everything else; created once per page
 * @property {Record<string, Route>} [routes] dialogs with an address of their own: the key `x` is opened by `#x`
 * @property {SidebarItem[]} [sidebarItems] buttons above the list of conversations
 * @property {ProfileItem[]} [profileItems] actions in a user's profile
 * @property {Record<string, ErrorText>} [errors] what the server's refusals say to a user, by reason
 * @property {(app: App) => DeletionWarning} [deletionWarning] what a user loses together with the account
 * @property {Dictionaries} [texts] its dictionary in each language
 * @property {string} [icons] an SVG document with a `<symbol>` per icon, used by its id like those of `art/icons.svg`
 * @property {string[]} [styles] addresses of style sheets, relative to the page
 * @property {Record<string, unknown>} [extensions] what it adds to other features, by their names
 */

/**
 * The state of a feature. It is kept when another user signs in, so it must then drop what belongs to the one before.
 * @typedef {object} FeatureStore
 * @property {() => void} [clear] another user signed in, or the user signed out
 * @property {() => void} [deleteLocalData] the user signs out: delete what was stored on this device
 */

/**
 * How entries of one kind are shown.
 * @typedef {object} EntryView
 * @property {(store: Store, entry: Entry) => string | undefined} line the entry as one line of plain text: in the list
 *   of conversations, in quotes and notifications, and in the conversation unless it has a bubble. The entry's summary
 *   if undefined
 * @property {(store: Store, entry: Entry) => boolean} [isBubble] whether the entry stands among the messages, with time
 *   and ticks; absent: never
 * @property {(app: App, entry: Entry) => Piece} [bubble] required with `isBubble`
 * @property {boolean} [namesSender] whether a group's preview begins with the sender's name
 */

/**
 * How messages with one content type are shown: the body within the usual bubble.
 * @typedef {object} ContentView
 * @property {(store: Store, entry: Entry) => string | undefined} line the message as one line of plain text; the
 *   summary if undefined
 * @property {(app: App, entry: Entry) => Piece} body also of a message that waits to be sent: its `seq` is 0
 */

/**
 * An element and the values that it depends on: it is rebuilt when one of the `deps` has changed. Then the new element
 * replaces it; otherwise only `meta` in it changes.
 * @typedef {object} Piece
 * @property {unknown[]} deps
 * @property {(meta: HTMLElement) => Node} make `meta` is the element with the time and the ticks, to be placed inside
 */

/**
 * @typedef {object} ComposerItem
 * @property {Key} label
 * @property {string} icon
 * @property {string} testid
 * @property {(app: App, conversation: string) => boolean} [available] absent: always
 * @property {(app: App, conversation: string) => unknown} choose may return a promise: if it fails, a toast says why
 */

/**
 * A mark in a conversation's row of the list, such as that something is in progress there.
 * @typedef {object} ListMark
 * @property {string} icon
 * @property {Key} label for screen readers
 */

/**
 * A button in the header of a conversation. A phone has room for two or three buttons, of all features together.
 * @typedef {object} ChatAction
 * @property {Key} label
 * @property {string} icon
 * @property {string} testid
 * @property {(app: App, conversation: string) => boolean} [available] absent: always. Never asked in a conversation in
 *   which the user may not write; asked again at `store.touch("conversation", id)`
 * @property {(app: App, conversation: string) => unknown} choose may return a promise: if it fails, a toast says why
 */

/**
 * A bar between the header and the timeline of a conversation that shows what is in progress.
 * @typedef {object} ChatBar
 * @property {string} key unique among the bars of all features, so it begins with the feature's name
 * @property {(app: App, conversation: string) => BarContent | undefined} show undefined: nothing to show. Never asked
 *   in a conversation in which the user may not write; asked again at `store.touch("conversation", id)`
 */

/**
 * The content of a bar. It is made again when one of the `deps` changes. The element on the page is then patched to
 * match the new one, so do not keep references to its children.
 * @typedef {object} BarContent
 * @property {unknown[]} deps
 * @property {() => HTMLElement} make an element with the class `chat-bar`
 */

/**
 * An element that exists as long as the page, even when another user signs in. The attribute `hidden` hides it while it
 * has nothing to show. It places itself with `position: absolute` in the window, and is above routes, menus and
 * dialogs, except for those that were opened from it. It does not take the focus when it appears by itself. A key that
 * it handles gets `preventDefault`.
 * @typedef {object} Overlay
 * @property {HTMLElement} element
 * @property {() => void} [draw] called when the language changes or a user signs in or out
 */

/**
 * What a feature adds to a conversation on the screen.
 * @typedef {object} TimelineExtension
 * @property {() => TimelineNote[]} [notes] lines that are not log entries, in the order of time
 * @property {(items: LogItem[]) => void} [drawn] after each drawing, with the loaded entries in ascending order
 * @property {() => void} [stop] the conversation is closed
 */

/**
 * A line of the timeline that is not a log entry.
 * @typedef {object} TimelineNote
 * @property {string} key unique within the conversation
 * @property {string} at
 * @property {unknown[]} deps
 * @property {() => HTMLElement} make an `li`
 */

/**
 * @typedef {object} Route
 * @property {(app: App) => boolean} [available] absent: always; called again when the list of conversations changes
 * @property {(app: App) => HTMLDialogElement | Promise<HTMLDialogElement>} open opens a dialog with `route: true`
 */

/**
 * @typedef {object} SidebarItem
 * @property {Key} label
 * @property {string} icon
 * @property {string} testid
 * @property {string} route what it opens
 */

/**
 * An action in a profile: the user's own in the settings, another user's in the details of the conversation with them.
 * @typedef {object} ProfileItem
 * @property {Key} label
 * @property {string} icon
 * @property {string} testid
 * @property {(app: App, user: string) => boolean} [available] absent: always
 * @property {(app: App, user: string) => unknown} choose may return a promise: if it fails, a toast says why
 */

/**
 * The text for a refusal, or with `wait: true` one that also says when to try again.
 * @typedef {Key | {text: Key, wait: true}} ErrorText
 */

/**
 * A warning above the form that deletes the account.
 * @typedef {object} DeletionWarning
 * @property {HTMLElement} element
 * @property {() => void} check the form was opened: bring the warning up to date
 * @property {() => void} stop
 */

/** What the router and the shell use themselves. */
const RESERVED_ROUTES = ["c", "settings"];

/** The features of a page, and what the core asks of them. The core itself knows no feature by name. */
export class Registry {
  /** @type {Map<string, Feature>} in the order of registration, which is the order of their items in menus */
  #features = new Map();
  /** @type {Map<string, EntryView>} */
  #entries = new Map();
  /** @type {Map<string, ContentView>} */
  #contents = new Map();
  /** @type {Map<string, Route>} */
  #routes = new Map();
  /** @type {Map<string, ErrorText>} */
  #errors = new Map();

  /**
   * @param {Feature} feature
   * @throws {Error} if another feature has its name or one of its keys: then nothing is added
   */
  add(feature) {
    /** @type {[Map<string, any>, Record<string, any> | undefined, string][]} */
    const parts = [
      [this.#features, { [feature.name]: feature }, "feature"],
      [this.#entries, feature.entries, "entry kind"],
      [this.#contents, feature.contents, "content type"],
      [this.#routes, feature.routes, "route"],
      [this.#errors, feature.errors, "error reason"],
    ];
    for (const [map, added = {}, what] of parts) {
      for (const key of Object.keys(added)) {
        if (map.has(key) || (map === this.#routes && RESERVED_ROUTES.includes(key))) {
          throw new Error(`the ${what} "${key}" is already registered`);
        }
      }
    }
    for (const [map, added = {}] of parts) for (const [key, value] of Object.entries(added)) map.set(key, value);
  }

  /** @returns {Feature[]} */
  get all() {
    return [...this.#features.values()];
  }

  /** @param {string} kind @returns {EntryView | undefined} */
  entry(kind) {
    return this.#entries.get(kind);
  }

  /** How a feature shows this message; undefined for texts, and for what no feature knows. @param {Entry} entry */
  content({ kind, content }) {
    return kind === "message" ? this.#contents.get(content.type) : undefined;
  }

  /** The entry as one line, if a feature has one for it. @param {Store} store @param {Entry} entry */
  line(store, entry) {
    return (this.content(entry) ?? this.entry(entry.kind))?.line(store, entry);
  }

  /** Whether the entry stands among the messages. @param {Store} store @param {Entry} entry */
  isBubble(store, entry) {
    if (entry.kind === "message") return !entry.recalled;
    return this.entry(entry.kind)?.isBubble?.(store, entry) ?? false;
  }

  /** The bubble of an entry that is not a message. @param {App} app @param {Entry} entry */
  bubble(app, entry) {
    return this.entry(entry.kind)?.bubble?.(app, entry);
  }

  /** Whether a group's preview of this kind begins with the sender's name. @param {string} kind */
  namesSender(kind) {
    return kind === "message" || (this.entry(kind)?.namesSender ?? false);
  }

  /** @param {App} app @param {string} conversation */
  composerItems(app, conversation) {
    return this.all
      .flatMap(({ composerItems = [] }) => composerItems)
      .filter(({ available }) => available?.(app, conversation) ?? true);
  }

  /** @param {App} app @param {string} conversation @returns {ListMark[]} */
  listMarks(app, conversation) {
    return this.all.flatMap(({ listMarks = [] }) => listMarks.flatMap((mark) => mark(app, conversation) ?? []));
  }

  /** @param {App} app @param {string} conversation */
  chatActions(app, conversation) {
    return this.all
      .flatMap(({ chatActions = [] }) => chatActions)
      .filter(({ available }) => available?.(app, conversation) ?? true);
  }

  /**
   * The bars that have something to show.
   * @param {App} app
   * @param {string} conversation
   * @returns {({key: string} & BarContent)[]}
   */
  chatBars(app, conversation) {
    return this.all
      .flatMap(({ chatBars = [] }) => chatBars)
      .flatMap(({ key, show }) => {
        const content = show(app, conversation);
        return content ? [{ key, ...content }] : [];
      });
  }

  get overlays() {
    return this.all.flatMap(({ overlays = [] }) => overlays);
  }

  /** @param {App} app @param {string} user */
  profileItems(app, user) {
    return this.all
      .flatMap(({ profileItems = [] }) => profileItems)
      .filter(({ available }) => available?.(app, user) ?? true);
  }

  get sidebarItems() {
    return this.all.flatMap(({ sidebarItems = [] }) => sidebarItems);
  }

  /** @param {string | null} name @returns {Route | undefined} */
  route(name) {
    return name === null ? undefined : this.#routes.get(name);
  }

  /** @param {string} reason @returns {ErrorText | undefined} */
  error(reason) {
    return this.#errors.get(reason);
  }

  /**
   * What other features add to this one.
   * @param {string} name
   * @returns {any[]}
   */
  extensions(name) {
    return this.all.flatMap(({ extensions }) => extensions?.[name] ?? []);
  }
}

/** The features of this page. */
export const registry = new Registry();
