"""What Kubernetes is told keeps the promises: closed, confined, and stopped only when the last stream had its time."""

import re
from pathlib import Path

import pytest
import yaml

from proxy.commands.probe import PATHS
from proxy.config.load import load

DEPLOY = Path(__file__).parents[2] / "deploy"
KUSTOMIZE = DEPLOY / "kustomize"
CHART = DEPLOY / "helm/firstbyte"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SECRETS = "/var/run/secrets/firstbyte/"
REDIS = "redis+sentinel://:secret@redis-0.redis,redis-1.redis,redis-2.redis/firstbyte"
METADATA = "169.254.0.0/16"


def documents(folder):
    """Every manifest in a folder: path and document."""
    return [
        (path.relative_to(KUSTOMIZE).as_posix(), document)
        for path in sorted(folder.rglob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
        if "kind" in document
    ]


MANIFESTS = documents(KUSTOMIZE)
KUSTOMIZATIONS = sorted(KUSTOMIZE.rglob("kustomization.yaml"))


def of_kind(kind, where=""):
    return [each for path, each in MANIFESTS if each["kind"] == kind and path.startswith(where)]


def one(path):
    return yaml.safe_load((KUSTOMIZE / path).read_text())


WORKLOADS = [
    (path, each["spec"]["template"]["spec"])
    for path, each in MANIFESTS
    if each["kind"] in {"Deployment", "StatefulSet"}
]
PATCHES = {"overlays/gateway/deployment.yaml", "overlays/sidecar/proxy.yaml"}
"""What is only added to a pod that stands elsewhere."""
CONTAINERS = [
    (f"{path}:{container['name']}", pod, container)
    for path, pod in WORKLOADS
    for container in [*pod.get("initContainers", ()), *pod.get("containers", ())]
    if "image" in container
]


def mounted(text, folder):
    """The same configuration with its secrets in a folder of ours."""
    for name in re.findall(re.escape(SECRETS) + r"([\w.-]+)", text):
        (folder / name).write_text(REDIS if name == "store" else f"fb-{name}\n")
    return text.replace(SECRETS, f"{folder}/")


CONFIGURATIONS = {
    "base": KUSTOMIZE / "base/firstbyte.yaml",
    "sidecar": KUSTOMIZE / "overlays/sidecar/firstbyte.yaml",
    "redis-ha": KUSTOMIZE / "overlays/redis-ha/firstbyte.yaml",
}


def configuration(name, folder):
    text = CONFIGURATIONS[name].read_text()
    (folder / "firstbyte.yaml").write_text(mounted(text, folder))
    return load(str(folder / "firstbyte.yaml"), environ={})


# The files belong together.


@pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_a_kustomization_names_what_is_there_and_all_of_it(path):
    told = yaml.safe_load(path.read_text())
    named = [*told.get("resources", ()), *told.get("components", ())]
    named += [each["path"] for each in told.get("patches", ())]
    named += [file for each in told.get("configMapGenerator", ()) for file in each["files"]]
    here = {each.name for each in path.parent.iterdir() if each.is_file()} - {path.name}

    assert all((path.parent / each).exists() for each in named)
    assert here <= set(named)


# The configuration.


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_its_configuration_is_one(name, tmp_path):
    config = configuration(name, tmp_path)

    assert config.warnings == ()
    assert [provider.off for provider in config.providers.values()] == ["", ""]


@pytest.mark.parametrize("name", ["base", "redis-ha"])
def test_a_gateway_asks_for_keys_and_writes_nothing(name, tmp_path):
    config = configuration(name, tmp_path)

    assert config.auth.required
    assert config.auth.admin_key.reveal() == "fb-admin-key"
    assert config.store.reveal() == {"base": "memory:", "redis-ha": REDIS}[name]


def test_a_sidecar_is_reached_by_its_pod_alone(tmp_path):
    server = configuration("sidecar", tmp_path).server

    assert (server.host, server.ops_host, server.drain_delay) == ("127.0.0.1", "127.0.0.1", 0)


@pytest.mark.parametrize("path", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_no_secret_stands_in_a_configuration(path):
    said = re.findall(r"(?:\bkey|_key|store): \"?([^\s,}\"]+)", path.read_text())

    assert said
    assert all(each.startswith("${file:" + SECRETS) or each == "memory:" for each in said)


def test_the_charts_configuration_is_one(tmp_path):
    text = yaml.safe_dump(VALUES["config"] | {"server": {"listen": "0.0.0.0:8080"}})
    (tmp_path / "firstbyte.yaml").write_text(mounted(text, tmp_path))
    config = load(str(tmp_path / "firstbyte.yaml"), environ={})

    assert config.auth.required
    assert config.store.reveal() == "memory:"


# What they may.


@pytest.mark.parametrize(("where", "pod", "container"), CONTAINERS, ids=lambda each: str(each)[:40])
def test_a_container_is_restricted(where, pod, container):
    own = container["securityContext"]

    assert own["allowPrivilegeEscalation"] is False, where
    assert own["readOnlyRootFilesystem"] is True
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]
    context = pod.get("securityContext", {}) | own
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == 65532
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}


