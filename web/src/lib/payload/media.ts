import { firstString, isList, isObject, MAX_DEPTH } from "./json";
import { childPath } from "./json-tree";

export type MediaKind = "image" | "video" | "audio" | "pdf" | "text" | "file";

/**
 * Where a medium comes from.
 *
 * - `url`: of another host; nothing is to be fetched from there before the user asks for it.
 * - `data`: in the payload itself, as base64 without the `data:` prefix.
 * - `attachment`: stored on the server under this name.
 * - `id`: known to the provider only.
 * - `unsafe`: something that must not be opened, such as a `javascript:` URL; `label` is its beginning.
 */
export type MediaRef =
  | { source: "url"; url: string }
  | { source: "data"; mime: string; base64: string }
  | { source: "attachment"; name: string }
  | { source: "id"; id: string }
  | { source: "unsafe"; label: string };

/** A medium found in a payload. */
export interface MediaItem {
  kind: MediaKind;
  ref: MediaRef;
  /** Known or guessed from the name; undefined when nothing tells. */
  mime?: string;
  /** File name to show and to save under. */
  name: string;
  /** What stands for it in the shown JSON: `[image_0]`, the attachment's reference, or undefined for URLs. */
  placeholder?: string;
  /** Every place it occurs, as paths in the syntax of filter keys. */
  paths: string[];
}

/** Values that a scan for media visits. */
export const MAX_MEDIA_NODES = 200_000;
/** UTF-16 units that a scan for media reads. */
export const MAX_MEDIA_CHARS = 24_000_000;
/** UTF-16 units of one string in which URLs are looked for; media written into a text stand at any place. */
export const MAX_URL_SCAN_CHARS = 200_000;
/** Media that a scan returns. */
export const MAX_MEDIA = 500;

/** Shortest base64 run that counts as a medium when only its first bytes tell what it is. */
const MIN_SNIFFED_RUN = 200;
/** Shortest base64 that counts as a medium when its neighbours say what it is. */
const MIN_TYPED_RUN = 16;
const MAX_URL_CHARS = 4096;

// What a browser shows without running anything of it. SVG is safe in <img> only, see `isImageOnly`.
const SAFE_MIMES: ReadonlyMap<string, MediaKind> = new Map<string, MediaKind>([
  ...["png", "jpeg", "jpg", "gif", "webp", "avif", "bmp", "svg+xml"].map((type) => [`image/${type}`, "image"] as const),
  ...["mp4", "webm", "ogg", "quicktime", "mpeg"].map((type) => [`video/${type}`, "video"] as const),
  ...["mpeg", "mp3", "wav", "x-wav", "wave", "ogg", "vorbis", "opus", "webm", "mp4", "m4a", "x-m4a", "aac", "flac", "x-flac"].map(
    (type) => [`audio/${type}`, "audio"] as const,
  ),
  ["application/pdf", "pdf"],
  ["text/plain", "text"],
  ["text/markdown", "text"],
  ["text/csv", "text"],
  ["application/json", "text"],
]);

const MIME_OF_EXTENSION: ReadonlyMap<string, string> = new Map(
  Object.entries({
    png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", avif: "image/avif",
    bmp: "image/bmp", svg: "image/svg+xml", mp4: "video/mp4", m4v: "video/mp4", webm: "video/webm", mov: "video/quicktime",
    ogv: "video/ogg", mp3: "audio/mpeg", wav: "audio/wav", ogg: "audio/ogg", oga: "audio/ogg", opus: "audio/opus",
    m4a: "audio/mp4", aac: "audio/aac", flac: "audio/flac", pdf: "application/pdf", txt: "text/plain", md: "text/markdown",
    csv: "text/csv", json: "application/json",
  }),
); // prettier-ignore

/** Base64 of the first bytes of a format; a run that begins so is a file of it. */
const MAGIC: readonly (readonly [string, string])[] = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGODlh", "image/gif"],
  ["R0lGODdh", "image/gif"],
  ["JVBERi0", "application/pdf"],
  ["SUQz", "audio/mpeg"],
  ["//uQ", "audio/mpeg"],
  ["//vQ", "audio/mpeg"],
  ["//NE", "audio/mpeg"],
  ["T2dnUw", "audio/ogg"],
  ["ZkxhQw", "audio/flac"],
  ["GkXfo", "video/webm"],
  ["PHN2Zy", "image/svg+xml"],
];
const MAGIC_START = /iVBORw0KGgo|\/9j\/|R0lGOD[ld]h|UklGR|JVBERi0|SUQz|\/\/(?:[uv]Q|NE)|T2dnUw|ZkxhQw|GkXfo|PHN2Zy|AAAA.{2}Z0eX/g;

