"""What was written differently in older Keras: tables, and functions that look into them.

A script or a file belongs to an era. `"1"` is Keras 0.x and 1.x, `"2.2"` and `"2.3"` are the
stand-alone packages, `"tf2"` is Keras inside TensorFlow and `"3"` is Keras 3. The constructor hook
and `deserialize` in `kerajax.objects` apply these tables; nothing here changes anything.

`_layers.py` and `_training.py` list arguments, `_positions.py` orders of positional arguments,
`_values.py` values and defaults, `_names.py` classes and strings, `_layer_names.py` names inside of
models, `_modules.py` module paths.
"""

from kerajax.eras._layer_names import layer_name as layer_name
from kerajax.eras._layers import JOINS, LAYERS
from kerajax.eras._modules import ARGUMENTS_OF_KERAS_0 as ARGUMENTS_OF_KERAS_0
from kerajax.eras._modules import LAST_ERAS, MODULES, ROOTS
from kerajax.eras._modules import LAST_ERAS_OF_K as LAST_ERAS_OF_K
from kerajax.eras._modules import NAMES_OF_KERAS_0 as NAMES_OF_KERAS_0
from kerajax.eras._names import CLASSES, GONE_STRINGS, IMPORTED, REVIVED, STRINGS
from kerajax.eras._positions import INITIALIZER_NAMES as INITIALIZER_NAMES
from kerajax.eras._positions import ORDERS_OF_KERAS_0, POSITIONS
from kerajax.eras._rows import ERAS as ERAS
from kerajax.eras._rows import MODERN as MODERN
from kerajax.eras._rows import Join as Join
from kerajax.eras._rows import Old as Old
from kerajax.eras._rows import Positions as Positions
from kerajax.eras._rows import Tell as Tell
from kerajax.eras._rows import older as older
from kerajax.eras._training import COUNTED_IN_SAMPLES as COUNTED_IN_SAMPLES
from kerajax.eras._training import FUNCTIONS, METHODS, OBJECTS
from kerajax.eras._values import CHANGED_MEANINGS, DEFAULTS, LOG_KEYS, PADDING_SIDES, VALUES
from kerajax.eras._values import CUDNN as CUDNN
from kerajax.eras._values import USE_DEFAULT as USE_DEFAULT

_ARGUMENTS = {**LAYERS, **OBJECTS, **FUNCTIONS, **METHODS}


def arguments(owner: str) -> dict[str, Old]:
    """Old arguments of a class (`"Dense"`), function (`"relu"`) or method (`"Model.fit"`).

    Example:

    >>> arguments("Dense")["output_dim"].new
    'units'
    """
    return _ARGUMENTS.get(owner, {})


def joins(owner: str) -> tuple[Join, ...]:
    """Old arguments of a class that are one tuple today.

    Example:

    >>> joins("Conv2D")[0].parts
    ('nb_row', 'nb_col')
    """
    return JOINS.get(owner, ())


def positions(owner: str) -> Positions | None:
    """The old order of positional arguments of a class, where it was another.

    Example:

    >>> positions("SGD").order
    ('lr', 'momentum', 'decay', 'nesterov')
    """
    return POSITIONS.get(owner)


def order_of_keras_0(owner: str) -> Positions | None:
    """The order that positional arguments of a class had in Keras 0, where its tell shows it.

    Example:

    >>> order_of_keras_0("Dense").order[:2]
    ('input_dim', 'output_dim')
    """
    return ORDERS_OF_KERAS_0.get(owner)


def defaults(owner: str, era: str) -> dict:
    """Defaults of `era` that are not today's.

    Example:

    >>> defaults("GRU", "2.3")
    {'reset_after': False}
    """
    return {name: by[era] for name, by in DEFAULTS.get(owner, {}).items() if era in by}