@pytest.mark.parametrize(("path", "pod"), WORKLOADS, ids=lambda each: str(each)[:40])
def test_a_pod_has_no_token_and_nothing_of_its_host(path, pod):
    if path not in PATCHES:
        assert pod["automountServiceAccountToken"] is False
    kinds = {kind for volume in pod.get("volumes", ()) for kind in volume} - {"name"}

    assert kinds <= {"configMap", "secret", "emptyDir"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)


def test_the_namespace_admits_only_restricted_pods():
    (namespace,) = of_kind("Namespace")

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_nothing_goes_in_or_out_that_no_policy_names():
    policies = of_kind("NetworkPolicy")
    (shut,) = [each for each in policies if each["metadata"]["name"] == "default-deny"]

    assert shut["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in policies:
        for rule in [*policy["spec"].get("ingress", ()), *policy["spec"].get("egress", ())]:
            assert rule["ports"], policy["metadata"]["name"]
            assert rule.get("from") or rule.get("to")


def test_the_metadata_service_is_out_of_reach():
    outside = [
        (peer["ipBlock"], [port["port"] for port in rule["ports"]])
        for policy in of_kind("NetworkPolicy")
        for rule in policy["spec"].get("egress", ())
        for peer in rule["to"]
        if "ipBlock" in peer
    ]

    assert {block["cidr"] for block, _ in outside} == {"0.0.0.0/0", "::/0"}
    assert all(ports == [443] for _, ports in outside)
    assert all(METADATA in each["except"] for each, _ in outside if each["cidr"] == "0.0.0.0/0")
    assert all(len(each["except"]) == 2 for each, _ in outside if each["cidr"] == "::/0")


# How they stop.


def grace(path):
    return one(path)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]


def test_a_pod_lives_until_its_streams_have_had_their_time(tmp_path):
    server = configuration("base", tmp_path).server
    drain = server.drain_delay + server.drain_timeout + 15
    waiting = one("overlays/gateway/deployment.yaml")["spec"]["template"]["spec"]["containers"][0]
    before = waiting["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert grace("base/deployment.yaml") == drain
    assert grace("overlays/gateway/deployment.yaml") == drain + before


def test_a_sidecar_has_its_time_after_the_application_has_gone(tmp_path):
    server = configuration("sidecar", tmp_path).server

    assert grace("overlays/sidecar/application.yaml") >= server.drain_timeout + 15 + 30


# The gateway.


def test_a_gateway_is_several_and_stays_so():
    (budget,) = of_kind("PodDisruptionBudget", "overlays/gateway")
    spec = one("base/deployment.yaml")["spec"]
    gateway = one("overlays/gateway/deployment.yaml")["spec"]
    spread = gateway["template"]["spec"]["topologySpreadConstraints"]

    assert gateway["replicas"] >= 2
    assert budget["spec"]["maxUnavailable"] == 1
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert [each["topologyKey"] for each in spread] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]


