"""TensorBoard: losses, weights, embeddings and profiles, as files that TensorBoard shows."""

import json
import os
import time

import numpy as np

from kerajax.backend import image_data_format
from kerajax.backend._extras import required
from kerajax.backend._profile import profile
from kerajax.callbacks._callback import Callback
from kerajax.callbacks._frequency import BatchCount
from kerajax.callbacks._lr_scheduler import log_rates, optimizers_of
from kerajax.objects import old_spellings

# Folder of the tables of embeddings, below that of the logs.
_TABLES = "embeddings"


class TensorBoard(Callback):
    """Writes what TensorBoard shows: metrics, the model, histograms of weights, profiles.

    Files are written by the package `tensorboardX`, so TensorFlow is not needed:
    `pip install 'kerajax[tensorboard]'`. To look at them, `pip install tensorboard` and run
    `tensorboard --logdir logs`.

    Folders `train` and `validation` below `log_dir` hold `epoch_*` (and with `update_freq`,
    `batch_*`) scalars; each evaluation adds `evaluation_*_vs_iterations`.

    Args:
        log_dir: Path of the folder to write to; nothing else should write there.
        histogram_freq: Int, epochs between two histograms of the weights; 0 for none.
        write_graph: Bool. Whether to write the architecture.
        write_images: Bool. Whether weights are written as images beside their histograms.
        write_steps_per_second: Bool. Whether to write the speed of training.
        update_freq: `"epoch"`, or an int, batches between two writes of the metrics; `"batch"` is
            1. Anything but `"epoch"` makes `fit` run the steps one by one.
        profile_batch: Int, or a pair of ints (also `"10,20"`): the step, or the first and last
            step, counted from 1, during which JAX's profiler runs. 0 for none.
        embeddings_freq: Int, epochs between two writes of the tables of `Embedding` layers, which
            the projector shows; 0 for none.
        embeddings_metadata: Path, from `log_dir`, of a file with a label for each row of the table,
            or a dict of layer name to path.

    Raises:
        ImportError: If `tensorboardX` is not installed.
        ValueError: If `profile_batch` is neither, or if metadata names a layer that is no
            `Embedding` of the model.

    Example:

    ```python
    board = kerajax.callbacks.TensorBoard("logs", histogram_freq=1)
    model.fit(x, y, epochs=10, callbacks=[board])
    ```
    """

    @old_spellings("TensorBoard")
    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
    ):
        super().__init__()
        self._package = required("tensorboardX", type(self).__name__, "tensorboard")
        self.log_dir = str(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._first_profiled, self._last_profiled = _profiled(profile_batch)
        self.each_batch = self.update_freq != "epoch" or self._first_profiled > 0
        self._writers = {}
        self._step = 0
        self._count = BatchCount(self.update_freq)
        self._profile = None
        self._batch_start = self._epoch_start = 0.0
        self._steps_before = 0

    def set_model(self, model):
        super().set_model(model)
        self._writers = {}
        if self.write_graph:
            self._write_architecture()
        if self.embeddings_freq:
            self._configure_projector()

    def on_train_begin(self, logs=None):
        self._step = 0
        self._count = BatchCount(self.update_freq)

    def on_train_end(self, logs=None):
        self._stop_profile()
        self._close()

    def on_epoch_begin(self, epoch, logs=None):
        if self.write_steps_per_second:
            self._steps_before = _iterations(self.model)
            self._epoch_start = time.perf_counter()

    def on_train_batch_begin(self, batch, logs=None):
        self._batch_start = time.perf_counter()
        # Steps are counted from 1, and several may come as one.
        if self._first_profiled == 0 or self._profile is not None:
            return
        if self._step + 1 <= self._last_profiled and self._step + 1 >= self._first_profiled:
            self._profile = profile(os.path.join(self.log_dir, "train"))
            self._profile.__enter__()

    def on_train_batch_end(self, batch, logs=None):
        self._step += self._count.step_to(batch)
        due = self._count.is_due(batch)
        self._count.last = batch
        if self.update_freq != "epoch" and due:
            writer = self._writer("train")
            if self.write_steps_per_second:
                # The device may still be at work: a read result says that it is not.
                _ = dict(logs or {})
                seconds = max(time.perf_counter() - self._batch_start, 1e-9)
                writer.add_scalar("batch_steps_per_second", 1.0 / seconds, self._step)
            self._scalars(writer, "batch_", logs, self._step)
        if self._profile is not None and self._step >= self._last_profiled:
            _ = dict(logs or {})
            self._stop_profile()

    def on_epoch_end(self, epoch, logs=None):
        logs = dict(logs or {})
        held_out = {name[4:]: logs.pop(name) for name in list(logs) if name.startswith("val_")}
        if logs or held_out:
            # Transformations of optax have none to tell.
            if all(hasattr(x, "learning_rate") for _, x in optimizers_of(self.model)):
                log_rates(self.model, logs)
            if self.write_steps_per_second:
                seconds = max(time.perf_counter() - self._epoch_start, 1e-9)
                done = _iterations(self.model) - self._steps_before
                logs["steps_per_second"] = done / seconds
            self._scalars(self._writer("train"), "epoch_", logs, epoch)
        if held_out:
            self._scalars(self._writer("validation"), "epoch_", held_out, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        for writer in self._writers.values():
            writer.flush()

    def on_test_end(self, logs=None):
        if self.model.optimizer is None or not logs:
            return
        renamed = {f"{name}_vs_iterations": value for name, value in logs.items()}
        steps = _iterations(self.model)
        self._scalars(self._writer("validation"), "evaluation_", renamed, steps)
        self._writer("validation").flush()

    def _writer(self, name):
        """The writer of `train` or `validation`; its file is made with the first use."""
        if name not in self._writers:
            folder = os.path.join(self.log_dir, name)
            self._writers[name] = self._package.SummaryWriter(folder)
        return self._writers[name]

    def _close(self):
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _scalars(self, writer, prefix, logs, step):
        for name, value in (logs or {}).items():
            value = np.asarray(value)
            if value.ndim == 0:
                writer.add_scalar(f"{prefix}{name}", float(value), step)

    def _write_architecture(self):
        """The config, which TensorBoard's tab of graphs shows as a conceptual graph."""
        try:
            text = self.model.to_json()
        except (NotImplementedError, TypeError, ValueError):
            return  # A subclassed model may have none.
        if not isinstance(json.loads(text).get("config", {}).get("layers"), list):
            return
        proto = self._package.proto
        plugin = proto.summary_pb2.SummaryMetadata.PluginData(
            plugin_name="graph_keras_model", content=b"1"
        )
        value = proto.summary_pb2.Summary.Value(
            tag="keras",
            tensor=proto.tensor_pb2.TensorProto(dtype="DT_STRING", string_val=[text.encode()]),
            metadata=proto.summary_pb2.SummaryMetadata(plugin_data=plugin),
        )
        summary = proto.summary_pb2.Summary(value=[value])
        self._writer("train").file_writer.add_summary(summary, 0)

    def _write_weights(self, epoch):
        writer = self._writer("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                name, value = weight.path.replace(":", "_"), np.asarray(weight, "float32")
                finite = value[np.isfinite(value)]
                if finite.size:
                    writer.add_histogram(f"{name}/histogram", finite, epoch)
                if self.write_images:
                    images = _as_images(value)
                    if images is not None:
                        writer.add_images(f"{name}/image", images, epoch, dataformats="NHWC")

    def _embeddings(self):
        # By their table, so that subclasses and reversible ones count as well.
        return [layer for layer in self.model.layers if hasattr(layer, "embeddings")]

    def _configure_projector(self):
        """Tells the projector of the tables, which `_write_embeddings` writes and renews."""
        given = self.embeddings_metadata
        names = [layer.name for layer in self._embeddings()]
        if isinstance(given, dict) and set(given) - set(names):
            raise ValueError(
                "Unrecognized `Embedding` layer names passed to `TensorBoard` in "
                f"`embeddings_metadata`: {sorted(set(given) - set(names))}. The model has {names}."
            )
        text = ""
        for name in names:
            labels = given.get(name) if isinstance(given, dict) else given
            entry = {"tensor_name": name, "tensor_path": f"{_TABLES}/{name}.tsv"}
            if labels is not None:
                entry["metadata_path"] = os.fspath(labels)
            lines = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in entry.items())
            text += f"embeddings {{\n{lines}}}\n"
        os.makedirs(os.path.join(self.log_dir, _TABLES), exist_ok=True)
        with open(os.path.join(self.log_dir, "projector_config.pbtxt"), "w") as file:
            file.write(text)

    def _write_embeddings(self):
        for layer in self._embeddings():
            path = os.path.join(self.log_dir, _TABLES, f"{layer.name}.tsv")
            np.savetxt(path, np.asarray(layer.embeddings, "float32"), "%.7g", delimiter="\t")

    def _stop_profile(self):
        running, self._profile = self._profile, None
        if running is not None:
            running.__exit__(None, None, None)


def _profiled(profile_batch) -> tuple:
    """First and last step to profile; `(0, 0)` for none."""
    given = profile_batch
    try:
        if isinstance(given, str):
            given = [int(part) for part in given.split(",")]
            given = given[0] if len(given) == 1 else given
        first, last = (given, given) if isinstance(given, int) else map(int, given)
    except (TypeError, ValueError):
        first, last = -1, -1
    if first < 0 or last < first:
        raise ValueError(
            "profile_batch must be a non-negative integer or 2-tuple of positive integers. A pair "
            f"of positive integers signifies a range of batches to profile. Found: {profile_batch}"
        )
    return first, last


def _iterations(model) -> int:
    return int(np.asarray(model.optimizer.iterations))


def _as_images(value):
    """A weight as uint8 images `(count, height, width, channels)`; None for other ranks."""
    value = np.nan_to_num(np.squeeze(value), nan=0.0, posinf=0.0, neginf=0.0)
    if value.ndim == 1:
        value = value.reshape(1, -1, 1, 1).transpose(0, 2, 1, 3)
    elif value.ndim == 2:
        value = (value.T if value.shape[0] > value.shape[1] else value)[None, :, :, None]
    elif value.ndim == 3:
        if image_data_format() == "channels_last":
            value = value.transpose(2, 0, 1)
        value = value[..., None]
    if value.ndim != 4 or value.shape[-1] not in (1, 3, 4):
        return None
    low, high = value.min(), value.max()
    return np.uint8(255 * ((value - low) / (high - low if high > low else 1.0)))