/** The media type of a file by the beginning of its base64. */
export function sniffedMime(base64: string): string | undefined {
  const magic = MAGIC.find(([prefix]) => base64.startsWith(prefix));
  if (magic !== undefined) return magic[1];
  // Bytes 8–11 of a RIFF or ISO file say what it holds; characters 11–15 spell them, apart from the first two bits.
  const brand = base64.slice(11, 16);
  if (base64.startsWith("UklGR")) return brand === "XRUJQ" ? "image/webp" : brand === "XQVZF" ? "audio/wav" : undefined;
  if (!/^AAAA.{2}Z0eX/.test(base64)) return undefined;
  return brand === "hdmlm" ? "image/avif" : brand === "NNEEg" ? "audio/mp4" : "video/mp4";
}

/** Says how to show a medium of a type. */
export function kindOfMime(mime: string): MediaKind {
  const bare = bareMime(mime);
  return SAFE_MIMES.get(bare) ?? "file";
}

function bareMime(mime: string): string {
  return (mime.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** The media type that a file name or the path of a URL tells. */
export function mimeOfName(name: string): string | undefined {
  const extension = /\.([a-z0-9]{2,5})$/i.exec(name.slice(-8))?.[1];
  return extension === undefined ? undefined : MIME_OF_EXTENSION.get(extension.toLowerCase());
}

/**
 * A URL out of a payload, when it may be given to the browser: http(s), blob, or data of a harmless type. Anything else –
 * `javascript:`, `data:text/html`, relative ones – is null.
 */
export function safeUrl(text: string): string | null {
  const trimmed = text.trim();
  if (/^data:/i.test(trimmed)) {
    const data = parseDataUrl(trimmed);
    return data === null ? null : `data:${data.mime};base64,${data.base64}`;
  }
  if (trimmed.length > MAX_URL_CHARS || !/^(?:https?|blob):/i.test(trimmed)) return null;
  try {
    const isBlob = /^blob:/i.test(trimmed);
    const { protocol, href } = new URL(isBlob ? trimmed.slice("blob:".length) : trimmed);
    if (protocol !== "https:" && protocol !== "http:") return null;
    return isBlob ? `blob:${href}` : href;
  } catch {
    return null;
  }
}

/** The parts of a base64 data URL of a harmless type; null for anything else. */
export function parseDataUrl(text: string): { mime: string; base64: string } | null {
  const head = /^data:([a-z]+\/[a-z0-9.+-]+)((?:;[a-z0-9-]+=[a-z0-9."_-]*)*);base64,/i.exec(text.slice(0, 300));
  const mime = head?.[1]?.toLowerCase();
  if (head === null || mime === undefined || !SAFE_MIMES.has(mime)) return null;
  const base64 = text.slice(head[0].length);
  return base64 !== "" && runEnd(base64, 0) === base64.length ? { mime, base64 } : null;
}

/** The URL that shows a medium; null for attachments (their URL comes from the server) and what must not be shown. */
export function mediaSource(ref: MediaRef): string | null {
  if (ref.source === "url") return safeUrl(ref.url);
  if (ref.source !== "data" || !SAFE_MIMES.has(ref.mime)) return null;
  return `data:${ref.mime};base64,${ref.base64}`;
}

/**
 * SVG may hold scripts: it is shown through `<img>`, where they do not run, and never opened as a document of its own,
 * in a frame or a tab.
 */
export function isImageOnly(mime: string | undefined): boolean {
  return mime !== undefined && bareMime(mime) === "image/svg+xml";
}

const ATTACHMENT = /^(?:input|output|metadata)-attachment-\d+-\d+(?:-sdk)?\.\w+$/;
const ATTACHMENTS =
  /(?:data:([a-z]+\/[a-z0-9.+-]+)(?:;[a-z0-9-]+=[a-z0-9."_-]*)*;base64,)?\[((?:input|output|metadata)-attachment-\d{1,9}-\d{1,19}(?:-sdk)?\.\w{1,16})\]/gi;

/** The name in `[input-attachment-1-1700000000000.png]`, also after `data:image/png;base64,`. Null for other texts. */
export function attachmentName(text: string): string | null {
  if (text.length > 400) return null;
  const match = /^(?:data:[^,]{0,200},)?\[([^\]]+)\]$/i.exec(text.trim());
  return match?.[1] !== undefined && ATTACHMENT.test(match[1]) ? match[1] : null;
}

/** A medium that a payload names in any way: URL, data URL, placeholder, base64 with a known type. */
export function mediaRefOf(text: string, mime?: string): MediaRef {
  const attachment = attachmentName(text);
  if (attachment !== null) return { source: "attachment", name: attachment };
  if (/^\s*data:/i.test(text)) {
    const data = parseDataUrl(text.trim());
    return data === null ? unsafe(text) : { source: "data", ...data };
  }
  const url = safeUrl(text);
  if (url !== null) return { source: "url", url };
  const type = bareMime(mime ?? "") || sniffedMime(text);
  if (type !== undefined && SAFE_MIMES.has(type) && text.length >= MIN_TYPED_RUN && runEnd(text, 0) === text.length) {
    return { source: "data", mime: type, base64: text };
  }
  return unsafe(text);
}

function unsafe(text: string): MediaRef {
  return { source: "unsafe", label: text.slice(0, 100) };
}

// One entry per ASCII character: 1 for base64 and base64url digits.
const BASE64_DIGITS = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9+/_-]/.test(String.fromCharCode(code)) ? 1 : 0));

/** The end of the base64 run that starts here, padding included. */
function runEnd(text: string, start: number): number {
  let index = start;
  while (index < text.length && BASE64_DIGITS[text.charCodeAt(index)] === 1) index += 1;
  if (index > start && text[index] === "=") index += text[index + 1] === "=" ? 2 : 1;
  return index;
}

/** A medium at a place of a string. */
interface Found {
  start: number;
  end: number;
  ref: MediaRef;
  mime?: string;
}

/** What the neighbours of a string say about it. */
interface Hint {
  mime?: string;
  kind?: MediaKind;
}

/** The media in a string, in the order of their places, without overlaps. */
function mediaInText(text: string, hint: Hint): Found[] {
  const whole: Found | undefined = wholeMedium(text, hint);
  if (whole !== undefined) return [whole];
  const found: Found[] = [];

  if (text.includes("-attachment-")) {
    for (const match of text.matchAll(ATTACHMENTS)) {
      if (found.length >= MAX_MEDIA) break;
      const name = match[2] ?? "";
      const mime = mimeOfName(name) ?? match[1]?.toLowerCase();
      found.push({ start: match.index, end: match.index + match[0].length, ref: { source: "attachment", name }, mime });
    }
  }
  for (let at = text.indexOf(";base64,"); at >= 0 && found.length < MAX_MEDIA; at = text.indexOf(";base64,", at + 8)) {
    const head = /data:[a-z]+\/[a-z0-9.+-]+(?:;[a-z0-9-]+=[a-z0-9."_-]*)*$/i.exec(text.slice(Math.max(0, at - 200), at));
    const end = runEnd(text, at + 8);
    if (head === null || end === at + 8) continue;
    const start = at - head[0].length;
    const data = parseDataUrl(text.slice(start, end));
    if (data !== null) found.push({ start, end, ref: { source: "data", ...data }, mime: data.mime });
    at = end - 8;
  }
  if (text.length >= MIN_SNIFFED_RUN) {
    MAGIC_START.lastIndex = 0;
    for (let match = MAGIC_START.exec(text); match !== null && found.length < MAX_MEDIA; match = MAGIC_START.exec(text)) {
      const start = match.index;
      if (start > 0 && BASE64_DIGITS[text.charCodeAt(start - 1)] === 1) continue;
      const end = runEnd(text, start);
      const mime = end - start >= MIN_SNIFFED_RUN ? sniffedMime(text.slice(start, start + 32)) : undefined;
      MAGIC_START.lastIndex = Math.max(end, start + 1);
      if (mime === undefined) continue;
      found.push({ start, end, ref: { source: "data", mime, base64: text.slice(start, end) }, mime });
    }
  }
  if (text.includes("://")) {
    for (const match of text.slice(0, MAX_URL_SCAN_CHARS).matchAll(/\bhttps?:\/\/[^\s"'<>()[\]{}\\^`|]+/gi)) {
      if (found.length >= MAX_MEDIA) break;
      const written = match[0].replace(/[.,;:!?]+$/, "");
      const url = urlMedium(written, {});
      if (url !== undefined) found.push({ start: match.index, end: match.index + written.length, ...url });
    }
  }

  found.sort((a, b) => a.start - b.start || b.end - a.end);
  let end = 0;
  return found.filter((one) => {
    if (one.start < end) return false;
    end = one.end;
    return true;
  });
}

function wholeMedium(text: string, hint: Hint): Found | undefined {
  const place = { start: 0, end: text.length };
  const head = text.slice(0, 8).toLowerCase();
  if (head.startsWith("http") || head.startsWith("blob:")) {
    const url = /\s/.test(text.slice(0, MAX_URL_CHARS).trim()) ? undefined : urlMedium(text, hint);
    return url && { ...place, ...url };
  }
  if (head.startsWith("data:")) {
    const data = parseDataUrl(text);
    return data === null ? undefined : { ...place, ref: { source: "data", ...data }, mime: data.mime };
  }
  const sniffed = text.length >= MIN_SNIFFED_RUN ? sniffedMime(text) : undefined;
  const mime = sniffed ?? (hint.mime !== undefined && SAFE_MIMES.has(bareMime(hint.mime)) ? bareMime(hint.mime) : undefined);
  if (mime === undefined || text.length < MIN_TYPED_RUN || runEnd(text, 0) !== text.length) return undefined;
  return { ...place, ref: { source: "data", mime, base64: text }, mime };
}

function urlMedium(text: string, hint: Hint): Pick<Found, "ref" | "mime"> | undefined {
  const url = safeUrl(text);
  if (url === null) return undefined;
  const mime = mimeOfName(pathOfUrl(url)) ?? hint.mime ?? (hint.kind === undefined ? undefined : `${hint.kind}/*`);
  if (mime === undefined) return undefined;
  const isMedium = hint.kind !== undefined || ["image", "video", "audio", "pdf"].includes(kindOfMime(mime));
  return isMedium ? { ref: { source: "url", url }, mime } : undefined;
}

function pathOfUrl(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? "";
}

/** Keys under which providers put the URL or the bytes of a medium. */
const KIND_OF_KEY: ReadonlyMap<string, MediaKind> = new Map<string, MediaKind>([
  ["image_url", "image"],
  ["imageUrl", "image"],
  ["input_image", "image"],
  ["video_url", "video"],
  ["videoUrl", "video"],
  ["audio_url", "audio"],
  ["audioUrl", "audio"],
]);
const BYTES_KEYS: ReadonlySet<string> = new Set([
  "data", "bytes", "base64", "base64_image", "b64_json", "image", "file_data", "fileData", "content", "blob", "body",
]); // prettier-ignore

function hintOf(parent: unknown, key: string | number | null, inherited: Hint): Hint {
  if (typeof key === "string") {
    const kind = KIND_OF_KEY.get(key);
    if (kind !== undefined) return { kind };
  }
  if (typeof key === "number" || !isObject(parent) || key === null) return inherited.kind === undefined ? {} : inherited;
  if (key === "url" && inherited.kind !== undefined) return inherited;
  if (!BYTES_KEYS.has(key)) return {};
  const mime = firstString(parent, "media_type", "mime_type", "mimeType", "mediaType", "image_mimetype", "contentType");
  if (mime !== undefined) return { mime };
  const format = firstString(parent, "format");
  const known = format === undefined || format.length > 5 ? undefined : mimeOfName(`x.${format}`);
  return known === undefined ? {} : { mime: known };
}

/** Collects media, each once, and numbers those that are in the payload itself. */
class MediaList {
  readonly items: MediaItem[] = [];
  readonly #bySource = new Map<string, MediaItem>();
  #inline = 0;

  /** Undefined when the list is full. */
  add(found: Found, path: string): MediaItem | undefined {
    const { ref } = found;
    const identity = ref.source === "data" ? ref.base64 : ref.source === "url" ? ref.url : ref.source === "attachment" ? ref.name : "";
    const known = this.#bySource.get(identity);
    if (known !== undefined) {
      if (known.paths.at(-1) !== path && known.paths.length < MAX_MEDIA) known.paths.push(path);
      return known;
    }
    if (this.items.length >= MAX_MEDIA) return undefined;
    const mime = found.mime;
    const wildcard = /^(image|video|audio)\/\*$/.exec(mime ?? "")?.[1];
    const kind = wildcard === "image" || wildcard === "video" || wildcard === "audio" ? wildcard : kindOfMime(mime ?? "");
    const item: MediaItem = { kind, ref, name: "", mime: wildcard === undefined ? mime : undefined, paths: [path] };
    if (ref.source === "data") {
      item.placeholder = `[${kind}_${this.#inline}]`;
      item.name = `${kind}_${this.#inline}.${extensionOf(ref.mime)}`;
      this.#inline += 1;
    } else if (ref.source === "attachment") {
      item.placeholder = `[${ref.name}]`;
      item.name = ref.name;
    } else if (ref.source === "url") {
      item.name = decoded(pathOfUrl(ref.url).split("/").at(-1) ?? "") || ref.url;
    }
    this.items.push(item);
    this.#bySource.set(identity, item);
    return item;
  }
}

function extensionOf(mime: string): string {
  for (const [extension, type] of MIME_OF_EXTENSION) if (type === mime) return extension;
  return mime.split("/")[1]?.replace(/^x-|\+xml$/g, "") ?? "bin";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A payload made light enough to show, and the media that were in it. */
export interface LightPayload {
  /** The value with `[image_0]` where base64 was. The very value when there was none. */
  value: unknown;
  media: MediaItem[];
}

/**
 * Takes inline media out of a value, `[image_0]`, `[video_1]`, `[audio_2]` … standing for them, and lists them together
 * with the media that it refers to by URL or as attachments. Everything is listed once, in the order of first mention.
 */
export function withoutMedia(value: unknown): LightPayload {
  const list = new MediaList();
  let nodes = MAX_MEDIA_NODES;
  let chars = MAX_MEDIA_CHARS;

  const visit = (current: unknown, path: string, depth: number, hint: Hint): unknown => {
    nodes -= 1;
    if (typeof current === "string") {
      if (current.length < 8 || current.length > chars) return current;
      chars -= current.length;
      return replaced(current, path, hint, list);
    }
    if (depth >= MAX_DEPTH || nodes < 0) return current;
    if (isList(current)) {
      let copy: unknown[] | undefined;
      for (let index = 0; index < current.length && nodes >= 0; index += 1) {
        const before = current[index];
        if (!mayHoldMedia(before)) continue;
        const after = visit(before, childPath(path, index), depth + 1, hintOf(current, index, hint));
        if (after !== before) (copy ??= [...current])[index] = after;
      }
      return copy ?? current;
    }
    if (!isObject(current)) return current;
    let changed: Map<string, unknown> | undefined;
    for (const key of Object.keys(current)) {
      if (nodes < 0) break;
      const before = current[key];
      if (!mayHoldMedia(before)) continue;
      const after = visit(before, childPath(path, key), depth + 1, hintOf(current, key, hint));
      if (after !== before) (changed ??= new Map<string, unknown>()).set(key, after);
    }
    if (changed === undefined) return current;
    const changes = changed;
    return Object.fromEntries(Object.entries(current).map(([key, old]) => [key, changes.has(key) ? changes.get(key) : old]));
  };

  const light = visit(value, "", 0, {});
  return { value: light, media: list.items };
}

function mayHoldMedia(value: unknown): boolean {
  return typeof value === "string" ? value.length >= 8 : typeof value === "object" && value !== null;
}

function replaced(text: string, path: string, hint: Hint, list: MediaList): string {
  const pieces: string[] = [];
  let from = 0;
  for (const found of mediaInText(text, hint)) {
    const item = list.add(found, path);
    if (item === undefined || found.ref.source !== "data" || item.placeholder === undefined) continue;
    pieces.push(text.slice(from, found.start), item.placeholder);
    from = found.end;
  }
  if (from === 0) return text;
  pieces.push(text.slice(from));
  return pieces.join("");
}

/** The media in a value or that it refers to. */
export function findMedia(value: unknown): MediaItem[] {
  return withoutMedia(value).media;
}

/** A piece of a shown string: plain text, or what stands for a medium. */
export type PlaceholderPiece = { text: string } | { text: string; item: MediaItem };

/** Splits a string of the light payload at its placeholders, to show them as chips. */
export function splitPlaceholders(text: string, media: readonly MediaItem[]): PlaceholderPiece[] {
  const byPlaceholder = new Map(media.flatMap((item) => (item.placeholder === undefined ? [] : [[item.placeholder, item]])));
  const pieces: PlaceholderPiece[] = [];
  let from = 0;
  for (const match of text.slice(0, MAX_URL_SCAN_CHARS).matchAll(/(?:data:[a-z]+\/[a-z0-9.+-]+;base64,)?(\[[\w.-]{3,100}\])/gi)) {
    const item = byPlaceholder.get(match[1] ?? "");
    if (item === undefined) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: match[0], item });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

const KIND_ORDER: readonly MediaKind[] = ["pdf", "text", "file", "audio", "video", "image"];

/** The media of several payloads as one list, each once, in the order thumbnails are shown in. */
export function mergedMedia(...lists: readonly (readonly MediaItem[])[]): MediaItem[] {
  const bySource = new Map<string, MediaItem>();
  for (const item of lists.flat()) {
    const { ref } = item;
    const identity =
      ref.source === "data" ? ref.base64 : ref.source === "url" ? ref.url : ref.source === "attachment" ? ref.name : JSON.stringify(ref);
    if (!bySource.has(identity)) bySource.set(identity, item);
  }
  return [...bySource.values()].sort((a, b) => KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind));
}
