#!/usr/bin/env python3
"""Regenerate crates/pricing/data/prices.tsv from the price file shipped in LiteLLM's wheels.

Usage:
    scripts/update-prices.py                  # every version of HISTORY, then the latest release
    scripts/update-prices.py 1.90.0 latest    # these releases only, oldest first
    scripts/update-prices.py ~/Downloads/litellm-1.109.1-cp310-abi3-manylinux_2_28_x86_64.whl
    scripts/update-prices.py --check          # fail when the committed file is out of date

LiteLLM removes a model from its file some time after the provider retires it, but stored and
imported spans go on naming it. Releases are therefore read oldest first and a model that newer
releases no longer list keeps its last known rates; the column `retired` then names the last
release that was read and still listed it.

Needs Python 3.9 or later and pip with access to PyPI (or wheels on disk). Output is deterministic for a given list
of releases.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile
from decimal import Decimal

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "crates/pricing/data/prices.tsv"
PRICE_FILE = "litellm/model_prices_and_context_window_backup.json"

# Releases about half a year apart: enough to meet every model at least once before it is dropped.
HISTORY = ["1.61.0", "1.75.0", "1.82.0", "1.90.0", "1.94.0"]

# LiteLLM provider -> provider name used on spans. Must agree with `canonical_provider` in
# crates/pricing/src/price.rs, which maps the column `provider` again when it loads the file.
PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "vertex_ai-language-models": "google_vertexai",
    "gemini": "google_ai",
    "vertex_ai-anthropic_models": "anthropic_vertexai",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "azure": "azure",
    "microsoft": "azure",
    "groq": "groq",
    "jina_ai": "jina_ai",
    "elastic": "elastic",
    "mistral": "mistral",
    "xai": "xai",
}

# Only these modes select another calculator; every other mode is left out of the file.
MODES = {"video_generation", "audio_speech"}

# Most used first, so that the empty tail of most rows can be cut.
RATES = [
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "input_cost_per_audio_token",
    "output_cost_per_audio_token",
    "input_cost_per_token_above_272k_tokens",
    "output_cost_per_token_above_272k_tokens",
    "input_cost_per_token_above_200k_tokens",
    "output_cost_per_token_above_200k_tokens",
    "cache_read_input_token_cost_above_200k_tokens",
    "cache_creation_input_token_cost_above_200k_tokens",
    "input_cost_per_token_above_128k_tokens",
    "output_cost_per_token_above_128k_tokens",
    "input_cost_per_character",
    "output_cost_per_video_per_second",
]


def fetch_wheel(source, directory):
    """Path of the wheel for a release number, `latest`, or a wheel already on disk."""
    if source.endswith(".whl"):
        return pathlib.Path(source).expanduser()
    target = pathlib.Path(directory) / source
    requirement = "litellm" if source == "latest" else f"litellm=={source}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(target)]
    subprocess.run([*command, requirement], check=True)
    return next(target.glob("litellm-*.whl"))


def read_wheel(path):
    """(release, parsed price file). Numbers stay text, so no digit is lost to a float."""
    release = re.match(r"litellm-([^-]+)-", path.name).group(1)
    with zipfile.ZipFile(path) as wheel:
        text = wheel.read(PRICE_FILE).decode("utf-8")
    return release, json.loads(text, parse_float=str, parse_int=str)


def format_rate(entry, field, name):
    """Shortest exact text of a rate, empty for a missing one or for 0."""
    value = entry.get(field)
    if value is None:
        return ""
    rate = Decimal(value)
    if not rate.is_finite() or rate < 0:
        raise SystemExit(f"{name}: {field} = {value!r} is not a usable rate")
    if rate == 0:
        return ""
    sign, digits, exponent = rate.normalize().as_tuple()
    return f"{int(''.join(map(str, digits)))}e{exponent}"


def rows_of(prices):
    """{(canonical provider, model): row} of one release; later entries replace earlier ones."""
    rows = {}
    for name, entry in prices.items():
        provider = entry.get("litellm_provider")
        canonical = PROVIDERS.get(provider)
        if canonical is None:
            continue
        if canonical == "bedrock" and "/" in name:
            continue  # regional duplicates
        model = name.split("/", 1)[-1]
        if "\t" in model or "\n" in model:
            raise SystemExit(f"{name!r} cannot be written as a tab separated value")
        mode = entry.get("mode")
        rates = [format_rate(entry, field, name) for field in RATES]
        rows[canonical, model] = [provider, model, mode if mode in MODES else "", rates]
    return rows


def render(wheels):
    table, releases = {}, []
    for path in wheels:
        release, prices = read_wheel(path)
        releases.append(release)
        table.update({key: (row, release) for key, row in rows_of(prices).items()})
    lines = [
        "# Generated by scripts/update-prices.py from LiteLLM's model price file (MIT licence). Do not edit.",
        f"# LiteLLM releases, oldest first: {', '.join(releases)}",
        "\t".join(["provider", "model", "mode", "retired", *RATES]),
    ]
    for key in sorted(table):
        (provider, model, mode, rates), seen = table[key]
        retired = "" if seen == releases[-1] else seen
        lines.append("\t".join([provider, model, mode, retired, *rates]).rstrip("\t"))
    return "\n".join(lines) + "\n", len(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("releases", nargs="*", default=[*HISTORY, "latest"], help="releases, `latest` or wheels, oldest first")
    parser.add_argument("--check", action="store_true", help="compare with the committed file instead of writing it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        text, count = render([fetch_wheel(source, directory) for source in arguments.releases])
    if arguments.check:
        if OUTPUT.read_text(encoding="utf-8") != text:
            raise SystemExit(f"{OUTPUT} is out of date, run scripts/update-prices.py")
        return
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(text, encoding="utf-8")
    print(f"{OUTPUT}: {count} models, {len(text)} bytes")


if __name__ == "__main__":
    main()
