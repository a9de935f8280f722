"""The results as a table, as markdown and as JSON."""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.table import Table

COLUMNS = (
    *("workload", "candidate", "median", "spread"),
    *("best/hand", "/keras", "/torch", "first s", "loss e3"),
)

PACKAGES = ("keras", "torch")  # Candidates with a ratio of their own, beside the hand-written.


def ratios(workload, results, candidate):
    """The candidate's median over the better hand-written one's, Keras' and torch's.

    A ratio is None where a side has no result.

    Example:

    >>> from benchmarks.runner import Result
    >>> from benchmarks.workloads import WORKLOADS
    >>> done = {"keras": Result([2.0]), "jax_loop": Result([8.0]), "jax_scan": Result([16.0])}
    >>> ratios(WORKLOADS["mlp"], done, "keras")
    (0.125, 1.0, None)
    """
    own = results[candidate].median
    hand = [results[name].median for name in workload.baselines if name in results]
    hand = [value for value in hand if value is not None]
    best = max if workload.higher_is_better != workload.bottleneck else min
    better = best(hand) if hand else None
    keras, torch = (results[name].median if name in results else None for name in PACKAGES)
    return tuple(own / other if own and other else None for other in (better, keras, torch))


def verdict(workload, results):
    """One line on kerajax's goals: ratios, what was asked, and whether it was reached."""
    if "kerajax" not in results or results["kerajax"].median is None:
        return f"{workload.name}: kerajax has no result"
    sign, parts = (">=" if workload.higher_is_better else "<="), []
    yardstick = "the slower part" if workload.bottleneck else "hand-written"
    labels = (yardstick, "Keras", "torch")
    goals = (workload.target, workload.target_keras, workload.target_torch)
    for label, ratio, goal in zip(labels, ratios(workload, results, "kerajax"), goals, strict=True):
        if ratio is None or goal is None:
            continue
        reached = ratio >= goal if workload.higher_is_better else ratio <= goal
        word = "reached" if reached else "MISSED"
        parts.append(f"{_number(ratio)} of {label} (asked {sign} {goal:g}: {word})")
    return f"{workload.name}: " + (", ".join(parts) or "nothing to compare with")


def rows(workload, results):
    """Table rows as lists of strings, one per candidate."""
    lines = []
    for candidate, result in results.items():
        if result.failed or result.skipped:
            text = _why_absent(result)
            lines.append([workload.name, candidate, text] + [""] * (len(COLUMNS) - 3))
            continue
        middle = result.median
        spread = (max(result.values) - min(result.values)) / middle
        lines.append(
            [
                workload.name,
                candidate,
                f"{_number(middle)} {workload.unit}",
                f"{spread:.0%}",
                *(_number(ratio) for ratio in ratios(workload, results, candidate)),
                _number(result.facts.get("first")),
                _number(result.facts.get("loss")),
            ]
        )
    return lines


def print_table(outcome, console=None):
    """Prints the table and one verdict line per workload.

    Args:
        outcome: Dict from Workload to dict from candidate to Result.
        console: Optional rich Console.
    """
    console = console or Console()
    console.width = max(console.width, 120)
    table = Table(title=describe_machine())
    for column in COLUMNS:
        table.add_column(column, no_wrap=True, overflow="ellipsis")
    for workload, results in outcome.items():
        for row in rows(workload, results):
            table.add_row(*row[:2], _shorten(row[2]), *row[3:])
        table.add_section()
    console.print(table)
    for workload, results in outcome.items():
        for name, result in results.items():
            if result.failed or result.skipped:
                line = f"{workload.name} {name}: {_why_absent(result)}"
                console.print(line, markup=False, highlight=False)
        console.print(verdict(workload, results), markup=False, highlight=False)


def to_markdown(outcome):
    """The same table as a markdown string."""
    lines = [" | ".join(COLUMNS), " | ".join("---" for _ in COLUMNS)]
    for workload, results in outcome.items():
        lines += [" | ".join(row) for row in rows(workload, results)]
    table = "\n".join(f"| {line} |" for line in lines)
    goals = "\n".join(f"- {verdict(workload, results)}" for workload, results in outcome.items())
    return f"{describe_machine()}\n\n{table}\n\n{goals}\n"


def to_json(outcome):
    """Everything that was measured, as a JSON string."""
    workloads = {}
    for workload, results in outcome.items():
        workloads[workload.name] = {
            name: {
                "unit": workload.unit,
                "median": result.median,
                "values": result.values,
                "ratios": dict(
                    zip(("handwritten", *PACKAGES), ratios(workload, results, name), strict=True)
                ),
                "failed": result.failed,
                "skipped": result.skipped,
                **result.facts,
            }
            for name, result in results.items()
        }
    return json.dumps({"machine": describe_machine(), "workloads": workloads}, indent=2)


def describe_machine():
    """Cores, load at the end of the run, and versions."""
    load = os.getloadavg()[0]
    packages = ", ".join(
        f"{name} {_version(name)}" for name in ("jax", "keras", "kerajax", "torch")
    )
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}; "
        f"Python {platform.python_version()}, {packages}"
    )


def _why_absent(result):
    return f"failed: {result.failed}" if result.failed else f"skipped: {result.skipped}"


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _shorten(text, width=26):
    return text if len(text) <= width else text[: width - 1] + "…"


def _number(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"
