import { describe, expect, it } from "vitest";
import { fillTemplate, templateRuns, variablesOf } from "./template";

describe("variables of a template", () => {
  it.each([
    ["Hello {{name}}", ["name"]],
    ["{{ spaced }} {{{raw}}} {{&plain}} {{spaced}}", ["spaced", "raw", "plain"]],
    ["{{#items}}{{title}}{{/items}} {{^items}}none{{/items}}", ["title"]],
    ["{{! a note }}{{> partial}}{{user.name}}", ["user.name"]],
    ["{{}} {single} { {a} }", []],
    ["{{a}}{{b}}", ["a", "b"]],
  ])("mustache: %s", (template, names) => {
    expect(variablesOf(template, "mustache")).toEqual(names);
  });

  it.each([
    ["{{ user.name | upper }}", ["user"]],
    ["{% for item in items %}{{ item.title }}{{ loop.index }}{% endfor %}", ["items"]],
    ["{% if is_vip and score > 3 %}{{ 'text with word' }}{% endif %}", ["is_vip", "score"]],
    ["{% set x = base %}{{ x }}{{ y | default('z') }}", ["base", "y"]],
    ["{# {{ hidden }} #}{{ shown }}", ["shown"]],
    ["{% for key, value in map.items() %}{{ key }}{{ value }}{% endfor %}", ["map"]],
    ["{{ text | truncate(length=limit) }}", ["text", "limit"]],
    ["{% if name is defined %}{{- name -}}{% endif %}", ["name"]],
  ])("jinja2: %s", (template, names) => {
    expect(variablesOf(template, "jinja2")).toEqual(names);
  });

  it("python: single braces only", () => {
    expect(variablesOf("{name} {{not}} {other} {a b}", "python")).toEqual(["name", "other"]);
  });
});

describe("runs of a template", () => {
  it.each(["mustache", "jinja2", "python"] as const)("%s: the runs are the whole template", (language) => {
    const template = "{{a}} b {% if c %} {d} {# e #} {{! f }} {{{g}}} }} {{";
    expect(
      templateRuns(template, language)
        .map((run) => run.text)
        .join(""),
    ).toBe(template);
  });

  it("tells variables, controls and comments apart", () => {
    expect(templateRuns("x{{#a}}{{b}}{{/a}}{{!c}}", "mustache").map((run) => run.kind)).toEqual(["text", "control", "variable", "control", "comment"]);
  });

  it("stays fast on unclosed tags", () => {
    const start = performance.now();
    templateRuns("{{".repeat(100_000), "mustache");
    templateRuns("{{ a ".repeat(20_000), "mustache");
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

it("fills variables and leaves unknown ones", () => {
  expect(fillTemplate("{{a}} {{ b }} {{c}}", "mustache", { a: "1", b: "{{c}}" })).toBe("1 {{c}} {{c}}");
});
