import pytest

from proxy.web.paths import Paths, Pattern, parameter


@pytest.mark.parametrize(
    ("written", "path", "found"),
    [
        ("/jobs/{id}", "/jobs/7", "7"),
        ("/jobs/{id}", "/jobs/", None),
        ("/jobs/{id}", "/jobs/7/costs", None),
        ("/jobs/{id}", "/job", None),
        ("/jobs/{id}", "/jabs/7", None),
        ("/jobs/{id}/", "/jobs/7/", "7"),
        ("/jobs/{id}/costs", "/jobs/7/costs", "7"),
        ("/jobs/{id}/costs", "/jobs//costs", None),
        ("/jobs/{id}/costs", "/jobs/costs", None),
        ("/jobs/{id}/costs", "/jobs/7/usage", None),
        ("/models/{id:path}", "/models/openai/gpt", "openai/gpt"),
        ("/models/{id:path}", "/models/", ""),
        ("/models/{id:path}", "/models", None),
    ],
)
def test_a_parameter_is_one_segment_or_all_the_rest(written, path, found):
    assert Pattern.of(written).match(path) == found


async def test_a_path_leads_to_its_endpoint_and_any_other_to_who_answers_for_none():
    entered = []

    def endpoint(name):
        async def enter(scope, receive, send):
            entered.append((name, parameter(scope, "id")))

        return enter

    patterns = [
        (Pattern.of("/a/{id}"), endpoint("first")),
        (Pattern.of("/a/{id:path}"), endpoint("second")),
    ]
    paths = Paths({"/a/b": endpoint("exact")}, patterns, endpoint("unknown"))
    for path in ("/a/b", "/a/c", "/a/c/d", "/b"):
        await paths({"type": "http", "path": path}, None, None)

    assert entered == [("exact", ""), ("first", "c"), ("second", "c/d"), ("unknown", "")]


def test_a_place_that_a_route_has_not_is_empty():
    assert parameter({"path_params": {"id": "7"}}, "name") == ""
    assert parameter({"path_params": {"id": "7"}}, "id") == "7"
