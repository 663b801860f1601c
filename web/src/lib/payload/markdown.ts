import createDOMPurify, { type Config, type DOMPurify } from "dompurify";
import { Marked, type Tokens } from "marked";
import { MAX_MARKDOWN_CHARS } from "./limits";

export { MAX_MARKDOWN_CHARS } from "./limits";

/** HTML tags that may be written into Markdown; anything else shows as the text it is, as models write `<thinking>`. */
const WRITTEN_TAGS: ReadonlySet<string> = new Set([
  "b", "i", "em", "strong", "u", "s", "del", "ins", "sub", "sup", "kbd", "mark", "br", "hr", "details", "summary", "p",
]); // prettier-ignore

const CONFIG: Config = {
  ALLOWED_TAGS: [
    ...WRITTEN_TAGS, "a", "blockquote", "code", "h1", "h2", "h3", "h4", "h5", "h6", "img", "li", "ol", "pre", "span",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
  ],
  ALLOWED_ATTR: ["href", "src", "alt", "title", "align", "start", "class", "open"],
  // Values that are no URLs and need not look like ones.
  ADD_URI_SAFE_ATTR: ["align", "start", "open"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOW_UNKNOWN_PROTOCOLS: false,
  // Narrowed down per attribute in `cleanAttributes`; data is for images alone.
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|data:image\/(?:png|jpeg|gif|webp);base64,)/i,
  FORBID_CONTENTS: ["script", "style", "iframe", "noscript", "template", "svg", "math", "object", "embed", "form", "xmp", "plaintext"],
  KEEP_CONTENT: true,
  RETURN_TRUSTED_TYPE: false,
}; // prettier-ignore

const DATA_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/i;

/**
 * Markdown (GFM) as HTML that is safe to set: no scripts, styles, frames, forms, SVG or MathML; links lead to http(s) and
 * mailto only and open elsewhere; images of other hosts become links, so nothing is fetched before a click. A text over
 * `MAX_MARKDOWN_CHARS`, or one that would be slow to parse or to show, is returned as plain text.
 */
export function renderMarkdown(text: string): string {
  if (text.length > MAX_MARKDOWN_CHARS || isPathological(text)) return plainHtml(text);
  try {
    const html = parser().parse(text, { async: false });
    return hasTooManyElements(html) ? plainHtml(text) : purifier().sanitize(html, CONFIG);
  } catch {
    return plainHtml(text);
  }
}

/** A text as HTML that shows it as it is. */
export function plainHtml(text: string): string {
  return `<pre class="plain-text">${escaped(text)}</pre>`;
}

/** Characters in one block that might open or close something; beyond, pairing them takes more than linear time. */
const MAX_MARKS = 4_000;
/** Elements that a text becomes at most; more make a page slow. */
const MAX_ELEMENTS = 20_000;
/** Quotes and lists that open in each other on one line: `> > - - 1. 1.` */
const DEEP_LINE = /^[ \t]*(?:>[ \t]*|(?:[-+*]|\d{1,9}[.)])[ \t]+){60}/;
const MARK = /[*_~`[\]<!\\>&]/g;
const FENCE = /^ {0,3}(?:`{3,}[^`]*|~{3,}.*)$/;

function isPathological(text: string): boolean {
  let marks = 0;
  let isCode = false;
  for (const line of text.split("\n")) {
    if (FENCE.test(line)) isCode = !isCode;
    // An empty line ends a block, and with it what its marks could match; in code they are no marks.
    if (isCode || line === "") marks = 0;
    else marks += line.match(MARK)?.length ?? 0;
    if (marks > MAX_MARKS || DEEP_LINE.test(line)) return true;
  }
  return false;
}

function hasTooManyElements(html: string): boolean {
  let elements = 0;
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at + 1)) elements += 1;
  // Most have an end tag.
  return elements > MAX_ELEMENTS * 2;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A link target that may be followed: the URL as the browser reads it, or null. */
function safeLink(href: string | null): string | null {
  if (href === null) return null;
  try {
    const url = new URL(href);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

let sharedParser: Marked | undefined;

function parser(): Marked {
  sharedParser ??= new Marked({
    gfm: true,
    breaks: false,
    renderer: {
      html({ text }: Tokens.HTML | Tokens.Tag): string {
        const tags = [...text.matchAll(/<\/?([a-z][^\s/>]*)|<[!?]/gi)];
        const isKnown = tags.every(([, name]) => name !== undefined && WRITTEN_TAGS.has(name.toLowerCase()));
        return isKnown ? text : escaped(text);
      },
      image({ href, text }: Tokens.Image): string {
        if (DATA_IMAGE.test(href)) return `<img src="${escaped(href)}" alt="${escaped(text)}">`;
        const url = safeLink(href);
        return url === null ? escaped(text) : `<a href="${escaped(url)}">${escaped(text || url)}</a>`;
      },
      checkbox({ checked }: Tokens.Checkbox): string {
        return checked ? "☑ " : "☐ ";
      },
    },
  });
  return sharedParser;
}

let shared: DOMPurify | undefined;

function purifier(): DOMPurify {
  if (shared !== undefined) return shared;
  shared = createDOMPurify(window);
  shared.addHook("afterSanitizeAttributes", (node) => cleanAttributes(node));
  return shared;
}

function cleanAttributes(node: Element): void {
  const tag = node.nodeName.toLowerCase();
  if (node.hasAttribute("class") && !(tag === "code" && /^language-[\w+#.-]{1,40}$/.test(node.className))) node.removeAttribute("class");
  if (tag !== "img") node.removeAttribute("src");
  if (tag !== "a") node.removeAttribute("href");
  if (tag === "a") {
    const url = safeLink(node.getAttribute("href"));
    if (url === null) {
      node.removeAttribute("href");
      return;
    }
    node.setAttribute("href", url);
    node.setAttribute("rel", "noopener noreferrer");
    node.setAttribute("target", "_blank");
  }
  if (tag === "img" && !DATA_IMAGE.test(node.getAttribute("src") ?? "")) node.remove();
}
