"""Gives the operation classes of `ops` the names under which Keras writes them into saved graphs.

In a functional model an op is `{"module": "keras.src.ops.numpy", "class_name": "Add"}`. The module
follows from the public namespace of the op; a list names the core ops.
"""

from kerajax import ops
from kerajax.objects import publish

_CORE = frozenset(
    "associative_scan cast cond convert_to_tensor custom_gradient fori_loop map saturate_cast scan "
    "scatter scatter_update shape slice slice_update stop_gradient switch unstack vectorized_map "
    "while_loop".split()
)


def keras_module_of(op_name: str) -> str:
    """The module under which Keras files an op.

    Example:

    >>> from kerajax.graph import keras_module_of
    >>> keras_module_of("add"), keras_module_of("relu"), keras_module_of("top_k")
    ('keras.src.ops.numpy', 'keras.src.ops.nn', 'keras.src.ops.math')
    """
    if op_name in _CORE:
        return "keras.src.ops.core"
    if op_name == "get_item":
        return "keras.src.ops.numpy"
    if op_name == "rearrange":
        return "keras.src.ops.einops"
    for topic in ("numpy", "nn", "linalg", "image"):
        if hasattr(getattr(ops, topic, None), op_name):
            return f"keras.src.ops.{topic}"
    return "keras.src.ops.math"


for _name, _class in ops.OPERATIONS.items():
    publish(f"{keras_module_of(_class._op_name)}.{_name}")(_class)
