"""Test suites: datasets with assertions that a language model judges."""

import json

import pytest

from harness import sdk as sdk_helper
from harness.ids import uuid7

pytestmark = pytest.mark.sdk

POLICY = {"runs_per_item": 1, "pass_threshold": 1}


if sdk_helper.HAS_TEST_SUITES:
    import inspect

    import opik
    from opik.rest_api.core.api_error import ApiError

    # Newer clients choose by themselves whether the judge gets tools; the stand-in for a model uses none.
    RUN = (
        {"scoring_tool_strategy": "never"}
        if "scoring_tool_strategy" in inspect.signature(opik.run_tests).parameters
        else {}
    )

    @pytest.fixture
    def client(tracked):
        return tracked()

    @pytest.fixture
    def name(project):
        return f"suite-{project}"

    class TestSettings:
        def test_empty(self, client, name):
            suite = client.create_test_suite(name, description="smoke")
            assert client.get_test_suite(name).id == suite.id
            assert suite.get_global_assertions() == []
            assert suite.get_global_execution_policy() == POLICY
            assert suite.get_items() == []
            assert suite.get_current_version_name() is None

        def test_settings(self, client, name):
            client.create_test_suite(
                name,
                global_assertions=["is polite", "is in English"],
                global_execution_policy={"runs_per_item": 3, "pass_threshold": 2},
                tags=["nightly"],
            )
            suite = client.get_test_suite(name)
            assert sorted(suite.get_global_assertions()) == ["is in English", "is polite"]
            assert suite.get_global_execution_policy() == {"runs_per_item": 3, "pass_threshold": 2}
            assert suite.get_tags() == ["nightly"]
            assert suite.get_version_info().change_description == "Suite created via SDK"
            assert suite.get_current_version_name() == "v1"

        def test_update(self, client, name):
            suite = client.create_test_suite(name, global_assertions=["is polite"])
            suite.insert([{"data": {"question": "q"}}])
            suite.update_test_settings(global_execution_policy={"runs_per_item": 2, "pass_threshold": 1})
            suite = client.get_test_suite(name)
            assert suite.get_global_assertions() == ["is polite"]
            assert suite.get_global_execution_policy() == {"runs_per_item": 2, "pass_threshold": 1}
            assert len(suite.get_items()) == 1
            suite.update_test_settings(global_assertions=[])
            assert client.get_test_suite(name).get_global_assertions() == []
            assert len(suite.get_items()) == 1

        def test_get_or_create_list_delete(self, client, name):
            first = client.get_or_create_test_suite(name)
            assert client.get_or_create_test_suite(name).id == first.id
            client.create_dataset(f"{name}-dataset")
            assert [suite.name for suite in client.get_test_suites()] == [name]
            client.delete_test_suite(name)
            with pytest.raises(ApiError) as caught:
                client.get_test_suite(name)
            assert caught.value.status_code == 404

    class TestItems:
        def test_round_trip(self, client, name):
            suite = client.create_test_suite(name)
            item_id = uuid7()
            suite.insert(
                [
                    {
                        "id": item_id,
                        "data": {"question": "q1"},
                        "assertions": ["names a city", "is short"],
                        "description": "the first",
                        "execution_policy": {"runs_per_item": 2, "pass_threshold": 1},
                    },
                    {"data": {"question": "q2"}},
                ]
            )
            items = {item["data"]["question"]: item for item in client.get_test_suite(name).get_items()}
            assert items["q1"]["id"] == item_id
            assert sorted(items["q1"]["assertions"]) == ["is short", "names a city"]
            assert items["q1"]["description"] == "the first"
            assert items["q1"]["execution_policy"] == {"runs_per_item": 2, "pass_threshold": 1}
            assert not items["q2"].get("assertions")

        def test_identical_items_are_not_inserted_again(self, client, name):
            items = [
                {"data": {"question": "q"}, "assertions": ["is short"], "execution_policy": POLICY},
                {"data": {"question": "q"}},
            ]
            client.create_test_suite(name).insert(items)
            client.get_test_suite(name).insert(items)
            assert len(client.get_test_suite(name).get_items()) == 2

        def test_update_and_delete(self, client, name):
            suite = client.create_test_suite(name)
            suite.insert([{"data": {"n": 1}, "assertions": ["a"]}, {"data": {"n": 2}}])
            ids = {item["data"]["n"]: item["id"] for item in suite.get_items()}
            suite.update([{"id": ids[1], "data": {"n": 1}, "assertions": ["b"]}])
            suite.delete([ids[2]])
            (item,) = client.get_test_suite(name).get_items()
            assert item["assertions"] == ["b"]
            old = suite.get_version_view("v1")
            assert len(old.get_items()) == 2

    class TestRuns:
        def run(self, suite, name, judge, tmp_path, task=None, **options):
            return opik.run_tests(
                test_suite=suite,
                task=task or (lambda item: {"input": item, "output": f"answer to {item['question']}"}),
                experiment_name=f"run of {name}",
                model=judge,
                verbose=0,
                report_output_path=str(tmp_path / "report.json"),
                **RUN,
                **options,
            )

        def test_passing(self, api, tracked, client, name, project, judge, tmp_path):
            suite = client.create_test_suite(name, global_assertions=["is polite"])
            suite.insert([{"data": {"question": f"q{n}"}} for n in range(3)])
            result = self.run(suite, name, judge, tmp_path, experiment_config={"k": "v"}, experiment_tags=["t"])
            assert result.all_items_passed
            assert (result.items_passed, result.items_total, result.pass_rate) == (3, 3, 1.0)
            row = api.get(f"/experiments/{result.experiment_id}").json()
            assert row["evaluation_method"] == "evaluation_suite"
            assert (row["pass_rate"], row["passed_count"], row["total_count"]) == (1.0, 3, 3)
            assert row["assertion_scores"] == [{"name": "is polite", "value": 1.0}]
            assert "feedback_scores" not in row, "verdicts are no scores"
            report = json.loads((tmp_path / "report.json").read_text())
            assert report["suite_passed"] is True

        def test_failing_assertion(self, api, client, name, judge, tmp_path):
            suite = client.create_test_suite(
                name,
                global_assertions=["is polite"],
                global_execution_policy={"runs_per_item": 2, "pass_threshold": 2},
            )
            suite.insert([{"data": {"question": "good"}}, {"data": {"question": "bad"}, "assertions": ["STUB-NO"]}])
            result = self.run(suite, name, judge, tmp_path)
            assert not result.all_items_passed
            assert (result.items_passed, result.items_total) == (1, 2)
            row = api.get(f"/experiments/{result.experiment_id}").json()
            assert (row["passed_count"], row["total_count"]) == (1, 2)
            assert row["pass_rate"] == pytest.approx(0.5)
            assert {score["name"]: score["value"] for score in row["assertion_scores"]} == {
                "is polite": 1.0,
                "STUB-NO": 0.0,
            }

            page = api.get(
                f"/datasets/{suite.id}/items/experiments/items", experiment_ids=[result.experiment_id], size=10
            ).json()
            rows = {entry["data"]["question"]: entry for entry in page["content"]}
            bad = rows["bad"]["experiment_items"]
            assert len(bad) == 2
            for entry in bad:
                assert entry["status"] == "failed"
                verdicts = {verdict["value"]: verdict["passed"] for verdict in entry["assertion_results"]}
                assert verdicts == {"is polite": True, "STUB-NO": False}
                assert entry["execution_policy"] == {"runs_per_item": 2, "pass_threshold": 2}
            summaries = rows["bad"]["run_summaries_by_experiment"][result.experiment_id]
            assert summaries == {"passed_runs": 0, "total_runs": 2, "status": "failed"}
            summaries = rows["good"]["run_summaries_by_experiment"][result.experiment_id]
            assert summaries == {"passed_runs": 2, "total_runs": 2, "status": "passed"}

        def test_results_of_the_experiment(self, client, name, judge, tmp_path):
            suite = client.create_test_suite(name, global_assertions=["is polite"])
            suite.insert([{"data": {"question": "q"}}])
            result = self.run(suite, name, judge, tmp_path)
            (item,) = client.get_experiment_by_id(result.experiment_id).get_items()
            (verdict,) = item.assertion_results
            assert (verdict["value"], verdict["passed"], verdict["reason"]) == ("is polite", True, "the stub says so")
            experiments = client.get_test_suite_experiments(name)
            assert [experiment.id for experiment in experiments] == [result.experiment_id]

        def test_threshold(self, api, client, name, judge, tmp_path):
            """One of two runs has to pass; the second one does not."""
            suite = client.create_test_suite(
                name, global_assertions=["answers"], global_execution_policy={"runs_per_item": 2, "pass_threshold": 1}
            )
            suite.insert([{"data": {"question": "q"}}])
            result = self.run(suite, name, judge, tmp_path)
            traces = [test.test_case.trace_id for test in next(iter(result.item_results.values())).test_results]
            assert len(traces) == 2
            client.log_assertion_results([{"id": traces[0], "name": "answers", "status": "failed"}])
            client.flush()
            row = api.get(f"/experiments/{result.experiment_id}").json()
            assert (row["pass_rate"], row["passed_count"], row["total_count"]) == (1.0, 1, 1)
            client.log_assertion_results([{"id": traces[1], "name": "answers", "status": "failed"}])
            client.flush()
            row = api.get(f"/experiments/{result.experiment_id}").json()
            assert (row["pass_rate"], row["passed_count"], row["total_count"]) == (0.0, 0, 1)

        def test_version_of_a_suite(self, client, name, judge, tmp_path):
            suite = client.create_test_suite(name, global_assertions=["is polite"])
            suite.insert([{"data": {"question": "q1"}}])
            version = suite.get_current_version_name()
            suite.insert([{"data": {"question": "q2"}}])
            result = self.run(suite.get_version_view(version), name, judge, tmp_path)
            assert result.items_total == 1
