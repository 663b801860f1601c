"""Fills a fresh server with the workspace of a believable product. Prints the ids that tests need."""

import time

import demo_evaluation
import demo_management
import demo_tracing
from common import client, flush, report


def main() -> None:
    started = time.monotonic()
    opik = client(demo_tracing.SUPPORT)
    prompts, ids = demo_management.plant_prompts(opik)
    ids |= demo_tracing.plant(opik, prompts)
    ids |= demo_evaluation.plant(opik, prompts)
    ids |= demo_management.plant(opik, ids)
    flush(opik)
    ids["seconds"] = round(time.monotonic() - started, 1)
    report(ids)


if __name__ == "__main__":
    main()
