"""Custom resources, and the values of a chart, have the fields that are documented."""

import jsonschema
import pytest
import yaml

from deploy.services import ROOT
from k8s.overlays import OVERLAYS, Json, overlay
from k8s.schemas import CUSTOM, check_custom, kind_of

OF_KUBERNETES = {
    "v1",
    "apps/v1",
    "autoscaling/v2",
    "batch/v1",
    "networking.k8s.io/v1",
    "policy/v1",
}
"""`make k8s-validate` holds these against the schemas of Kubernetes."""


@pytest.fixture
def values() -> Json:
    """Return what the chart of NATS is told."""
    text = (ROOT / "deploy/k8s/overlays/prod/nats-values.yaml").read_text()
    found: Json = yaml.safe_load(text)
    return found


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_resource_has_a_schema(name: str) -> None:
    for resource in overlay(name).resources:
        if kind_of(resource) in CUSTOM:
            check_custom(kind_of(resource), resource["spec"])
        else:
            assert resource["apiVersion"] in OF_KUBERNETES, kind_of(resource)


def test_a_field_that_is_misspelt_is_refused() -> None:
    scaled = overlay("prod").of("ScaledObject")["writer"]["spec"]

    with pytest.raises(jsonschema.ValidationError, match="'maxReplicas' was unexpected"):
        check_custom("keda.sh/v1alpha1/ScaledObject", scaled | {"maxReplicas": 3})


def test_the_chart_is_told_what_it_knows(values: Json) -> None:
    check_custom("values", values)


def test_the_broker_has_as_many_nodes_as_copies_are_kept(values: Json) -> None:
    told = overlay("prod").data_of("ConfigMap", "yaa")

    assert values["config"]["cluster"]["replicas"] == int(told["YAA_NATS_REPLICAS"])


def test_the_broker_reads_the_accounts_that_are_generated(values: Json) -> None:
    (volume,) = [patch["value"] for patch in values["podTemplate"]["patch"]]
    (mount,) = [patch["value"] for patch in values["container"]["patch"]]
    (name,) = overlay("prod").of("ConfigMap")[volume["configMap"]["name"]]["data"]

    assert mount["name"] == volume["name"]
    included = values["config"]["merge"]["$include"]
    assert included == f"..{mount['mountPath'].removeprefix('/etc')}/{name}"


def test_the_containers_of_the_chart_pass_the_restricted_standard(values: Json) -> None:
    pod = values["podTemplate"]["merge"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in ("container", "reloader", "promExporter"):
        its = values[container]["merge"]["securityContext"]
        assert its["allowPrivilegeEscalation"] is False
        assert its["capabilities"] == {"drop": ["ALL"]}


def test_the_database_is_reached_as_in_the_other_overlay() -> None:
    spec = overlay("prod").of("Cluster")["postgres"]["spec"]
    (service,) = spec["managed"]["services"]["additional"]

    assert service["serviceTemplate"]["metadata"]["name"] in overlay("dev").of("Service")
    secrets = {spec["bootstrap"]["initdb"]["secret"]["name"]}
    secrets |= {role["passwordSecret"]["name"] for role in spec["managed"]["roles"]}
    assert secrets <= overlay("prod").of("Secret").keys()
