"""The table that `model.summary()` prints."""

import logging
import math
import re
import shutil
import sys
import textwrap

from kerajax import eras, tree
from kerajax.config import is_interactive_logging_enabled
from kerajax.objects import current_era

_WIDEST = 110
_LEAST = 8
_TITLES = ("Layer (type)", "Output Shape", "Param #", "Connected to", "Trainable")
_UNKNOWN = "?"

# Corners and lines of the head (heavy), the line below it, and the body; then without Unicode.
_BOXES = "┏━┳┓┃┡╇┩│├─┼┤└┴┘"
_PLAIN_BOXES = "+=++|+++|+-+++++"


def print_summary(
    model,
    line_length=None,
    positions=None,
    print_fn=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
):
    """Prints the layers of a model, their output shapes and their numbers of parameters.

    Args:
        model: Model.
        line_length: Int, columns of a line; by default as the table needs, up to the terminal's.
        positions: Columns at which the columns of the table end, as ints or as fractions of the
            line.
        print_fn: Function that takes the text, in place of `print`. In eras before Keras 3 it is
            called with one line after the other.
        expand_nested: Bool. Whether to show the layers of models inside.
        show_trainable: Bool. Whether to show which layers train.
        layer_range: Pair of names or regular expressions: the first and the last layer to show.

    Raises:
        ValueError: If `layer_range` names no layers, or the line is too short for the table.
    """
    title = f'Model: "{model.name}"'
    text = "\n".join(
        (
            title,
            *_table(
                model, line_length, positions, expand_nested, show_trainable, layer_range, print_fn
            ),
            *_totals(model),
        )
    )
    if print_fn is None:
        if is_interactive_logging_enabled():
            print(text)
        else:
            logging.getLogger("kerajax").info(text)
    elif eras.older(current_era(), "3"):
        for line in text.splitlines():
            print_fn(line)
    else:
        print_fn(text)


def _table(model, line_length, positions, expand_nested, show_trainable, layer_range, print_fn):
    graph = getattr(model, "_graph", None)
    inside = {id(node) for node in graph._nodes} if graph is not None else None
    shows = [True, True, True, graph is not None and not _is_chain(graph), show_trainable]
    operations = _in_range(_operations(model), layer_range)
    rows = []
    for operation in operations:
        rows += _rows(operation, inside, expand_nested, 0)
    titles, *rows = (
        [c for c, shown in zip(row, shows, strict=True) if shown] for row in (_TITLES, *rows)
    )
    widths = _widths([titles, *rows], line_length, positions)
    plain = print_fn is None and not _can_print(_BOXES)
    return _drawn(titles, rows, widths, _PLAIN_BOXES if plain else _BOXES)


def _operations(model):
    graph = getattr(model, "_graph", None)
    if graph is None or hasattr(model, "_stack"):
        return model.layers
    return graph.operations


def _in_range(operations, layer_range):
    if not layer_range:
        return operations
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(
            "`layer_range` must be a pair of layer names, but received: "
            f"layer_range={layer_range!r}. Write ['dense', 'dense_2']."
        )
    found = [
        [i for i, operation in enumerate(operations) if re.match(name, operation.name)]
        for name in layer_range
    ]
    if not all(found):
        raise ValueError(
            "Passed layer_names do not match the layer names in the model. Received: "
            f"{list(layer_range)}. The names are: {[op.name for op in operations]}."
        )
    first, last = min(found[0]), max(found[1])
    return operations[min(first, last) : max(first, last) + 1]


def _rows(operation, inside, expand_nested, depth):
    """The cells of an operation, and of those inside it."""
    name = f"{operation.name} ({type(operation).__name__})"
    if depth:
        name = f"{'   ' * depth}└ {name}"
    rows = [
        [
            name,
            _shapes(operation, inside),
            _parameters(operation),
            _connections(operation, inside),
            _trains(operation),
        ]
    ]
    if expand_nested and hasattr(operation, "layers"):
        for inner in _operations(operation):
            rows += _rows(inner, None, True, depth + 1)
    return rows


def _nodes(operation, inside):
    nodes = getattr(operation, "_inbound_nodes", [])
    return nodes if inside is None else [node for node in nodes if id(node) in inside]


def _shapes(operation, inside):
    found = {_shape_text(node.outputs) for node in _nodes(operation, inside)}
    if not found:
        found = {_computed_shape(operation)}
    return found.pop() if len(found) == 1 else "multiple"


def _shape_text(outputs):
    shapes = [tuple(x.shape) for x in tree.flatten(outputs) if x is not None]
    return str(shapes[0]) if len(shapes) == 1 else f"[{', '.join(map(str, shapes))}]"


def _computed_shape(layer):
    """The output shape of a layer that is in no graph, from the shapes it was built with."""
    built_with = getattr(layer, "_build_shapes_dict", None)
    if not getattr(layer, "built", False) or not built_with:
        return _UNKNOWN
    try:
        shape = layer.compute_output_shape(**built_with)
    except Exception:  # Code of users that runs on tensors only; the table is worth more.
        return _UNKNOWN
    return str(shape)


def _parameters(operation):
    if not hasattr(operation, "built"):
        return "0"
    return f"{operation.count_params():,}" if operation.built else "0 (unbuilt)"


