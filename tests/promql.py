"""What a query is about: does it parse, and does anybody tell such metrics with such labels?"""

from collections.abc import Iterable, Mapping
from functools import singledispatch

import promql_parser as promql

from told import exported

TARGET = frozenset({"job", "instance", "service"})
"""The labels that Prometheus gives to whatever it scrapes."""
OF_PROMETHEUS = {
    "up": frozenset[str](),
    "ALERTS": frozenset({"alertname", "alertstate", "severity"}),
}


class QueryError(Exception):
    """The query is about something that nobody tells."""


def series() -> Mapping[str, frozenset[str]]:
    """Return every series that a query may be about, with the labels it has."""
    found = {
        name: told.labels | TARGET | ({"le"} if name.endswith("_bucket") else frozenset())
        for told, names in exported().items()
        for name in names
    }
    return found | {name: labels | TARGET for name, labels in OF_PROMETHEUS.items()}


def labels_of(query: str) -> frozenset[str]:
    """Return the labels that the answer to a query may have.

    Raises:
        QueryError: it is no query, or about what nobody tells.
    """
    try:
        return _labels(promql.parse(query), series())
    except ValueError as error:
        raise QueryError(f"{query!r} cannot be read: {error}") from error


@singledispatch
def _labels(_number: object, _known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset()


@_labels.register
def _(expr: promql.VectorSelector, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if expr.name not in known:
        raise QueryError(f"nobody tells {expr.name!r}")
    _there(expr.name, (matcher.name for matcher in expr.matchers.matchers), known[expr.name])
    return known[expr.name]


@_labels.register
def _(expr: promql.MatrixSelector, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return _labels(expr.vector_selector, known)


@_labels.register(promql.ParenExpr)
@_labels.register(promql.SubqueryExpr)
@_labels.register(promql.UnaryExpr)
def _(expr: promql.ParenExpr, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return _labels(expr.expr, known)


@_labels.register
def _(expr: promql.Call, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found = frozenset[str]().union(*(_labels(each, known) for each in expr.args))
    return found - {"le"} if expr.func.name == "histogram_quantile" else found


@_labels.register
def _(expr: promql.AggregateExpr, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    inner = _labels(expr.expr, known)
    if expr.modifier is None:
        return frozenset()
    named = frozenset(expr.modifier.labels)
    _there(str(expr), named, inner)
    return named if expr.modifier.type == promql.AggModifierType.By else inner - named


@_labels.register
def _(expr: promql.BinaryExpr, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return _labels(expr.lhs, known) | _labels(expr.rhs, known)


def _there(what: str, named: Iterable[str], labels: frozenset[str]) -> None:
    for label in named:
        if label not in labels:
            raise QueryError(f"{what} has no label {label!r}: it has {', '.join(sorted(labels))}")
