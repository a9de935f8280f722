"""Where values go when several devices work together: the distribution in force.

`kerajax.distribution` makes distributions; variables, feeds and steps ask here. None is in force by
default, and everything is then where JAX puts it.
"""

import functools

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from kerajax.backend._host_memory import to_device, to_host
from kerajax.backend._keras_tensor import is_keras_tensor
from kerajax.backend._scopes import current_path


class _InForce:
    """The distribution of the process: threads that bring batches ask for it, too."""

    distribution = None


in_force = _InForce()


def sharding_of(variable):
    """The sharding of a variable; None where JAX decides.

    A variable without a layout takes the one that the distribution in force has for its path.
    """
    if variable.layout is None and in_force.distribution is not None:
        variable.layout = in_force.distribution.get_variable_layout(variable)
    return getattr(variable.layout, "backend_layout", variable.layout)


def lay_out(variable, value):
    """`value`, on the devices that the variable's layout names, and in its memory.

    Raises:
        ValueError: If an axis cannot be cut into as many equal parts as there are devices.
    """
    sharding = sharding_of(variable)
    if sharding is None and not variable.on_host:
        return value
    try:
        return to_host(value, sharding) if variable.on_host else placed(value, sharding)
    except ValueError as error:
        raise ValueError(
            f"The layout of variable '{variable.path}' of shape {tuple(variable.shape)} does not "
            f"fit: {variable.layout}. {error}"
        ) from error


def fetched(variable, value):
    """The value of a variable where it can be computed with: see `Variable.on_host`."""
    return to_device(value, sharding_of(variable)) if variable.on_host else value


def data_sharding(shape):
    """The sharding of a batch, or of anything of as many samples, under the one in force.

    A batch that cannot be cut into equal parts, as the last one of an epoch, is on all devices.
    """
    distribution = in_force.distribution
    layout = distribution.get_data_layout(shape) if shape else None
    if layout is None:
        return everywhere()
    sharding = layout.backend_layout
    try:
        sharding.shard_shape(tuple(shape))
    except ValueError:
        return everywhere()
    return sharding


def lay_out_outputs(outputs):
    """What the layer being called returns, where the distribution in force has it."""
    if in_force.distribution is None:
        return outputs
    layout = in_force.distribution.get_tensor_layout(f"{current_path()}/output")
    if layout is None:
        return outputs
    place = functools.partial(placed, sharding=layout.backend_layout)
    return jax.tree.map(place, outputs, is_leaf=is_keras_tensor)


def placed(tensor, sharding):
    """An array with a sharding; what is no array, as a symbolic tensor, as it is."""
    if isinstance(tensor, jax.core.Tracer):
        return jax.lax.with_sharding_constraint(tensor, sharding)
    is_array = isinstance(tensor, (jax.Array, np.ndarray))
    return jax.device_put(tensor, sharding) if is_array else tensor


def everywhere():
    """The sharding of what each device of the distribution in force has whole."""
    return NamedSharding(in_force.distribution.device_mesh.backend_mesh, PartitionSpec())


def put_batch(batch):
    """A batch of arrays of the host on the devices."""
    if in_force.distribution is None:
        return jax.device_put(batch)
    if jax.process_count() > 1:
        # Each process has its own samples of the batch.
        return jax.tree.map(
            lambda a: jax.make_array_from_process_local_data(data_sharding(a.shape), a), batch
        )
    return jax.tree.map(lambda a: jax.device_put(a, data_sharding(a.shape)), batch)


def put_everywhere(values):
    """Arrays of the host, whole on each device."""
    return jax.device_put(values, None if in_force.distribution is None else everywhere())


def spread_batch(batch):
    """A batch inside a compiled function, its samples shared out among the devices."""
    if in_force.distribution is None:
        return batch
    return jax.tree.map(lambda a: placed(a, data_sharding(a.shape)), batch)
