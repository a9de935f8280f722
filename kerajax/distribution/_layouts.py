"""Meshes of devices, and which axis of a tensor is cut along which axis of a mesh."""

import math
import re
from collections.abc import MutableMapping

import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from kerajax._checks import noting
from kerajax.backend import KerasTensor, is_tensor
from kerajax.backend._distribution import placed
from kerajax.distribution._devices import device_named, list_devices


class DeviceMesh:
    """Devices in rows and columns, whose axes have names.

    Args:
        shape: Tuple of ints, as `(8,)` for data alone or `(2, 4)` for data and weights.
        axis_names: List of strings, one for each axis.
        devices: Names of devices, as many as `shape` has places; all devices by default.

    Raises:
        ValueError: If these do not fit together.

    Example:

    >>> mesh = DeviceMesh((1,), ["batch"], ["cpu:0"])
    >>> mesh.shape, mesh.axis_names
    ((1,), ['batch'])
    """

    def __init__(self, shape, axis_names, devices=None):
        if not shape or not axis_names:
            raise ValueError(
                "Shape and axis_names cannot be empty. Received: "
                f"shape={shape}, axis_names={axis_names}"
            )
        if len(shape) != len(axis_names):
            raise ValueError(
                "Shape and axis_names should have same size. Received: "
                f"shape={shape}, axis_names={axis_names}"
            )
        devices = np.array(list_devices() if devices is None else devices)
        if math.prod(shape) != devices.size:
            raise ValueError(
                "Shape does not match the number of devices. Received: "
                f"shape={shape}; devices.shape={devices.shape}"
            )
        self._shape = shape
        self._axis_names = axis_names
        self._devices = devices.reshape(shape)
        self._mesh = None

    @property
    def shape(self):
        """Tuple of ints."""
        return self._shape

    @property
    def axis_names(self):
        """Names of the axes."""
        return self._axis_names

    @property
    def devices(self):
        """Array of the devices' names in that shape."""
        return self._devices

    @property
    def backend_mesh(self):
        """The same as a `jax.sharding.Mesh`."""
        if self._mesh is None:
            named = [device_named(device) for device in self._devices.flat]
            self._mesh = Mesh(np.array(named).reshape(self._devices.shape), self._axis_names)
        return self._mesh

    def __repr__(self):
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


class TensorLayout:
    """Which axes of a tensor are cut along which axes of a mesh.

    Args:
        axes: For each axis of the tensor, the name of an axis of the mesh, or None if the axis
            stays whole.
        device_mesh: `DeviceMesh`, which may be set later, once.

    Raises:
        ValueError: If the mesh has no axis of such a name.
    """

    def __init__(self, axes, device_mesh=None):
        self._axes = tuple(axes)
        self._device_mesh = None
        self._layout = None
        if device_mesh is not None:
            self.device_mesh = device_mesh

    @property
    def axes(self):
        """Tuple of names and Nones."""
        return self._axes

    @property
    def device_mesh(self):
        """The mesh."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh):
        if self._device_mesh is not None:
            raise ValueError(
                f"Cannot override device mesh value. Existing value is {self._device_mesh}"
            )
        unknown = set(self._axes) - {None, *device_mesh.axis_names}
        if unknown:
            raise ValueError(
                "Invalid axis names for Layout. Valid axis names: "
                f"{list(device_mesh.axis_names)}, Got {sorted(unknown)}"
            )
        self._device_mesh = device_mesh

    @property
    def backend_layout(self):
        """The same as a `jax.sharding.NamedSharding`."""
        if self._device_mesh is None:
            raise ValueError(f"{self} has no device mesh yet. Set `device_mesh`.")
        if self._layout is None:
            spec = PartitionSpec(*self._axes)
            self._layout = NamedSharding(self._device_mesh.backend_mesh, spec)
        return self._layout

    def __repr__(self):
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh}>"


class LayoutMap(MutableMapping):
    """Layouts by the paths of variables and of layers' outputs.

    A key is a path or a regular expression for whole paths: `"dense.*/kernel"` for the kernels of
    such layers, `"dense/output"` for what the layer `dense` returns.

    Args:
        device_mesh: `DeviceMesh` for layouts that have none.

    Example:

    >>> layouts = LayoutMap(DeviceMesh((1,), ["model"], ["cpu:0"]))
    >>> layouts[".*kernel"] = (None, "model")
    >>> layouts["dense_1/kernel"].axes, layouts["dense_1/bias"]
    ((None, 'model'), None)
    """

    def __init__(self, device_mesh):
        self._layouts: dict = {}
        self._device_mesh = device_mesh

    def __getitem__(self, key):
        """The layout for a path; None where no key fits.

        Raises:
            ValueError: If several keys fit.
        """
        if key in self._layouts:
            return self._layouts[key]
        fitting = [pattern for pattern in self._layouts if re.fullmatch(pattern, key)]
        if len(fitting) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple layout specification keys: {fitting}. Write them "
                "so that one alone fits."
            )
        return self._layouts[fitting[0]] if fitting else None

    def __setitem__(self, key, layout):
        """Adds a `TensorLayout`, or the tuple of its axes.

        Raises:
            ValueError: If the key is there, or the layout is none.
        """
        if key in self._layouts:
            raise ValueError(
                f"{key} already exist in the LayoutMap with value {self._layouts[key]}. Delete it "
                "before."
            )
        if isinstance(layout, tuple):
            layout = TensorLayout(layout)
        if not isinstance(layout, TensorLayout):
            raise ValueError(f"{layout} should be a TensorLayout type, got {type(layout)}")
        if layout.device_mesh is None and self._device_mesh is not None:
            layout.device_mesh = self._device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key):
        del self._layouts[key]

    def __len__(self):
        return len(self._layouts)

    def __iter__(self):
        return iter(self._layouts)

    @property
    def device_mesh(self):
        """The mesh."""
        return self._device_mesh


@noting
def distribute_tensor(tensor, layout):
    """A tensor with another layout, inside a compiled function or outside.

    Args:
        tensor: Array. A symbolic tensor is returned as it is.
        layout: `TensorLayout`, or a sharding of JAX.

    Example:

    >>> mesh = DeviceMesh((1,), ["batch"], ["cpu:0"])
    >>> distribute_tensor(np.ones((2, 3)), TensorLayout(("batch", None), mesh)).shape
    (2, 3)
    """
    if isinstance(tensor, KerasTensor):
        return tensor
    sharding = getattr(layout, "backend_layout", layout)
    return placed(tensor if is_tensor(tensor) else np.asarray(tensor), sharding)
