"""Optimizers by any spelling, and their configs."""

from kerajax.objects import deserialize_keras_object, lookup, serialize_keras_object
from kerajax.optimizers._adadelta import Adadelta
from kerajax.optimizers._adafactor import Adafactor
from kerajax.optimizers._adagrad import Adagrad
from kerajax.optimizers._adam import Adam, AdamW
from kerajax.optimizers._adamax import Adamax
from kerajax.optimizers._base import Optimizer
from kerajax.optimizers._ftrl import Ftrl
from kerajax.optimizers._lamb import Lamb
from kerajax.optimizers._lion import Lion
from kerajax.optimizers._loss_scale import LossScaleOptimizer
from kerajax.optimizers._multi import MultiOptimizer
from kerajax.optimizers._muon import Muon
from kerajax.optimizers._nadam import Nadam
from kerajax.optimizers._optax import OptaxOptimizer, is_transformation
from kerajax.optimizers._rmsprop import RMSprop
from kerajax.optimizers._schedule_free import ScheduleFreeAdamW
from kerajax.optimizers._sgd import SGD

_CLASSES = (
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    AdamW,
    Adamax,
    Ftrl,
    Lamb,
    Lion,
    LossScaleOptimizer,
    MultiOptimizer,
    Muon,
    Nadam,
    OptaxOptimizer,
    RMSprop,
    SGD,
    ScheduleFreeAdamW,
)
_TABLE = {cls.__name__: cls for cls in _CLASSES}


def get(identifier):
    """The optimizer that an argument such as `compile(optimizer=...)` means.

    Args:
        identifier: A name in any case (`"adam"`, `"RMSprop"`), a config, a class, an optimizer, an
            `optax.GradientTransformation`, or None, which is returned.

    Raises:
        ValueError: If it means no optimizer.

    Example:

    >>> type(kerajax.optimizers.get("rmsprop")).__name__
    'RMSprop'
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if is_transformation(identifier):
        # A name to find it by when it is loaded, whatever else the process has made.
        return OptaxOptimizer(identifier, name="optax_optimizer")
    if isinstance(identifier, (str, dict, type)):
        found = lookup(identifier, _TABLE, "optimizers", ignore_case=True)
        if isinstance(found, Optimizer):
            return found
    raise ValueError(
        f"Could not interpret optimizer identifier: {identifier}. Pass a name such as 'adam', an "
        "optimizer, or an optax transformation."
    )


def serialize(optimizer):
    """The config of an optimizer, with its class.

    Example:

    >>> kerajax.optimizers.serialize(kerajax.optimizers.Adam())["class_name"]
    'Adam'
    """
    return serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """The optimizer that `serialize` described, without its state.

    Args:
        config: Dict. The case of the class name does not matter.
        custom_objects: Dict of names to classes and functions of yours.

    Example:

    >>> config = {"class_name": "sgd", "config": {"learning_rate": 0.5}}
    >>> float(kerajax.optimizers.deserialize(config).learning_rate)
    0.5
    """
    if isinstance(config, dict) and "class_name" in config:
        return lookup(config, _TABLE, "optimizers", ignore_case=True, custom_objects=custom_objects)
    return deserialize_keras_object(config, custom_objects, module_objects=_TABLE)
