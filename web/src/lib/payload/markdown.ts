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
 * `MAX_MARKDOWN_CHARS`, or one that cannot be parsed, is returned as plain text.
 */
export function renderMarkdown(text: string): string {
  if (text.length > MAX_MARKDOWN_CHARS || isPathological(text)) return plainHtml(text);
  try {
    const html = parser.parse(text, { async: false });
    return purifier().sanitize(html, CONFIG);
  } catch {
    return plainHtml(text);
  }
}

/** A text as HTML that shows it as it is. */
export function plainHtml(text: string): string {
  return `<pre class="plain-text">${escaped(text)}</pre>`;
}

/** Lines so long, or so full of marks, that parsing would take more than linear time. */
const MAX_MARKS_PER_BLOCK = 4_000;
const MAX_NESTING = 60;

function isPathological(text: string): boolean {
  let marks = 0;
  let lineMarks = 0;
  let isLineStart = true;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 10) {
      // An empty line ends a block, and with it what its marks could match.
      if (isLineStart) marks = 0;
      isLineStart = true;
      lineMarks = 0;
      continue;
    }
    // * _ ~ ` [ ] < ! \ > &
    const isMark = code === 42 || code === 95 || code === 126 || code === 96 || code === 91 || code === 93 || code === 60 || code === 33 || code === 92 || code === 62 || code === 38; // prettier-ignore
    if (isMark) {
      marks += 1;
      if (marks > MAX_MARKS_PER_BLOCK) return true;
    }
    // Quotes and list items in each other: > > > - - -
    if (isLineStart && (code === 62 || code === 45 || code === 43 || code === 42)) {
      lineMarks += 1;
      if (lineMarks > MAX_NESTING && code === 62) return true;
      if (lineMarks > MAX_NESTING && text[index + 1] === " ") return true;
    } else if (code !== 32 && code !== 9) isLineStart = false;
  }
  return false;
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

const parser = new Marked({
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
