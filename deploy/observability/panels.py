"""Panels and dashboards in the JSON that Grafana reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Literal

type Json = dict[str, Any]

COLUMNS = 24
HEIGHTS = {"stat": 4, "timeseries": 8, "table": 8}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
TAG = "yaa"


@dataclass(frozen=True, slots=True)
class Query:
    """One query; `legend` names its series, with `{{label}}` in it."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """What is shown of some queries. From `alarm` on a number is red."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    kind: Literal["stat", "timeseries", "table"] = "timeseries"
    width: int = 8
    stacked: bool = False
    alarm: float | None = None


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    panels: tuple[Panel, ...]


def dashboard(name: str, title: str, sections: Sequence[Section]) -> Json:
    """Return a dashboard; whoever opens it chooses the data source."""
    return {
        "uid": f"yaa-{name}",
        "title": f"yaa / {title}",
        "tags": [TAG],
        "schemaVersion": 39,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "graphTooltip": 1,
        "templating": {"list": [_source_variable()]},
        "links": [_others()],
        "panels": [{"id": number, **panel} for number, panel in enumerate(_laid_out(sections), 1)],
    }


def _source_variable() -> Json:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "hide": 0,
    }


def _others() -> Json:
    return {
        "title": "yaa",
        "type": "dashboards",
        "tags": [TAG],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
    }


def _laid_out(sections: Sequence[Section]) -> Iterator[Json]:
    """Yield a row for each section and its panels beneath, from left to right."""
    y = 0
    for section in sections:
        place = {"h": 1, "w": COLUMNS, "x": 0, "y": y}
        yield {"type": "row", "title": section.title, "collapsed": False, "gridPos": place}
        x, y, height = 0, y + 1, 0
        for panel in section.panels:
            if x + panel.width > COLUMNS:
                x, y, height = 0, y + height, 0
            height = max(height, HEIGHTS[panel.kind])
            place = {"h": HEIGHTS[panel.kind], "w": panel.width, "x": x, "y": y}
            yield _panel(panel) | {"gridPos": place}
            x += panel.width
        y += height


def _panel(panel: Panel) -> Json:
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": _options(panel.kind),
        "targets": [
            _target(letter, query, panel.kind)
            for letter, query in zip(ascii_uppercase, panel.queries, strict=False)
        ],
    }


def _field(panel: Panel) -> Json:
    field: Json = {"unit": panel.unit, "min": 0}
    if panel.kind == "timeseries":
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        field["custom"] = {
            "fillOpacity": 30 if panel.stacked else 5,
            "lineWidth": 1,
            "showPoints": "never",
            "spanNulls": True,
            "stacking": stacking,
        }
    if panel.alarm is not None:
        steps = [{"color": "green", "value": None}, {"color": "red", "value": panel.alarm}]
        field["thresholds"] = {"mode": "absolute", "steps": steps}
    return field


def _options(kind: str) -> Json:
    match kind:
        case "stat":
            last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
            return {"reduceOptions": last, "colorMode": "value", "graphMode": "area"}
        case "table":
            return {"showHeader": True, "cellHeight": "sm"}
        case _:
            return {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }


def _target(letter: str, query: Query, kind: str) -> Json:
    is_table = kind == "table"
    return {
        "refId": letter,
        "datasource": SOURCE,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "format": "table" if is_table else "time_series",
        "instant": is_table,
        "range": not is_table,
    }