def test_a_gateway_grows_when_half_of_its_places_are_taken(tmp_path):
    (scaler,) = of_kind("HorizontalPodAutoscaler")
    by = {next(iter(set(each) - {"type"})): each for each in scaler["spec"]["metrics"]}
    half = configuration("base", tmp_path).server.max_in_flight // 2

    assert by["pods"]["pods"]["metric"]["name"] == "firstbyte_in_flight"
    assert by["pods"]["pods"]["target"]["averageValue"] == str(half)
    assert VALUES["autoscaling"]["inFlightPerPod"] == half
    assert by["resource"]["resource"]["name"] == "cpu"
    assert scaler["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300


def test_what_the_store_could_not_be_told_has_a_place_to_wait():
    pod = one("base/deployment.yaml")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (state,) = [each["value"] for each in container["env"] if each["name"] == "STATE_DIRECTORY"]
    (mount,) = [each for each in container["volumeMounts"] if each["mountPath"] == state]
    (volume,) = [each for each in pod["volumes"] if each["name"] == mount["name"]]
    chart = (CHART / "templates/deployment.yaml").read_text()

    assert "readOnly" not in mount
    assert "emptyDir" in volume
    assert f"value: {state}}}" in chart
    assert f"mountPath: {state}}}" in chart


def test_probes_ask_where_operators_are_answered(tmp_path):
    (container,) = one("base/deployment.yaml")["spec"]["template"]["spec"]["containers"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    server = configuration("base", tmp_path).server
    asked = [container[each]["httpGet"] for each in ("startupProbe", "readinessProbe")]

    assert ports == {"http": server.port, "ops": server.ops_port}
    assert [each["path"] for each in asked] == ["/livez", "/readyz"]
    # Only the process itself: no provider and no store may restart it.
    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "ops"}


# The sidecar.


def test_the_sidecar_is_native_and_asked_by_a_command(tmp_path):
    (proxy,) = one("overlays/sidecar/proxy.yaml")["spec"]["template"]["spec"]["initContainers"]
    server = configuration("sidecar", tmp_path).server
    commands = [proxy[each]["exec"]["command"] for each in ("startupProbe", "livenessProbe")]

    assert proxy["restartPolicy"] == "Always"
    for command, question in zip(commands, ["ready", "live"], strict=True):
        assert question in PATHS
        assert command[:4] == ["python", "-m", "proxy.commands.probe", question]
        assert command[-1] == f"http://{server.ops_host}:{server.ops_port}"


def test_the_application_is_told_where_it_is(tmp_path):
    spec = one("overlays/sidecar/application.yaml")["spec"]["template"]["spec"]
    variables = {each["name"]: each["value"] for each in spec["containers"][0]["env"]}
    server = configuration("sidecar", tmp_path).server

    assert variables["OPENAI_BASE_URL"] == f"http://{server.host}:{server.port}/v1"


# The chart.


def test_the_charts_values_are_all_described():
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())

    def undescribed(values, described, path=""):
        for name, value in values.items():
            known = described.get("properties", {})
            if name not in known:
                yield f"{path}{name}"
            elif isinstance(value, dict) and known[name].get("additionalProperties") is False:
                yield from undescribed(value, known[name], f"{path}{name}.")

    assert list(undescribed(VALUES, schema)) == []


def test_every_value_of_the_chart_has_an_effect():
    templates = "".join(each.read_text() for each in sorted((CHART / "templates").iterdir()))
    leaves = {
        f"{group}.{name}" if group in {"service", "autoscaling", "monitoring"} else group
        for group, values in VALUES.items()
        for name in (values if isinstance(values, dict) and values else [""])
    }

    assert {leaf for leaf in leaves if f".Values.{leaf}" not in templates} == set()


def test_images_are_named_by_version():
    tags = [
        image["newTag"]
        for path in KUSTOMIZATIONS
        for image in yaml.safe_load(path.read_text()).get("images", ())
    ]

    assert tags
    assert "latest" not in tags
