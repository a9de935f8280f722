"""What is measured: models, sizes of data sets and batches, and the ratios to reach.

A workload names a model and a kind of work. The candidates that can do it, in table order, are
`kerajax`, `keras`, the hand-written forms and other packages; `kind` says which code of a candidate
runs.
"""

from dataclasses import dataclass

HANDWRITTEN = ("jax_loop", "jax_scan")
# Beside Keras on JAX; the last three run only with `--all` or by their names.
EXTENDED = ("torch_compile", "keras_tf", "flax_nnx")
ELSEWHERE = ("torch", *EXTENDED)


@dataclass(frozen=True)
class Workload:
    """One row group of the table.

    Args:
        name: Name on the command line.
        title: One line for the reader.
        kind: "fit", "evaluate", "predict_many", "train_on_batch", "predict_one", "op", "files"
            (rates), "import", "first_step" (seconds), "memory" (MB).
        model: Key of `keras_like.MODELS` and `handwritten.MODELS`; name of the op for kind "op".
        samples: Size of the data set. None of them divides by the batch size, so that every
            candidate trains the shorter last batch too, as Keras does. Rows of a first step have
            one batch.
        batch_size: Samples per step.
        baselines: The hand-written candidates; the better of them is the yardstick, or the slower
            one where `bottleneck` is set.
        others: Candidates of other packages that can do the row.
        target: kerajax over the better baseline: at least (rates), at most (seconds, MB).
        target_keras: kerajax over Keras, in the same direction; None where there is no goal.
        target_torch: kerajax over torch, likewise.
        progress_bar: Whether `fit` draws its bar into a pseudo-terminal (`verbose=1`).
        first_use: Whether an import goes on to touch a model, a layer and an optimizer.
        streamed: Whether `fit` reads a `PyDataset` that augments each batch.
        bottleneck: Whether the baselines are parts of kerajax's own work, which cannot be faster
            than the slower part.
        restarted: Whether kerajax finds its programs in a compilation cache that an earlier process
            has filled; `cold` is kerajax without one.
        extended: Whether the row runs only with `--all` or by its name.
    """

    name: str
    title: str
    kind: str = "fit"
    model: str = "script_mlp"
    samples: int = 10_000
    batch_size: int = 32
    baselines: tuple = HANDWRITTEN
    others: tuple = ()
    target: float | None = None
    target_keras: float | None = 1.0
    target_torch: float | None = 0.9
    progress_bar: bool = False
    first_use: bool = False
    streamed: bool = False
    bottleneck: bool = False
    restarted: bool = False
    extended: bool = False

    @property
    def candidates(self):
        """Everyone who takes part, in table order."""
        packages = ("kerajax",) if self.restarted else ("kerajax", "keras")
        return (*packages, *self.baselines, *self.others)

    @property
    def unit(self):
        """Unit of one measurement."""
        rates = {
            "fit": "steps/s",
            "evaluate": "steps/s",
            "predict_many": "steps/s",
            "train_on_batch": "calls/s",
            "predict_one": "calls/s",
            "op": "calls/s",
            "files": "calls/s",
        }
        return rates.get(self.kind) or {"import": "s", "first_step": "s", "memory": "MB"}[self.kind]

    @property
    def higher_is_better(self):
        """True for rates; seconds and MB are costs."""
        return self.unit.endswith("/s")

    @property
    def steps_per_epoch(self):
        """Batches in one pass over the data, the shorter last one included."""
        return -(-self.samples // self.batch_size)


def _restarted(model, batch_size):
    return Workload(
        f"restart_{model}",
        f"seconds to the end of the first step of fit, {model}; cold: without a compilation cache",
        kind="first_step",
        model=model,
        samples=batch_size,
        batch_size=batch_size,
        baselines=("cold",),
        target=1 / 3,
        target_keras=None,
        restarted=True,
        extended=True,
    )


_ROWS = (
    Workload(
        "script_mlp",
        "MLP 8-10-1, SGD, fit(verbose=0)",
        others=ELSEWHERE,
        target=0.8,
        target_keras=35.0,
    ),
    Workload(
        "script_mlp_bar",
        "the same with the progress bar, beside hand-written loops without one",
        target=0.6,
        progress_bar=True,
    ),
    Workload(
        "mlp",
        "MLP 784-1024-1024-10, Adam",
        model="mlp",
        batch_size=128,
        others=ELSEWHERE,
        target=0.95,
    ),
    Workload(
        "convnet",
        "convnet 28x28x1, Adam",
        model="convnet",
        samples=1_100,
        batch_size=128,
        # A scan over heavy steps loses XLA's parallelism: 0.2 steps/s, a minute per epoch.
        baselines=("jax_loop",),
        others=ELSEWHERE,
        target=2.0,
    ),
    Workload(
        "resnet20",
        "ResNet-20 with batch normalization 32x32x3, Adam",
        model="resnet20",
        samples=330,
        batch_size=64,
        baselines=("jax_loop",),
        others=ELSEWHERE,
        target=1.3,
    ),
    Workload(
        "lstm",
        "LSTM(64), 80 steps, Adam",
        model="lstm",
        samples=2_000,
        others=("torch", "keras_tf"),
        target=1.6,
    ),
    Workload(
        "gru",
        "GRU(64), 80 steps, Adam",
        model="gru",
        samples=2_000,
        others=("torch", "keras_tf"),
        target=1.0,
    ),
    Workload(
        "transformer",
        "transformer, 2 blocks of width 128, 64 tokens, Adam",
        model="transformer",
        samples=1_000,
        others=ELSEWHERE,
        target=1.0,
    ),
    Workload(
        "train_on_batch",
        "train_on_batch of the MLP 8-10-1; hand-written: one jitted step, logs read",
        kind="train_on_batch",
        baselines=("jax_loop",),
        target_keras=10.0,
    ),
    Workload(
        "predict_one",
        "predict of one sample; hand-written: one compiled call, result read",
        kind="predict_one",
        baselines=("jax_loop",),
        target=0.5,
        target_keras=6.0,
    ),
    Workload(
        "ops_relu",
        "ops.relu of an 8x8 array, eagerly; hand-written: jax.nn.relu",
        kind="op",
        model="relu",
        baselines=("jax",),
        target=1 / 1.5,
        # Keras calls the same function; the rest is noise.
        target_keras=None,
    ),
    Workload(
        "ops_matmul",
        "ops.matmul of two 8x8 arrays, eagerly; hand-written: jnp.matmul",
        kind="op",
        model="matmul",
        baselines=("jax",),
        target=1 / 1.3,
    ),
    Workload(
        "save_load",
        "save_weights and load_weights of 100 MiB; hand-written: h5py, flushed to the disk as well",
        kind="files",
        baselines=("h5py",),
        target=1 / 1.3,
    ),
    Workload("import", "import of the package", kind="import", baselines=("jax",), target=1.3),
    Workload(
        "import_used",
        "import and first touch of Sequential, Dense, SGD; beside jax and optax",
        kind="import",
        baselines=("jax",),
        first_use=True,
    ),
    Workload("memory", "peak memory of the MLP 8-10-1 script", kind="memory", target=1.15),
    Workload(
        "memory_mlp",
        "peak memory of training an MLP 2048-4096-4096-10",
        kind="memory",
        model="big_mlp",
        samples=130,
        batch_size=128,
        target=1.15,
        extended=True,
    ),
    Workload(
        "evaluate",
        "evaluate of the MLP 784-1024-1024-10",
        kind="evaluate",
        model="mlp",
        batch_size=128,
        others=ELSEWHERE,
        target=0.95,
        extended=True,
    ),
    Workload(
        "predict_many",
        "predict of 10,000 samples by the MLP 784-1024-1024-10, into one numpy array",
        kind="predict_many",
        model="mlp",
        batch_size=128,
        others=ELSEWHERE,
        target=0.95,
        extended=True,
    ),
    Workload(
        "custom_step",
        "MLP 8-10-1 with its own train_step(state, data)",
        model="custom_step",
        target=0.75,
        extended=True,
    ),
    Workload(
        "streaming",
        "the MLP from a PyDataset that shifts, flips and adds noise; loader alone, step alone",
        model="mlp",
        samples=2_000,
        batch_size=128,
        baselines=("loader", "step"),
        target=0.9,
        target_keras=1.0,
        streamed=True,
        bottleneck=True,
        extended=True,
    ),
    Workload(
        "depth_8",
        "seconds to the end of the first step, 8 residual dense blocks of width 256",
        kind="first_step",
        model="depth_8",
        samples=32,
        baselines=("written_out", "layer_scan"),
        target=1.2,
        extended=True,
    ),
    Workload(
        "depth_50",
        "the same with 50 blocks",
        kind="first_step",
        model="depth_50",
        samples=32,
        baselines=("written_out", "layer_scan"),
        target=1.2,
        extended=True,
    ),
    Workload(
        "startup_mlp",
        "seconds to the end of the first step of fit, MLP 8-10-1; hand-written: jit of the step",
        kind="first_step",
        samples=32,
        baselines=("jax_loop",),
        target=1.2,
        extended=True,
    ),
    Workload(
        "startup_convnet",
        "the same with the convnet",
        kind="first_step",
        model="convnet",
        samples=128,
        batch_size=128,
        baselines=("jax_loop",),
        target=1.2,
        extended=True,
    ),
    Workload(
        "startup_lstm",
        "the same with the LSTM",
        kind="first_step",
        model="lstm",
        samples=32,
        baselines=("jax_loop",),
        target=1.2,
        extended=True,
    ),
    *map(
        _restarted,
        ("script_mlp", "convnet", "resnet20", "transformer", "depth_50"),
        (32, 128, 64, 32, 32),
    ),
)
WORKLOADS = {row.name: row for row in _ROWS}
