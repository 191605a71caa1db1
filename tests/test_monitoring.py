"""What watches the system speaks of what the system tells: docs, dashboards, alerts, scrapes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from agentkit.service import service_names
from deploy.observability.render import DASHBOARDS, files
from promql import QueryError, labels_of
from told import exported, listed

ROOT = Path(__file__).parent.parent
OBSERVABILITY = ROOT / "deploy" / "observability"
PROMETHEUS = OBSERVABILITY / "prometheus"
RUNBOOK = (ROOT / "docs" / "RUNBOOK.md").read_text()
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}
ASKED_FOR = {"Request volume", "Error rate", "Run status", "Queue depth"}


def alerts() -> list[dict[str, Any]]:
    texts = [file.read_text() for file in sorted((PROMETHEUS / "rules").glob("*.yml"))]
    groups = [group for text in texts for group in yaml.safe_load(text)["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def anchors(text: str) -> set[str]:
    """Return where links into a page may go, as GitHub makes them of its headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}


def test_the_docs_list_what_the_services_tell_and_nothing_else() -> None:
    names = [told for told, _ in listed()]

    assert len(names) == len(set(names))
    assert set(names) == exported().keys()


def test_the_dashboards_and_the_scrapes_are_as_they_were_rendered() -> None:
    rendered = files()

    assert {path for path in rendered if path.suffix == ".json"} == set(DASHBOARDS.glob("*.json"))
    for path, text in rendered.items():
        assert path.read_text() == text, f"{path.name} is stale: run make render"


def test_there_is_one_dashboard_for_each_service_and_one_for_all() -> None:
    assert set(BOARDS) == {"overview", *service_names()}
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS)
    assert {panel["title"] for panel in panels(BOARDS["overview"])} >= ASKED_FOR


@pytest.mark.parametrize("name", BOARDS)
def test_every_query_of_a_dashboard_is_about_something_that_is_told(name: str) -> None:
    for panel in panels(BOARDS[name]):
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            labels = labels_of(target["expr"].replace("$__rate_interval", "5m"))
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert named <= labels, f"{panel['title']}: {target['legendFormat']}"
            assert target["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_says_what_it_is_and_stands_alone(name: str) -> None:
    taken = set[tuple[int, int]]()
    for panel in BOARDS[name]["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    for panel in panels(BOARDS[name]):
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_every_alert_can_come_and_says_how_bad_it_is_and_where_to_read_on(
    alert: dict[str, Any],
) -> None:
    labels = labels_of(alert["expr"])

    said = set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]))
    assert said <= labels
    assert alert["labels"]["severity"] in {"critical", "warning"}
    page, anchor = alert["annotations"]["runbook"].split("#")
    assert (page, anchor) == ("docs/RUNBOOK.md", alert["alert"].lower())
    assert anchor in anchors(RUNBOOK)


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    cases = set[tuple[str, bool]]()
    for file in (PROMETHEUS / "tests").glob("*.yml"):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test["alert_rule_test"]:
                cases.add((case["alertname"], bool(case["exp_alerts"])))

    names = [alert["alert"] for alert in alerts()]
    assert len(names) == len(set(names))
    assert cases == {(name, fires) for name in names for fires in (True, False)}


def test_grafana_finds_the_dashboards_and_the_data_sources() -> None:
    provisioning = OBSERVABILITY / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "yaa.yaml").read_text())
    folders = yaml.safe_load((provisioning / "dashboards" / "yaa.yaml").read_text())

    default = [source["type"] for source in sources["datasources"] if source["isDefault"]]
    assert default == ["prometheus"]
    assert [each["options"]["path"] for each in folders["providers"]] == ["/etc/grafana/dashboards"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("sum(rate(yaa_nothing_total[5m]))", "nobody tells 'yaa_nothing_total'"),
        ("yaa_steps_total{colour='red'}", "no label 'colour'"),
        ("sum by (channel_id) (yaa_steps_total)", "no label 'channel_id'"),
        ("sum by (le) (rate(yaa_step_seconds_count[5m]))", "no label 'le'"),
        ("sum(rate(yaa_steps_total[5m])", "cannot be read"),
        ("rate(yaa_steps_total)", "cannot be read"),
    ],
)
def test_a_query_about_what_nobody_tells_is_found(query: str, problem: str) -> None:
    with pytest.raises(QueryError, match=re.escape(problem)):
        labels_of(query)
