"""Differences between the SDK versions under test, and the two lines every SDK test needs."""

import inspect

import opik

VERSION = tuple(int(part) for part in opik.__version__.split(".")[:3])

# The 1.9 line has batching as a private switch that is off unless the decorator makes the client; 2.x batches by
# default and has a public switch.
HAS_PUBLIC_BATCHING = "batching" in inspect.signature(opik.Opik.__init__).parameters
# Query language of 1.9: fewer fields and operators, no lists of values.
HAS_FULL_QUERY_LANGUAGE = VERSION >= (2, 0, 0)
# `in` and `not_in` lists, negative numbers and the `environment` field came within 2.x.
HAS_ENVIRONMENTS = "environment" in inspect.signature(opik.Opik.trace).parameters
# Files from memory instead of from disk.
HAS_IN_MEMORY_ATTACHMENTS = VERSION >= (2, 0, 0)
HAS_EXCLUDE = "exclude" in inspect.signature(opik.Opik.search_traces).parameters
# The 1.9 line knows neither versions nor queries of dataset items, and datasets of no project.
HAS_DATASET_VERSIONS = hasattr(opik.Dataset, "get_version_info")
HAS_DATASET_FILTERS = "filter_string" in inspect.signature(opik.Dataset.get_items).parameters
HAS_PROJECTS_OF_DATASETS = "project_name" in inspect.signature(opik.Opik.create_dataset).parameters
HAS_TEST_SUITES = hasattr(opik.Opik, "create_test_suite")
HAS_PROMPT_VERSION_NAMES = "version" in inspect.signature(opik.Opik.get_prompt).parameters


def client(project: str, batching: bool = True) -> opik.Opik:
    """A client of the server the environment points at."""
    if HAS_PUBLIC_BATCHING:
        return opik.Opik(project_name=project, batching=batching)
    return opik.Opik(project_name=project, _use_batching=batching)


def scores(entity) -> dict[str, float]:
    """Feedback scores of a trace, span or thread by name."""
    return {entry.name: entry.value for entry in entity.feedback_scores or []}
