"""Repeats: equal parts of a graph, one after the other, such as the blocks of a deep model.

Where the variables of the parts are stacked, the parts run as a loop over one of them.
"""

from kerajax import tree
from kerajax.backend import KerasTensor, context, get_keras_mask, over_rows
from kerajax.graph._pure import with_values


class Repeat:
    """Parts of a graph, each of which continues with the one tensor that the last one gave.

    Args:
        parts: List of lists of nodes; nodes at one place in the parts compute the same.
        entry: KerasTensor, what the first part continues with.
        exits: List of KerasTensors, what each part gives.

    Attributes:
        stacks: List of `Stack`, one for each variable of a part; None while there are none.
    """

    def __init__(self, parts, entry, exits):
        self.parts = parts
        self.entry = entry
        self.exits = exits
        self.stacks = None

    def run(self, values, run_node):
        """Runs the parts.

        Args:
            values: Dict of tensor id to value, which what the nodes give is added to.
            run_node: Function `(node, values)` that runs one of them.
        """
        scope, x = context.stateless, values[id(self.entry)]
        stacked = self.stacks is not None and all(map(scope.holds, self.stacks))
        # The carry of a loop has no mask.
        if not stacked or get_keras_mask(x) is not None:
            for node in (node for part in self.parts for node in part):
                run_node(node, values)
            return
        leads = [stack.lead for stack in self.stacks]

        def run_part(x, rows):
            inside = {**values, id(self.entry): x}

            def run():
                for node in self.parts[0]:
                    run_node(node, inside)
                return inside[id(self.exits[0])]

            ran = with_values(run, leads, rows)
            return ran.outputs, ran.changed_from(rows)

        arrays = [scope.get_current_value(stack) for stack in self.stacks]
        values[id(self.exits[-1])], changed = over_rows(run_part, x, arrays)
        for i, value in changed.items():
            scope.add_update((self.stacks[i], value))


def repeats_in(nodes, outputs, key_of, least) -> list:
    """The repeats of a graph.

    Args:
        nodes: Its nodes, in the order they run.
        outputs: Its outputs, nested.
        key_of: Function of an operation that gives something hashable, equal for operations that
            compute the same of their arguments and variables; or None where that is not known.
        least: Int. How many parts there must be.

    Returns:
        List of `Repeat`. They do not overlap.
    """
    numbers = {}
    keys = [None if node.is_input else _call_key(node, key_of) for node in nodes]
    keys = [None if key is None else numbers.setdefault(key, len(numbers)) for key in keys]
    users = _users(nodes, outputs)
    places = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    found, start = [], 0
    while start < len(nodes):
        # A part begins where a node is like the first one.
        most = (len(nodes) - start) // least
        later = places[keys[start]] if keys[start] is not None else ()
        lengths = [place - start for place in later if 0 < place - start <= most]
        repeat = _longest_at(start, lengths, nodes, keys, users, least)
        if repeat is None:
            start += 1
        else:
            found.append(repeat)
            start += sum(map(len, repeat.parts))
    return found


def _call_key(node, key_of):
    """What is equal for nodes that do the same with other tensors, or None."""
    key = key_of(node.operation)
    if key is None:
        return None
    shapes = tuple((x.shape, x.dtype) for x in node.output_tensors)
    key = key, told((node.args, node.kwargs)), shapes
    try:
        hash(key)
    except TypeError:
        return None
    return key


def told(structure):
    """All of a nested structure but which symbolic tensors are in it, to be compared."""
    leaves = tuple(
        (x.shape, x.dtype) if isinstance(x, KerasTensor) else (type(x), x)
        for x in tree.flatten(structure)
    )
    return repr(tree.map_structure(lambda x: 0, structure)), leaves


def _users(nodes, outputs) -> dict:
    """Tensor id to the places of the nodes that read it; one past the last for the outputs."""
    users = {}
    for place, node in enumerate(nodes):
        for tensor in node.input_tensors:
            users.setdefault(id(tensor), set()).add(place)
    for tensor in tree.flatten(outputs):
        users.setdefault(id(tensor), set()).add(len(nodes))
    return users


def _longest_at(start, lengths, nodes, keys, users, least):
    """The repeat that begins at a place and covers most nodes, or None."""
    best = None
    for length in lengths:
        if None in keys[start : start + length]:
            break
        count = 1
        while _equal(keys, start, start + count * length, length):
            count += 1
        if count >= least and (best is None or count * length > sum(map(len, best.parts))):
            best = _repeat(nodes, start, length, count, users, least) or best
    return best


def _equal(keys, a, b, length):
    return b + length <= len(keys) and keys[a : a + length] == keys[b : b + length]


def _repeat(nodes, start, length, count, users, least):
    """The repeat of parts of a length, as many as follow from each other in the same way."""
    parts = [nodes[i : i + length] for i in range(start, start + count * length, length)]
    first, second = (_reads(part) for part in parts[:2])
    at = {id(t): place for place, t in enumerate(_gives(parts[0]))}
    carried = {at[id(t)] for t in second if id(t) in at}
    if len(carried) != 1:
        return None
    (exit_,) = carried
    # What the second part reads of the first one, the first reads of what lies before.
    entries = {id(f): f for f, s in zip(first, second, strict=True) if at.get(id(s)) == exit_}
    if len(entries) != 1:
        return None
    (entry,) = entries.values()
    exits = [_gives(part)[exit_] for part in parts]
    if (entry.shape, entry.dtype) != (exits[0].shape, exits[0].dtype):
        return None
    good = 1
    while good < count and _follows(parts, good, first, entry, exits[good - 1]):
        good += 1
    while good >= least and not _closed(parts[:good], exits, users, start, length):
        good -= 1
    return Repeat(parts[:good], entry, exits[:good]) if good >= least else None


def _reads(part) -> list:
    return [t for node in part for t in node.input_tensors]


def _gives(part) -> list:
    return [t for node in part for t in node.output_tensors]


def _follows(parts, number, first, entry, before) -> bool:
    """Whether a part reads `before` where the first reads the entry, its own and what is shared."""
    own = dict(zip(map(id, _gives(parts[0])), _gives(parts[number]), strict=True))
    own[id(entry)] = before
    return all(own.get(id(f), f) is t for f, t in zip(first, _reads(parts[number]), strict=True))


def _closed(parts, exits, users, start, length) -> bool:
    """Whether what is given inside is read inside, and only the last exit after the parts."""
    last = len(parts) - 1
    for number, part in enumerate(parts):
        end = start + (number + 1) * length
        for tensor in _gives(part):
            is_exit = tensor is exits[number]
            allowed = end + length if is_exit else end
            if is_exit and number == last:
                continue
            if any(place >= allowed for place in users.get(id(tensor), ())):
                return False
    return True