def _connections(operation, inside):
    if inside is None:
        return "-"
    sources = [
        f"{source.name}[{node}][{tensor}]"
        for call in _nodes(operation, inside)
        for source, node, tensor in (x._keras_history for x in call.input_tensors)
    ]
    return ", ".join(sources) or "-"


def _trains(operation):
    if not getattr(operation, "weights", None):
        return "-"
    return "Y" if operation.trainable else "N"


def _is_chain(graph):
    """Whether each operation has one input, which nothing else takes."""
    taken = [x for node in graph._nodes if not node.is_input for x in node.input_tensors]
    calls = [node for node in graph._nodes if not node.is_input]
    one_each = len({id(node.operation) for node in calls}) == len(calls)
    return (
        len(graph.inputs) == 1
        and one_each
        and (len(taken) == len({id(x) for x in taken}) == len(calls))
    )


def _widths(rows, line_length, positions):
    """Characters of the columns, borders left out."""
    wanted = [max(map(len, column)) for column in zip(*rows, strict=True)]
    borders = 3 * len(wanted) + 1
    if positions is not None:
        line_length = line_length or 80
        ends = [int(p * line_length) if positions[-1] <= 1 else p for p in positions]
        return _from_ends(ends[: len(wanted)])
    room = (line_length or min(_WIDEST, shutil.get_terminal_size().columns)) - borders
    if room < _LEAST * len(wanted):
        raise ValueError(
            f"A summary of {len(wanted)} columns does not fit into line_length={line_length}. "
            f"Pass at least {_LEAST * len(wanted) + borders}."
        )
    widths = _shrunk(wanted, room)
    if line_length is not None:
        spare = room - sum(widths)
        widths[0] += spare - spare // 2
        widths[1] += spare // 2
    return widths


def _from_ends(ends):
    starts = [1, *ends[:-1]]  # The border on the left.
    return [max(_LEAST, end - start - 3) for start, end in zip(starts, ends, strict=True)]


def _shrunk(wanted, room):
    """Widths that fit into the room: the widest columns give way first."""
    widths = list(wanted)
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return widths


def _drawn(titles, rows, widths, boxes):
    (
        corner,
        heavy,
        tee,
        end,
        heavy_bar,
        below,
        cross,
        below_end,
        bar,
        left,
        line,
        middle,
        right,
        foot,
        foot_tee,
        foot_end,
    ) = boxes
    rules = {
        "top": (corner, heavy, tee, end),
        "head": (below, heavy, cross, below_end),
        "body": (left, line, middle, right),
        "foot": (foot, line, foot_tee, foot_end),
    }

    def rule(name):
        first, fill, between, last = rules[name]
        return first + between.join(fill * (width + 2) for width in widths) + last

    numbers = titles.index("Param #")
    cells = [[_wrapped(c, width) for c, width in zip(row, widths, strict=True)] for row in rows]
    lines = [rule("top"), *_lines([[t] for t in titles], widths, heavy_bar, numbers), rule("head")]
    # Rows of several lines are hard to tell apart without lines between them.
    apart = any(len(cell) > 1 for row in cells for cell in row)
    for i, row in enumerate(cells):
        if apart and i:
            lines.append(rule("body"))
        lines += _lines(row, widths, bar, numbers)
    return [*lines, rule("foot")]


def _wrapped(text, width):
    indent = " " * (len(text) - len(text.lstrip()))
    hanging = f"{indent}  " if indent else ""
    return textwrap.wrap(text, width, subsequent_indent=hanging) or [""]


def _lines(row, widths, bar, numbers):
    height = max(map(len, row))
    for i in range(height):
        texts = [cell[i] if i < len(cell) else "" for cell in row]
        padded = [
            text.rjust(width) if column == numbers else text.ljust(width)
            for column, (text, width) in enumerate(zip(texts, widths, strict=True))
        ]
        yield f"{bar} " + f" {bar} ".join(padded) + f" {bar}"


def _totals(model):
    trainable, rest = _size(model.trainable_weights), _size(model.non_trainable_weights)
    groups = {"Trainable": trainable, "Non-trainable": rest}
    optimizer = getattr(model, "optimizer", None)
    if getattr(model, "compiled", False) and optimizer is not None:
        groups["Optimizer"] = _size(optimizer.variables)
    total = tuple(map(sum, zip(*groups.values(), strict=True)))
    for name, (count, nbytes) in {"Total": total, **groups}.items():
        yield f" {name} params: {count:,} ({_readable(nbytes)})"


def _size(variables):
    """Number of scalars, and their bytes."""
    counts = [math.prod(v.shape) for v in variables]
    bits = [n * _bits(v.dtype) for n, v in zip(counts, variables, strict=True)]
    return sum(counts), math.ceil(sum(bits) / 8)


def _bits(dtype):
    digits = re.search(r"\d+", str(dtype))
    return int(digits[0]) if digits else 8


def _readable(nbytes):
    size, units = float(nbytes), ("B", "KB", "MB", "GB", "TB")
    for unit in units:
        if size < 1024 or unit == units[-1]:
            return f"{size:.2f} {unit}"
        size /= 1024
    return ""


def _can_print(text):
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
