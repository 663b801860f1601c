"""Annotation queues and feedback definitions through the SDK."""

import datetime

import opik
import pytest
from opik.rest_api.core.api_error import ApiError

from harness.ids import uuid7

pytestmark = pytest.mark.sdk


def now():
    return datetime.datetime.now(datetime.UTC)


class TestFeedbackDefinitions:
    """No method of their own in the SDK, but its generated client is used for them."""

    def test_numerical(self, sdk, project):
        from opik.rest_api.types.feedback_create import FeedbackCreate_Numerical
        from opik.rest_api.types.numerical_feedback_detail_create import NumericalFeedbackDetailCreate

        definitions = sdk.rest_client.feedback_definitions
        definitions.create_feedback_definition(
            request=FeedbackCreate_Numerical(
                name=f"score-{project}", details=NumericalFeedbackDetailCreate(min=0.0, max=5.0)
            )
        )
        (found,) = definitions.find_feedback_definitions(name=f"score-{project}").content
        assert (found.type, found.details.min, found.details.max) == ("numerical", 0.0, 5.0)
        assert definitions.get_feedback_definition_by_id(found.id).name == f"score-{project}"
        definitions.delete_feedback_definition_by_id(found.id)
        assert definitions.find_feedback_definitions(name=f"score-{project}").content == []

    def test_categorical(self, sdk, project):
        from opik.rest_api.types.categorical_feedback_detail_create import CategoricalFeedbackDetailCreate
        from opik.rest_api.types.feedback_create import FeedbackCreate_Categorical

        definitions = sdk.rest_client.feedback_definitions
        definitions.create_feedback_definition(
            request=FeedbackCreate_Categorical(
                name=f"verdict-{project}",
                details=CategoricalFeedbackDetailCreate(categories={"good": 1.0, "bad": 0.0}),
            )
        )
        (found,) = definitions.find_feedback_definitions(name=f"verdict-{project}").content
        assert found.details.categories == {"good": 1.0, "bad": 0.0}


if hasattr(opik.Opik, "create_traces_annotation_queue"):
    # Newer clients have an error of their own for this.
    NOT_FOUND = (ApiError, opik.exceptions.OpikException)

    @pytest.fixture
    def traces(sdk):
        traces = [sdk.trace(name=f"trace {n}", input={"n": n}, end_time=now()) for n in range(5)]
        sdk.flush()
        return traces

    class TestTraces:
        def test_life_cycle(self, sdk, traces, project):
            queue = sdk.create_traces_annotation_queue(
                name="review",
                description="the odd ones",
                instructions="look twice",
                comments_enabled=True,
                feedback_definition_names=["quality"],
            )
            found = sdk.get_traces_annotation_queue(queue.id)
            assert (found.name, found.scope, found.description) == ("review", "trace", "the odd ones")
            assert (found.instructions, found.comments_enabled) == ("look twice", True)
            assert found.feedback_definition_names == ["quality"]
            assert not found.items_count
            queue.update(name="second review", instructions="look once")
            found = sdk.get_traces_annotation_queue(queue.id)
            assert (found.name, found.instructions, found.description) == (
                "second review",
                "look once",
                "the odd ones",
            )
            queue.delete()
            with pytest.raises(NOT_FOUND, match="not found"):
                sdk.get_traces_annotation_queue(queue.id)

        def test_items(self, sdk, traces):
            queue = sdk.create_traces_annotation_queue(name="review")
            queue.add_traces(traces[:3])
            queue.add_traces(traces[2:4])
            assert {item.id for item in queue.get_items()} == {trace.id for trace in traces[:4]}
            assert sdk.get_traces_annotation_queue(queue.id).items_count == 4
            queue.remove_traces([traces[0]])
            assert {item.id for item in queue.get_items()} == {trace.id for trace in traces[1:4]}
            # Objects that a search returned will do as well.
            queue.remove_traces(queue.get_items())
            assert queue.get_items() == []

        def test_a_trace_in_two_queues(self, sdk, traces, project):
            queues = [sdk.create_traces_annotation_queue(name=f"queue {n}") for n in range(2)]
            for queue in queues:
                queue.add_traces(traces[:2])
            queues[0].remove_traces(traces[:1])
            assert {item.id for item in queues[0].get_items()} == {traces[1].id}
            assert {item.id for item in queues[1].get_items()} == {trace.id for trace in traces[:2]}
            found = sdk.search_traces(
                project_name=project, filter_string=f'annotation_queue_ids contains "{queues[1].id}"'
            )
            assert {trace.id for trace in found} == {trace.id for trace in traces[:2]}

        def test_many_items(self, sdk, project):
            traces = [sdk.trace(name="t") for _ in range(1200)]
            sdk.flush()
            queue = sdk.create_traces_annotation_queue(name="large")
            queue.add_traces(traces)
            assert sdk.get_traces_annotation_queue(queue.id).items_count == 1200
            queue.remove_traces(traces)
            assert not sdk.get_traces_annotation_queue(queue.id).items_count

        def test_list(self, sdk, traces):
            ids = {sdk.create_traces_annotation_queue(name=f"queue {n}").id for n in range(3)}
            sdk.create_threads_annotation_queue(name="of threads")
            assert {queue.id for queue in sdk.get_traces_annotation_queues()} == ids
            assert len(sdk.get_traces_annotation_queues(max_results=2)) == 2
            sdk.delete_annotation_queue(ids.pop())
            assert {queue.id for queue in sdk.get_traces_annotation_queues()} == ids

        def test_unknown(self, sdk):
            with pytest.raises(NOT_FOUND, match="not found"):
                sdk.get_traces_annotation_queue(uuid7())

    class TestThreads:
        def test_items(self, sdk, project):
            for thread_id in ("a", "b", "c"):
                sdk.trace(name="turn", thread_id=thread_id, input={"q": thread_id}, end_time=now())
            sdk.flush()
            threads = {thread.id: thread for thread in sdk.get_threads_client().search_threads(project_name=project)}
            queue = sdk.create_threads_annotation_queue(name="conversations", instructions="read all")
            queue.add_threads([threads["a"], threads["b"]])
            assert {item.id for item in queue.get_items()} == {"a", "b"}
            assert sdk.get_threads_annotation_queue(queue.id).scope == "thread"
            queue.remove_threads([threads["a"]])
            assert {item.id for item in queue.get_items()} == {"b"}
            assert [found.id for found in sdk.get_threads_annotation_queues()] == [queue.id]
            assert sdk.get_traces_annotation_queues() == []
