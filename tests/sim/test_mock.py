from proxy.config.schema import Config
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.route.health import Health
from proxy.route.planner import Planner
from proxy.sim.mock import MOCK, SIMULATED, mock_provider
from proxy.sim.script import BEHAVIOURS


def test_every_simulated_model_is_planned_at_the_simulator_without_any_configuration():
    planner = Planner(Config(), {MOCK: mock_provider("http://127.0.0.1:7")})
    plans = [planner.plan(ChatRequest(body={}, model=name)) for name in SIMULATED]
    planned = [each for plan in plans for step in plan.steps for each in step.candidates]

    assert len(planned) == len(BEHAVIOURS)
    assert {each.target.name for each in planned} == set(SIMULATED)
    assert {each.target.base_url for each in planned} == {"http://127.0.0.1:7/v1"}


def test_a_simulated_key_that_is_refused_rests_no_other_simulated_model():
    planner = Planner(Config(), {MOCK: mock_provider("http://127.0.0.1:7")})
    names = ("mock/bad-key", "mock/lorem")
    plans = [planner.plan(ChatRequest(body={}, model=name)) for name in names]
    bad, lorem = (plan.steps[0].candidates[0].target for plan in plans)
    health = Health(lambda: 0.5)
    health.failed(health.enter(bad, 0.0), ProxyError(Kind.AUTH, "refused", status=401), 0.0)

    assert health.fitness(bad, 0.0).share == 0.0
    assert health.fitness(lorem, 0.0).share == 1.0
