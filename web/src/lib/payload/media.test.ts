import { describe, expect, it } from "vitest";
import { valueAt } from "./json-tree";
import {
  attachmentName,
  findMedia,
  isImageOnly,
  mediaRefOf,
  mediaSource,
  mergedMedia,
  parseDataUrl,
  safeUrl,
  sniffedMime,
  splitPlaceholders,
  withoutMedia,
} from "./media";
import { deeplyNested, randomJson, seeded, SLOW_TEST, within } from "./testing";

function base64(head: string, bytes = 300): string {
  return btoa(head + "\u0001".repeat(bytes));
}

const png = base64("\u0089PNG\r\n\u001a\n");
const jpeg = base64("\u00ff\u00d8\u00ff\u00e0");
const wav = base64("RIFF\u00ff\u0001\u0000\u0000WAVEfmt ");
const mp4 = base64("\u0000\u0000\u0000 ftypisom");

describe("safeUrl", () => {
  it.each([
    ["https://example.com/a.png", "https://example.com/a.png"],
    [" http://example.com/x ", "http://example.com/x"],
    ["blob:https://example.com/1234", "blob:https://example.com/1234"],
    ["data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="],
    ["DATA:image/PNG;charset=utf-8;base64,iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="],
    ["data:image/svg+xml;base64,PHN2Zy8+", "data:image/svg+xml;base64,PHN2Zy8+"],
  ])("lets %s pass", (text, expected) => {
    expect(safeUrl(text)).toBe(expected);
  });

  it.each([
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "\u0001javascript:alert(1)", "java\nscript:alert(1)",
    "vbscript:msgbox(1)", "data:text/html;base64,PHNjcmlwdD4=", "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml,<svg onload=alert(1)>", "data:image/png,raw", "data:application/xhtml+xml;base64,AAAA",
    "data:image/png;base64,AAAA\" onerror=\"alert(1)", "data:image/png;base64,", "file:///etc/passwd", "ftp://example.com/a.png",
    "//example.com/a.png", "/api/x.png", "about:blank", "blob:javascript:alert(1)", "https://", "filesystem:https://a/b", "",
  ])("stops %j", (text) => {
    expect(safeUrl(text)).toBeNull();
    expect(mediaSource(mediaRefOf(text))).toBeNull();
  }); // prettier-ignore

  it("never lets another scheme pass whatever surrounds it", () => {
    const random = seeded(7);
    const noise = ["", " ", "\t", "\u0000", "\u0001", "\n", "\u00a0", "&#106;", "%6A", "HTTPS://", "data:", "blob:"];
    for (let round = 0; round < 2000; round += 1) {
      const pick = () => noise[Math.floor(random() * noise.length)] ?? "";
      const url = safeUrl(`${pick()}${pick()}javascript:${pick()}alert(1)`);
      if (url !== null) expect(url).toMatch(/^(?:blob:)?https?:\/\//);
    }
  });
});

describe("types", () => {
  it("sniffs base64", () => {
    expect(sniffedMime(png)).toBe("image/png");
    expect(sniffedMime(jpeg)).toBe("image/jpeg");
    expect(sniffedMime(wav)).toBe("audio/wav");
    expect(sniffedMime(mp4)).toBe("video/mp4");
    expect(sniffedMime(base64("RIFF\u00ff\u0001\u0000\u0000WEBPVP8 "))).toBe("image/webp");
    expect(sniffedMime(base64("\u0000\u0000\u0000\u001cftypM4A "))).toBe("audio/mp4");
    expect(sniffedMime(base64("\u0000\u0000\u0000\u001cftypavif"))).toBe("image/avif");
    expect(sniffedMime(base64("%PDF-1.7"))).toBe("application/pdf");
    expect(sniffedMime(base64("ID3\u0003"))).toBe("audio/mpeg");
    expect(sniffedMime(base64("hello"))).toBeUndefined();
  });

  it("knows what must stay in <img>", () => {
    expect(isImageOnly("image/svg+xml; charset=utf-8")).toBe(true);
    expect(isImageOnly("image/png")).toBe(false);
    expect(isImageOnly(undefined)).toBe(false);
  });

  it("takes data URLs with parameters, and no others than base64", () => {
    expect(parseDataUrl("data:audio/wav;codecs=1;base64,UklGRg==")).toEqual({ mime: "audio/wav", base64: "UklGRg==" });
    expect(parseDataUrl("data:image/png;base64,abc def")).toBeNull();
  });
});

describe("attachment references", () => {
  it.each([
    ["[input-attachment-1-1700000000000.png]", "input-attachment-1-1700000000000.png"],
    ["[output-attachment-12-1700000000000-sdk.wav]", "output-attachment-12-1700000000000-sdk.wav"],
    ["[metadata-attachment-1-1700000000000.bin]", "metadata-attachment-1-1700000000000.bin"],
    ["data:image/png;base64,[input-attachment-1-1700000000000-sdk.png]", "input-attachment-1-1700000000000-sdk.png"],
  ])("reads %s", (text, name) => {
    expect(attachmentName(text)).toBe(name);
    expect(mediaRefOf(text)).toEqual({ source: "attachment", name });
    expect(findMedia({ a: { text: `see ${text} there` } })).toMatchObject([
      { ref: { source: "attachment", name }, placeholder: `[${name}]`, name, paths: ["a.text"] },
    ]);
  });

  it.each(["[input-attachment-1.png]", "input-attachment-1-17.png", "[other-attachment-1-17.png]", "[input-attachment-x-17.png]"])(
    "does not take %s",
    (text) => {
      expect(attachmentName(text)).toBeNull();
      expect(findMedia([text])).toEqual([]);
    },
  );
});

describe("withoutMedia", () => {
  it("replaces data URLs and bare base64, and numbers them over all kinds", () => {
    const value = {
      messages: [
        { role: "user", content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${png}` } }] },
        { role: "user", content: [{ type: "input_audio", input_audio: { data: wav, format: "wav" } }, { video: mp4 }] },
      ],
    };
    const light = withoutMedia(value);
    expect(light.value).toEqual({
      messages: [
        { role: "user", content: [{ type: "image_url", image_url: { url: "[image_0]" } }] },
        { role: "user", content: [{ type: "input_audio", input_audio: { data: "[audio_1]", format: "wav" } }, { video: "[video_2]" }] },
      ],
    });
    expect(light.media.map((item) => [item.kind, item.mime, item.placeholder, item.name])).toEqual([
      ["image", "image/png", "[image_0]", "image_0.png"],
      ["audio", "audio/wav", "[audio_1]", "audio_1.wav"],
      ["video", "video/mp4", "[video_2]", "video_2.mp4"],
    ]);
    expect(light.media[0]?.paths).toEqual(["messages[0].content[0].image_url.url"]);
    expect(mediaSource({ source: "data", mime: "image/png", base64: png })).toBe(`data:image/png;base64,${png}`);
    expect(value.messages[0]?.content[0]).toEqual({
      type: "image_url",
      image_url: { url: `data:image/png;base64,${png}` },
    });
  });

  it("replaces media inside text, several in one string", () => {
    const light = withoutMedia(`a data:image/png;base64,${png} b ${jpeg}. c`);
    expect(light.value).toBe("a [image_0] b [image_1]. c");
  });

  it("uses the type that neighbours give", () => {
    const short = "AAAABBBBCCCCDDDDEEEE";
    const media = findMedia([
      { type: "base64", media_type: "application/pdf", data: short },
      { inlineData: { mimeType: "audio/mpeg", data: `${short}ffff` } },
      { image: { format: "gif", source: { bytes: `${short}gggg` } } },
      { mime_type: "text/html", data: `${short}hhhh` },
    ]);
    expect(media.map((item) => item.mime)).toEqual(["application/pdf", "audio/mpeg"]);
  });

  it("lists the same medium once with all its places", () => {
    const light = withoutMedia({ a: png, b: `data:image/png;base64,${png}`, c: [png] });
    expect(light.value).toEqual({ a: "[image_0]", b: "[image_0]", c: ["[image_0]"] });
    expect(light.media).toHaveLength(1);
    expect(light.media[0]?.paths).toEqual(["a", "b", "c[0]"]);
  });

  it("lists URLs by extension or by their key and leaves them in place", () => {
    const value = {
      text: "See https://example.com/cat.PNG?x=1, and (https://example.com/page).",
      movie: "https://example.com/film.mp4",
      part: { type: "image_url", image_url: { url: "https://example.com/no-extension" } },
      other: { url: "https://example.com/no-extension-either" },
      doc: "https://example.com/a%20b.pdf",
      bad: { image_url: { url: "javascript:alert(1)" } },
      notes: "https://example.com/data.json",
    };
    const light = withoutMedia(value);
    expect(light.value).toBe(value);
    expect(light.media.map((item) => [item.kind, item.ref.source === "url" && item.ref.url, item.name])).toEqual([
      ["image", "https://example.com/cat.PNG?x=1", "cat.PNG"],
      ["video", "https://example.com/film.mp4", "film.mp4"],
      ["image", "https://example.com/no-extension", "no-extension"],
      ["pdf", "https://example.com/a%20b.pdf", "a b.pdf"],
    ]);
  });

  it("leaves texts alone that only look like base64", () => {
    const value = { id: "abcdefABCDEF0123456789".repeat(30), path: "/9j/short", text: "UklGR is how RIFF begins", json: "{}" };
    expect(withoutMedia(value)).toEqual({ value, media: [] });
  });

  it("keeps dangerous keys", () => {
    const value: unknown = JSON.parse(`{"__proto__":"${png}","x":1}`);
    const light = withoutMedia(value);
    expect(JSON.stringify(light.value)).toBe('{"__proto__":"[image_0]","x":1}');
  });

  it("holds for any payload: nothing unsafe comes out, and paths lead to the media", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const value = randomJson(seeded(seed));
      const before = JSON.stringify(value);
      const { media } = withoutMedia(value);
      expect(JSON.stringify(value)).toBe(before);
      for (const item of media) {
        const source = mediaSource(item.ref);
        if (source !== null) expect(source).toMatch(/^(?:https?:|blob:|data:(?:image|audio|video|application\/pdf))/);
        for (const path of item.paths) expect(typeof valueAt(value, path)).toBe("string");
      }
    }
  });

  it("is bounded", () => {
    within(50, () => withoutMedia("iVBORw0KGgo" + "A".repeat(5_000_000)));
    within(50, () => withoutMedia(`data:image/png;base64,${"A".repeat(5_000_000)}`));
    within(50, () => withoutMedia("word /9j/ https://x.example/ ".repeat(170_000)));
    within(50, () => withoutMedia(";base64,".repeat(600_000)));
    within(50, () => withoutMedia("data:image/png;base64,".repeat(200_000)));
    within(50, () => withoutMedia("[input-attachment-".repeat(250_000)));
    within(50, () => withoutMedia("data:a/a;" + "a=b;".repeat(1_000_000)));
    within(50, () => withoutMedia(deeplyNested(10_000)));
    within(100, () => withoutMedia(Array.from({ length: 300_000 }, () => "some text that is nothing special")));
  }, SLOW_TEST);
});

describe("splitPlaceholders", () => {
  it("splits shown text at what stands for media", () => {
    const light = withoutMedia({ text: `one ${png} two [other_0] data:image/png;base64,[input-attachment-1-17.png]` });
    const text = String(valueAt(light.value, "text"));
    const pieces = splitPlaceholders(text, light.media);
    expect(pieces.map((piece) => [piece.text, "item" in piece && piece.item.name])).toEqual([
      ["one ", false],
      ["[image_0]", "image_0.png"],
      [" two [other_0] ", false],
      ["data:image/png;base64,[input-attachment-1-17.png]", "input-attachment-1-17.png"],
    ]);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  });
});

describe("mergedMedia", () => {
  it("orders by kind and drops repetitions", () => {
    const one = findMedia({ a: "https://example.com/a.png", b: "https://example.com/b.pdf" });
    const two = findMedia({ a: "https://example.com/a.png", c: "https://example.com/c.mp3" });
    expect(mergedMedia(one, two).map((item) => item.name)).toEqual(["b.pdf", "c.mp3", "a.png"]);
  });
});
