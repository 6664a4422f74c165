"""The manifests for Kubernetes: valid, and true to what the program is."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.app.channels import CHANNELS, variables
from bot.gateway.wire import read_webhook_claim
from bot.web import WebApp
from tests.deployment import (
    DOCKERFILE,
    OPERATIONS,
    ROOT,
    SECRET,
    highest_memory_mib,
    longest_stop_seconds,
    mib,
    port_of_the_image,
    run,
)

FOLDER = ROOT / "deploy" / "kubernetes"
MANIFESTS = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
# The newest version and the oldest one that is still looked after.
VERSIONS = ("1.37.0", "1.35.0")


@cache
def manifest(name: str) -> Any:  # as deep as YAML is
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text())


def in_the_pages() -> list[str]:
    """The manifests that stand in the operator's pages."""
    return [
        text for text in re.findall(r"```yaml\n(.*?)```", OPERATIONS.read_text(), re.DOTALL) if "apiVersion" in text
    ]


def pod(deployment: Any) -> Any:
    return deployment["spec"]["template"]["spec"]


async def answered(path: str, problems: dict[str, str]) -> int:
    """The status that a program with such problems answers."""

    def nothing(*what: Any) -> Any:
        raise AssertionError(what)

    async def ready() -> dict[str, str]:
        return problems

    app = WebApp(
        endpoints=[],
        hear=nothing,
        is_news=nothing,
        report=nothing,
        take_webhook_claim=nothing,
        read_webhook_claim=read_webhook_claim,
        secret_key=b"",
        ready=ready,
        gauge=nothing,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://taal") as client:
        return (await client.get(path)).status_code


def deployments() -> list[Any]:
    return [manifest("deployment"), *map(yaml.safe_load, in_the_pages())]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_are_what_kubernetes_takes_and_what_it_would_not_take_is_found(
    version: str, tmp_path: Path
) -> None:
    pages = []
    for number, text in enumerate(in_the_pages()):
        pages.append(tmp_path / f"{number}.yaml")
        pages[-1].write_text(text)
    assert pages
    broken = tmp_path / "broken.yaml"
    broken.write_text((FOLDER / "deployment.yaml").read_text().replace("readinessProbe:", "readynessProbe:"))
    _, said = run("kubernetes-validate", "--strict", "--kubernetes-version", version, *MANIFESTS, *pages, broken)
    passed = re.findall(r"(?m)^INFO (\S+) passed", said)
    assert passed == [str(path) for path in (*MANIFESTS, *pages)], said
    assert f"ERROR {broken} did not validate" in said


def test_everything_is_applied_but_the_example_of_the_secret() -> None:
    listed = manifest("kustomization")["resources"]
    assert sorted(listed) == [path.name for path in MANIFESTS if path.name != "secret.example.yaml"]


def test_the_environment_is_the_programs_and_secrets_are_only_referred_to() -> None:
    secret = manifest("secret.example")
    named = {}
    for variable in pod(manifest("deployment"))["containers"][0]["env"]:
        reference = variable["valueFrom"]["secretKeyRef"]
        assert (reference["name"], reference["key"]) == (secret["metadata"]["name"], variable["name"])
        named[variable["name"]] = reference.get("optional", False)
    plain = manifest("configmap")["data"]
    assert named.keys() | plain.keys() <= set(variables())
    assert set(secret["stringData"].items()) == {(name, "") for name in named}, "an example holds no secret"
    assert {name for name in variables() if SECRET.search(name)} - {"SECRET_KEY_FILE"} <= named.keys()
    assert not [name for name in plain if SECRET.search(name)]
    # A channel may be missing; what every replica must share may not.
    assert {name for name, optional in named.items() if not optional} == {
        "DATABASE_URL",
        "SECRET_KEY",
        "DEXCHANGE_API_KEY",
    }


@pytest.mark.parametrize("deployment", deployments(), ids=["replicas", "sqlite"])
def test_a_pod_may_do_no_more_than_it_needs(deployment: Any) -> None:
    spec = pod(deployment)
    (container,) = spec["containers"]
    security = spec["securityContext"] | container["securityContext"]
    assert security["runAsNonRoot"]
    assert f"USER {security['runAsUser']}\n" in DOCKERFILE
    assert security["readOnlyRootFilesystem"]
    assert not security["allowPrivilegeEscalation"]
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not spec["automountServiceAccountToken"]
    assert not spec["enableServiceLinks"]
    assert re.search(r":\d+\.\d+\.\d+$", container["image"])
    assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}