def value(table: str, old):
    """A value as it is written today; unknown values are returned as they are.

    Args:
        table: Name of a table, as in `Old.values`.
        old: The value that was given.

    Returns:
        The modern value, or `USE_DEFAULT` where the argument is best left out.

    Example:

    >>> value("data_format", "th")
    'channels_first'
    >>> value("padding_1d", {"left_pad": 1, "right_pad": 2})
    (1, 2)
    """
    if table == "single":
        return old[0] if isinstance(old, (list, tuple)) and len(old) == 1 else old
    if table == "sample_shape":
        return (None, *((old,) if isinstance(old, int) else old))
    if table in PADDING_SIDES:
        if not isinstance(old, dict):
            return old
        pairs = tuple(tuple(old.get(side, 0) for side in sides) for sides in PADDING_SIDES[table])
        return pairs[0] if len(pairs) == 1 else pairs
    try:
        return VALUES[table].get(old, old)
    except TypeError:  # unhashable: not a value of any table
        return old


def class_name(name: str, imported: bool = False) -> str:
    """The modern name of a class.

    Args:
        name: String as an old script or file has it.
        imported: Whether it stands in an `import`; in a file `Model` means a graph of layers.

    Example:

    >>> class_name("Convolution2D"), class_name("Model"), class_name("Model", imported=True)
    ('Conv2D', 'Functional', 'Model')
    """
    if imported and name in IMPORTED:
        return IMPORTED[name]
    name = CLASSES.get(name, name)
    return "Functional" if name == "Model" and not imported else name


def is_revived(name: str) -> bool:
    """Whether a class existed in old eras only and lives in `kerajax.legacy`.

    Example:

    >>> is_revived("MaxoutDense")
    True
    """
    return name in REVIVED


def string(kind: str, name: str, era: str = MODERN) -> str:
    """The modern spelling of a string such as a loss name.

    Args:
        kind: `"activations"`, `"losses"`, `"metrics"`, `"optimizers"`, `"initializers"`,
            `"regularizers"` or `"constraints"`.
        name: String.
        era: Era of the script or file, for strings whose meaning changed.

    Example:

    >>> string("losses", "kullback_leibler_divergence")
    'kl_divergence'
    >>> string("activations", "hard_sigmoid", era="2.2")
    'hard_sigmoid_keras2'
    """
    last, then = CHANGED_MEANINGS.get(kind, {}).get(name, ("", ""))
    if last and not older(last, era):
        return then
    return STRINGS.get(kind, {}).get(name, name)


def log_key(name: str, logs) -> str | None:
    """The key of an entry of the logs, by its name in any era; None if there is none.

    Args:
        name: `"acc"`, `"val_acc"`, `"output_acc"`, or any name of today.
        logs: Dict of the logs.

    Example:

    >>> log_key("val_acc", {"val_accuracy": 0.5}), log_key("mae", {"mean_absolute_error": 1.0})
    ('val_accuracy', 'mean_absolute_error')
    """
    names = set(logs)  # as they stand there: logs themselves answer to names of all eras
    if name in names:
        return name
    for pair in LOG_KEYS.items():
        for asked, other in (pair, pair[::-1]):
            head = name.removesuffix(asked)
            if head != name and (not head or head.endswith("_")) and head + other in names:
                return head + other
    return None


def gone_string(kind: str, name: str) -> str:
    """What to use in place of a string without a modern form; empty if there is nothing to say.

    Example:

    >>> gone_string("metrics", "fmeasure")
    '`metrics.F1Score()`'
    """
    return GONE_STRINGS.get(kind, {}).get(name, "")


def last_era(path: str) -> str | None:
    """The newest era that had a module or a name in one; None if that tells nothing.

    Example:

    >>> last_era("keras.engine.topology.Layer"), last_era("keras.layers.Dense")
    ('2.3', None)
    """
    while path and path not in LAST_ERAS:
        path = path.rpartition(".")[0]
    return LAST_ERAS.get(path)


def modules(path: str) -> tuple[str, ...]:
    """Public modules that hold the names of an old module, in the order to look.

    Example:

    >>> modules("tensorflow.keras.layers")
    ('keras.layers',)
    >>> modules("keras.objectives")
    ('keras.losses',)
    >>> modules("keras.src.engine.functional")
    ('keras.layers', 'keras.models', 'keras.utils', 'keras')
    >>> modules("os.path")
    ()
    """
    for root in ROOTS:
        if path == root or path.startswith(root + "."):
            path = "keras" + path[len(root) :]
            break
    while path:
        if path in MODULES:
            return MODULES[path]
        path = path.rpartition(".")[0]
    return ()
