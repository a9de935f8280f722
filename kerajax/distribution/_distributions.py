"""Distributions: what of the data and of the weights each device of a mesh has.

JAX's compiler cuts a step that was written for one device into what each of them does, and adds
what they have to tell each other (Xu et al., "GSPMD", 2021). A distribution only says where data
and variables are.
"""

import contextlib
import warnings

import jax
import numpy as np

from kerajax.backend._distribution import in_force
from kerajax.distribution._devices import list_devices
from kerajax.distribution._layouts import DeviceMesh, LayoutMap, TensorLayout


class Distribution:
    """What all distributions have.

    Args:
        device_mesh: `DeviceMesh`.
        batch_dim_name: Name of the axis of the mesh along which the samples of a batch are shared
            out.
        auto_shard_dataset: Bool. Whether data sets are to be shared out among processes; False
            where each process reads its own samples.
    """

    def __init__(self, device_mesh, batch_dim_name=None, auto_shard_dataset=True):
        self._device_mesh = device_mesh
        self._batch_dim_name = batch_dim_name
        self.auto_shard_dataset = auto_shard_dataset
        self._process_id = jax.process_index()

    @property
    def device_mesh(self):
        """The mesh."""
        return self._device_mesh

    @property
    def batch_dim_name(self):
        """Name of the axis of the mesh along which the samples of a batch are shared out."""
        return self._batch_dim_name

    @property
    def num_processes(self) -> int:
        """Processes that work together."""
        return jax.process_count()

    @property
    def num_model_replicas(self) -> int:
        """Parts that a batch is cut into."""
        raise NotImplementedError(f"{type(self).__name__} does not define `num_model_replicas`.")

    @property
    def data_shard_id(self) -> int:
        """Which part of the data this process reads."""
        processes_of_a_part = max(1, self.num_processes // self.num_model_replicas)
        return self._process_id // processes_of_a_part

    def get_data_layout(self, data_shape):
        """The `TensorLayout` of data: their first axis is shared out."""
        axes = (self._batch_dim_name, *(None for _ in data_shape[1:]))
        return TensorLayout(axes, self._device_mesh)

    def get_variable_layout(self, variable):
        """The `TensorLayout` of a variable: its own, or whole on each device."""
        if variable.layout is not None:
            return variable.layout
        return TensorLayout([None] * len(variable.shape), self._device_mesh)

    def get_tensor_layout(self, path):
        """The `TensorLayout` of a layer's output, by the layer's path and `/output`; or None."""
        return None

    def distribute_dataset(self, dataset):
        """The part of a data set that this process reads.

        Raises:
            ValueError: If several processes work together and `auto_shard_dataset` is True: only
                the data set itself knows how to be cut.
        """
        if self.num_processes > 1 and self.auto_shard_dataset:
            raise ValueError(
                f"A {type(dataset).__name__} cannot be shared out among {self.num_processes} "
                "processes by itself. Let each process read its own part, of number "
                "`distribution.data_shard_id`, and pass `auto_shard_dataset=False`."
            )
        return dataset

    @contextlib.contextmanager
    def scope(self):
        """Context in which this distribution is in force."""
        outer = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(outer)

    def __repr__(self):
        return f"<{type(self).__name__} device_mesh={self.device_mesh}>"


class DataParallel(Distribution):
    """Each device has all weights and a part of each batch.

    Args:
        device_mesh: `DeviceMesh` with one axis, or
        devices: names of devices, or neither for all devices.
        auto_shard_dataset: Bool. False where each process reads its own samples.

    Raises:
        ValueError: If `device_mesh` is something else.

    Example:

    ```python
    kerajax.distribution.set_distribution(kerajax.distribution.DataParallel())
    model = make_model()  # its variables go to all devices
    model.compile("adam", "mse")
    model.fit(x, y, batch_size=1024)
    ```
    """

    def __init__(self, device_mesh=None, devices=None, auto_shard_dataset=True):
        if device_mesh is None:
            devices = np.array(list_devices() if devices is None else devices)
            device_mesh = DeviceMesh(devices.shape, ["batch"], devices)
        elif not isinstance(device_mesh, DeviceMesh):
            raise ValueError(
                "Expect `mesh` to be an instance of `DeviceMesh`. Received: "
                f"mesh={device_mesh} (of type {type(device_mesh)})"
            )
        if device_mesh.devices.ndim != 1:
            warnings.warn(
                f"DataParallel shares batches out along one axis, but received: {device_mesh}. It "
                "takes the first axis; the devices along the others compute the same.",
                stacklevel=2,
            )
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)

    @property
    def num_model_replicas(self) -> int:
        """Devices of the mesh."""
        return self.device_mesh.devices.size


class ModelParallel(Distribution):
    """Weights and outputs of layers are cut as a map says, and batches along one axis.

    Args:
        layout_map: `LayoutMap` from paths to layouts. What it does not name is on each device.
        batch_dim_name: Name of the axis of the mesh for batches; the first one by default.
        auto_shard_dataset: Bool. False where each process reads its own samples.
        **kwargs: `device_mesh`, which the map has, is let pass.

    Raises:
        ValueError: If `layout_map` is missing or something else.

    Example:

    ```python
    mesh = kerajax.distribution.DeviceMesh((2, 4), ["batch", "model"])
    layouts = kerajax.distribution.LayoutMap(mesh)
    layouts[".*dense.*/kernel"] = (None, "model")
    layouts[".*dense.*/bias"] = ("model",)
    kerajax.distribution.set_distribution(
        kerajax.distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch")
    )
    ```
    """

    def __init__(self, *, layout_map=None, batch_dim_name=None, auto_shard_dataset=True, **kwargs):
        kwargs.pop("device_mesh", None)
        if kwargs:
            raise TypeError(f"ModelParallel got unexpected keyword arguments: {sorted(kwargs)}.")
        if layout_map is None:
            raise ValueError("You must specify a layout_map argument.")
        if not isinstance(layout_map, LayoutMap):
            raise ValueError(
                f"Argument `layout_map` must be a `LayoutMap` instance. Received: {layout_map=}"
            )
        mesh = layout_map.device_mesh
        name = batch_dim_name or mesh.axis_names[0]
        if name not in mesh.axis_names:
            raise ValueError(f"{mesh} has no axis for batches of the name '{name}'.")
        super().__init__(mesh, name, auto_shard_dataset)
        self._layout_map = layout_map
        parts, processes = self.num_model_replicas, self.num_processes
        if processes > parts and processes % parts:
            raise ValueError(
                "If `num_processes` is greater than `num_model_replicas`, `num_processes` must be "
                f"divisible by `num_model_replicas`. Got num_processes={processes}, "
                f"num_model_replicas={parts}."
            )

    @property
    def num_model_replicas(self) -> int:
        """Size of the mesh along the axis for batches."""
        return self.device_mesh.shape[list(self.device_mesh.axis_names).index(self.batch_dim_name)]

    def get_variable_layout(self, variable):
        """The layout of a variable: its own, that of its path in the map, or whole."""
        if variable.layout is None and (layout := self._layout_map[variable.path]) is not None:
            return layout
        return super().get_variable_layout(variable)

    def get_tensor_layout(self, path):
        """The layout in the map, or None."""
        return self._layout_map[path]


def distribution():
    """The distribution in force, or None."""
    return in_force.distribution


def set_distribution(value) -> None:
    """Puts a distribution in force, for variables and data from now on.

    Args:
        value: `DataParallel`, `ModelParallel` or None.
    """
    if value is not None and not isinstance(value, Distribution):
        raise ValueError(f"`set_distribution` needs a distribution, but received: {value!r}.")
    in_force.distribution = value
