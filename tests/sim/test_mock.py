from proxy.config.schema import Config
from proxy.core.shape import ChatRequest
from proxy.route.plan import Planner
from proxy.sim.mock import MOCK, SIMULATED, mock_provider
from proxy.sim.script import BEHAVIOURS


def test_every_simulated_model_is_planned_at_the_simulator_without_any_configuration():
    planner = Planner(Config(), {MOCK: mock_provider("http://127.0.0.1:7")})
    plans = [planner.plan(ChatRequest(body={}, model=name)) for name in SIMULATED]
    planned = [each for plan in plans for step in plan.steps for each in step.candidates]

    assert len(planned) == len(BEHAVIOURS)
    assert {each.target.name for each in planned} == set(SIMULATED)
    assert {each.target.base_url for each in planned} == {"http://127.0.0.1:7/v1"}
