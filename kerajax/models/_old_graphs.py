"""Graphs of old configs in today's form.

Until Keras 3 a call of a layer was written as a list of references to the tensors it got, each
`[layer, call, output, keywords]`. Today it is written as its arguments, with the references inside.
Calls are counted differently too: a nested model began with the call that made it, so calls of it
from outside counted from 1.
"""

# Layers whose further inputs were their starting states.
_RECURRENT = frozenset(
    "RNN SimpleRNN LSTM GRU CuDNNLSTM CuDNNGRU ConvLSTM1D ConvLSTM2D ConvLSTM3D "
    "Bidirectional".split()
)


def modern_graph(config):
    """The config of a functional model with its calls in today's form.

    Args:
        config: Dict with `layers`, `input_layers` and `output_layers`.

    Returns:
        A new dict; the same one if the calls have today's form already.
    """
    entries = config["layers"]
    if any(_is_modern(call) for entry in entries for call in entry.get("inbound_nodes", ())):
        return config
    if all(not entry.get("inbound_nodes") for entry in entries) and _is_reference(
        config["output_layers"]
    ):
        return config
    names = {_name(entry): entry for entry in entries}
    references = [
        reference
        for place in (config["output_layers"], *(e.get("inbound_nodes", ()) for e in entries))
        for reference in _references_in(place, names)
    ]
    used = {name: set() for name in names}
    for name, call, *_ in references:
        used[name].add(call)
    used = {name: sorted(calls) for name, calls in used.items()}

    def place(reference):
        name, call, output = reference[:3]
        calls = used.get(name, ())
        # Nothing refers to an input that is not used.
        return [name, calls.index(call) if call in calls else call, output]

    def tensor(reference):
        config = {"shape": [], "dtype": "float32", "keras_history": place(reference)}
        return {"class_name": "__keras_tensor__", "config": config}

    def outer(reference):
        name, call, output = place(reference)
        return [name, call + _is_graph(names[name]), output]

    layers = [
        {
            **entry,
            "name": _name(entry),
            "inbound_nodes": [
                _modern_call(call, entry["class_name"], tensor, names)
                for call in _used_calls(entry, used[_name(entry)])
            ],
        }
        for entry in entries
    ]
    return {
        **config,
        "layers": layers,
        "input_layers": _ends(config["input_layers"], outer),
        "output_layers": _ends(config["output_layers"], outer),
    }


def _name(entry):
    return entry.get("name") or entry["config"]["name"]


def _used_calls(entry, used):
    """The calls of a layer that something refers to, or all of a layer at the end of a graph.

    The highest number tells where counting begins, since something refers to the last call.
    """
    calls = entry.get("inbound_nodes", ())
    first = max(used[-1] - len(calls) + 1, 0) if used else 0
    return [calls[call - first] for call in used] if used and calls else calls


def _is_graph(entry):
    inner = entry["config"]
    return int(isinstance(inner, dict) and "output_layers" in inner)


def _is_modern(call):
    return isinstance(call, dict) and "args" in call


def _is_reference(x, names=None):
    return (
        isinstance(x, list)
        and 3 <= len(x) <= 4
        and isinstance(x[0], str)
        and isinstance(x[1], int)
        and (names is None or x[0] in names)
    )


def _references_in(x, names):
    if _is_reference(x, names):
        yield x
        if len(x) == 4:
            yield from _references_in(x[3], names)
    elif isinstance(x, (list, dict)):
        for item in x.values() if isinstance(x, dict) else x:
            yield from _references_in(item, names)


def _modern_call(call, class_name, tensor, names):
    keywords = {}

    def inputs(x):
        if _is_reference(x):
            keywords.update(x[3] if len(x) == 4 and x[3] else {})
            if x[0] == "_CONSTANT_VALUE":
                return x[2]
            return tensor(x)
        if isinstance(x, dict):
            return {key: inputs(value) for key, value in x.items()}
        return [inputs(item) for item in x] if isinstance(x, list) else x

    def keyword(x):
        if _is_reference(x, names):
            return tensor(x)
        if isinstance(x, dict):
            return {key: keyword(value) for key, value in x.items()}
        return [keyword(item) for item in x] if isinstance(x, list) else x

    first = inputs(call)
    if isinstance(first, list) and len(first) == 1:
        first = first[0]
    kwargs = {key: keyword(value) for key, value in keywords.items() if value is not None}
    if class_name in _RECURRENT and isinstance(first, list):
        first, *states = first
        kwargs.setdefault("initial_state", states)
    return {"args": [first], "kwargs": kwargs}


def _ends(x, outer):
    """Inputs or outputs of a model; a list of one is that one."""
    if _is_reference(x):
        return outer(x)
    if isinstance(x, dict):
        return {key: _ends(value, outer) for key, value in x.items()}
    if len(x) == 1 and _is_reference(x[0]):
        return outer(x[0])
    return [_ends(item, outer) for item in x]
