"""Speed, import time and memory of kerajax beside Keras on JAX and beside hand-written JAX.

Run `python -m benchmarks` from the root of the repository; `README.md` here says how to read the
table. Reading order: `workloads.py` (what is measured), `candidates.py`, `keras_like.py` and
`handwritten.py` (who does it), `worker.py` (one candidate in its own process), `runner.py` (turns),
`report.py` (table).
"""
