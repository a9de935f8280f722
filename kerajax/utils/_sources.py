"""Where symbolic tensors come from."""

from kerajax.backend import is_keras_tensor


def get_source_inputs(tensor):
    """The symbolic inputs that a symbolic tensor is computed from.

    Args:
        tensor: KerasTensor.

    Returns:
        List of KerasTensors, each once; None if `tensor` is no symbolic tensor.

    Example:

    >>> x = kerajax.Input((3,))
    >>> kerajax.utils.get_source_inputs(kerajax.layers.Dense(2)(x))[0] is x
    True
    """
    if not is_keras_tensor(tensor):
        return None
    found, seen, waiting = [], set(), [tensor]
    while waiting:
        tensor = waiting.pop(0)
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if tensor._keras_history is None:
            found.append(tensor)  # a KerasTensor that nothing made
            continue
        operation, node_index, _ = tensor._keras_history
        node = operation._inbound_nodes[node_index]
        if node.is_input:
            found.append(tensor)
        waiting.extend(node.input_tensors)
    return found
