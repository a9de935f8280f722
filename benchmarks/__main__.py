"""Command line: `python -m benchmarks [workload ...] [--candidates ...] [--rounds N] ...`."""

import argparse
import sys
from pathlib import Path

from . import report
from .runner import run_workload
from .workloads import EXTENDED, WORKLOADS

NAMES = tuple(dict.fromkeys(name for row in WORKLOADS.values() for name in row.candidates))


def main(argv=None):
    """Runs the chosen workloads; returns 1 if a candidate failed."""
    options = _parser().parse_args(argv)
    rounds = options.rounds or (3 if options.quick else 7)
    window, warm_up = (0.3, 3.0) if options.quick else (1.0, 15.0)
    outcome = {}
    default_rows = [name for name, row in WORKLOADS.items() if options.all or not row.extended]
    default_candidates = [name for name in NAMES if options.all or name not in EXTENDED]
    for name in options.workloads or default_rows:
        workload = WORKLOADS[name]
        chosen = options.candidates or default_candidates
        names = [c for c in workload.candidates if c in chosen]
        print(f"{name}: {workload.title} ({', '.join(names)})", file=sys.stderr, flush=True)
        outcome[workload] = run_workload(
            workload, names, options.candidates or (), rounds, window, warm_up
        )
    report.print_table(outcome)
    if options.json:
        options.json.write_text(report.to_json(outcome) + "\n")
    if options.markdown:
        options.markdown.write_text(report.to_markdown(outcome))
    failed = [r for results in outcome.values() for r in results.values() if r.failed]
    return 1 if failed else 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare kerajax with Keras, hand-written JAX and torch.",
    )
    parser.add_argument(
        "workloads",
        nargs="*",
        metavar="workload",
        choices=[*WORKLOADS, []],
        help=f"of {', '.join(WORKLOADS)}",
    )
    parser.add_argument(
        "--all", action="store_true", help="also the rows and candidates that README calls extended"
    )
    parser.add_argument(
        "--candidates",
        nargs="+",
        choices=NAMES,
        help="default: all but the extended ones; a package that is named here must be installed",
    )
    parser.add_argument("--rounds", type=int, help="measurements per candidate (default 7)")
    parser.add_argument("--quick", action="store_true", help="short windows, three rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values to FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table to FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