@pytest.mark.parametrize("deployment", deployments(), ids=["replicas", "sqlite"])
def test_a_pod_is_given_time_and_memory(deployment: Any) -> None:
    spec = pod(deployment)
    (container,) = spec["containers"]
    before_seconds = 0
    if "lifecycle" in container:
        sleep, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
        assert sleep == "sleep"
        before_seconds = int(seconds)
    assert spec["terminationGracePeriodSeconds"] > before_seconds + longest_stop_seconds()
    assert mib(container["resources"]["limits"]["memory"]) > highest_memory_mib()
    assert mib(container["resources"]["requests"]["memory"]) >= 128


@pytest.mark.anyio
@pytest.mark.parametrize("deployment", deployments(), ids=["replicas", "sqlite"])
async def test_the_probes_ask_what_the_program_answers(deployment: Any) -> None:
    (container,) = pod(deployment)["containers"]
    (port,) = container["ports"]
    assert port["containerPort"] == port_of_the_image()
    paths = {}
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container[name]["httpGet"]
        assert probe["port"] in (port.get("name"), port["containerPort"])
        paths[name] = probe["path"]
        assert (await answered(probe["path"], {}), await answered("/", {})) == (200, 404)
    # What depends on the database decides only who is given requests: no restart mends a database.
    ill = {name: await answered(path, {"database": "gone"}) for name, path in paths.items()}
    assert ill == {"startupProbe": 200, "livenessProbe": 200, "readinessProbe": 503}


def test_replicas_are_never_all_gone() -> None:
    deployment = manifest("deployment")
    assert deployment["spec"]["replicas"] >= 2
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert manifest("disruption")["spec"]["maxUnavailable"] == 1


def test_the_replicas_together_keep_to_the_pace_of_the_channels() -> None:
    deployment = manifest("deployment")["spec"]
    most = deployment["replicas"] + deployment["strategy"]["rollingUpdate"]["maxSurge"]
    paces = {name: int(pace) for name, pace in manifest("configmap")["data"].items() if "RATE" in name}
    fields = {of.variables()["rate_per_second"]: of.model_fields["rate_per_second"].default for of in CHANNELS}
    assert paces.keys() == fields.keys()
    assert all(pace * most <= fields[name] for name, pace in paces.items())


def test_sqlite_has_one_replica_and_the_old_one_goes_first() -> None:
    for deployment in map(yaml.safe_load, in_the_pages()):
        assert deployment["spec"]["replicas"] == 1
        assert deployment["spec"]["strategy"] == {"type": "Recreate"}


def test_all_of_them_mean_the_same_pods_and_the_same_port() -> None:
    labels = manifest("deployment")["spec"]["template"]["metadata"]["labels"]
    assert manifest("service")["spec"]["selector"] == labels
    assert manifest("network")["spec"]["podSelector"]["matchLabels"] == labels
    assert manifest("disruption")["spec"]["selector"]["matchLabels"] == labels
    spread = pod(manifest("deployment"))["topologySpreadConstraints"]
    assert all(each["labelSelector"]["matchLabels"] == labels for each in spread)
    (port,) = manifest("service")["spec"]["ports"]
    (taken,) = manifest("network")["spec"]["ingress"][0]["ports"]
    assert port["targetPort"] == taken["port"] == pod(manifest("deployment"))["containers"][0]["ports"][0]["name"]


def test_nothing_but_webhooks_and_the_payers_pages_is_for_the_world() -> None:
    spec = manifest("ingress")["spec"]
    paths = [path for rule in spec["rules"] for path in rule["http"]["paths"]]
    assert [(path["path"], path["pathType"]) for path in paths] == [("/webhooks", "Prefix"), ("/pay", "Prefix")]
    assert {path["backend"]["service"]["name"] for path in paths} == {manifest("service")["metadata"]["name"]}
    hosts = [rule["host"] for rule in spec["rules"]]
    assert hosts == [host for each in spec["tls"] for host in each["hosts"]]
    assert manifest("configmap")["data"]["PUBLIC_URL"] == f"https://{hosts[0]}"


def test_a_pod_may_call_nobody_but_whom_it_needs() -> None:
    policy = manifest("network")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    ports = {(each["protocol"], each["port"]) for rule in policy["egress"] for each in rule["ports"]}
    assert ports == {("UDP", 53), ("TCP", 53), ("TCP", 443), ("TCP", 5432)}
    assert all(rule["to"] for rule in policy["egress"])
    assert all(rule["from"] for rule in policy["ingress"])
