"""Equal layers that train as one: their weights are stacked, their calls are a loop.

A model of 50 equal blocks is then compiled in the time of one block. `LayerScan` is the training
state in that form; the steps are those of `_step.py`. What reads or assigns single weights, such as
a loss of the user's, sees rows of the stacks, so that it computes the same.
"""

import itertools
import math

from kerajax.backend import Stack, context, for_each_row, loops_cost_threads
from kerajax.graph import repeats_in, told, with_values
from kerajax.layers import Layer
from kerajax.layers._base._equal import equality_key
from kerajax.ops._op import OpOperation

# With fewer blocks, or fewer weights in them, the time to stack and to compile the loop is not
# earned back.
LEAST_BLOCKS = 6
LEAST_WEIGHTS = 96
# What is larger than so many elements is spread over the cores outside of loops.
_SPREAD = 1 << 16


class LayerScan:
    """The variables of a training state with those of equal blocks stacked.

    Args:
        groups: The four lists of variables of a TrainState.
        repeats: List of `Repeat` with their stacks.
        graph: The graph of the model, and the steps in which it runs.
        optimizer: The optimizer.
        slots: What `slots_of_equal_weights` of it gave.
        shapes: List of the shapes of the tensors in a block.

    Attributes:
        groups: The four lists, with a `Stack` in the place of each first variable.
    """

    def __init__(self, groups, repeats, graph, optimizer, slots, shapes):
        self._repeats = repeats
        self._steps = {id(graph): _steps_of(graph._nodes, repeats)}
        self._optimizer = optimizer
        self._shapes = shapes
        trained = set(map(id, groups[0]))
        stacks = []
        self._of_repeat = []
        for repeat in repeats:
            weights = [s for s in repeat.stacks if id(s.lead) in trained]
            state = [
                Stack([slots[v][place] for v in stack.variables])
                for stack in weights
                for place in slots[stack.lead]
            ]
            stacks += [*repeat.stacks, *state]
            if weights:
                self._of_repeat.append((weights, state))
        leads = {id(stack.lead): stack for stack in stacks}
        members = {id(v) for stack in stacks for v in stack.variables}
        self.groups = tuple(
            [leads.get(id(v), v) for v in group if id(v) in leads or id(v) not in members]
            for group in groups
        )

    def pays(self, batch_size, longest) -> bool:
        """Whether steps are as fast in a loop as written out.

        Args:
            batch_size: Int.
            longest: Int, which stands for sizes that the model leaves open.
        """
        if not loops_cost_threads():
            return True
        sizes = ([batch_size, *(size or longest for size in shape[1:])] for shape in self._shapes)
        return max(map(math.prod, sizes)) <= _SPREAD

    def run(self, step, state, data):
        """A step of `_step.py` on a state in this form."""
        outer, context.repeats = context.repeats, self._steps
        try:
            return step(state, data, layout=self)
        finally:
            context.repeats = outer

    def apply(self, optimizer_values, gradients, values):
        """What `Optimizer.stateless_apply` does, on stacked values."""
        trained, kept = self.groups[0], self.groups[2]
        of = dict(zip(map(id, trained), zip(values, gradients, strict=True), strict=True))
        held = dict(zip(map(id, kept), optimizer_values, strict=True))
        single = [v for v in trained if not isinstance(v, Stack)]
        shared = [v for v in kept if not isinstance(v, Stack)]
        shared_values = [held[id(v)] for v in shared]

        def step_of(variables, slots):
            def step(gradients, values, state):
                ran = with_values(
                    lambda: self._optimizer.apply(gradients, variables),
                    [*variables, *slots, *shared],
                    [*values, *state, *shared_values],
                )
                new, count = iter(ran.values), (len(variables), len(slots), len(shared))
                return [list(itertools.islice(new, n)) for n in count]

            return step

        new = {}

        def keep(entries, values):
            new.update(zip(map(id, entries), values, strict=True))

        singles = [[of[id(v)][i] for v in single] for i in (1, 0)]
        rows, _, state = step_of(single, [])(*singles, [])
        keep(single, rows)
        keep(shared, state)
        for weights, slots in self._of_repeat:
            step = for_each_row(step_of([s.lead for s in weights], [s.lead for s in slots]))
            stacked = [[of[id(s)][i] for s in weights] for i in (1, 0)]
            # Counts and rates, which all rows share, are those that the single weights left.
            rows, state, _ = step(*stacked, [held[id(s)] for s in slots])
            keep(weights, rows)
            keep(slots, state)
        return [new[id(v)] for v in trained], [new[id(v)] for v in kept]


def layer_scan(graph, groups, optimizer) -> LayerScan | None:
    """The training state of a model with equal blocks stacked; None where there are none.

    Args:
        graph: The `Function` that the model runs.
        groups: The four lists of variables of its TrainState.
        optimizer: Built optimizer.
    """
    slots = None if optimizer is None else optimizer.slots_of_equal_weights()
    if slots is None:
        return None
    trained, others = (set(map(id, group)) for group in groups[:2])
    once = _called_once(graph._nodes)

    def key_of(operation):
        if isinstance(operation, OpOperation):
            return type(operation), told(operation.settings)
        if id(operation) not in once or not isinstance(operation, Layer):
            return None
        if operation._slow_in_loops:
            return None
        return _layer_key(operation, trained)

    repeats = repeats_in(graph._nodes, graph._outputs_struct, key_of, LEAST_BLOCKS)
    kept = []
    for repeat in repeats:
        columns = list(zip(*map(_variables_of, repeat.parts), strict=True))
        weights = [v for column in columns for v in column]
        known = all(id(v) in trained or id(v) in others for v in weights)
        if known and len(weights) >= LEAST_WEIGHTS:
            repeat.stacks = [Stack(column) for column in columns]
            kept.append(repeat)
    stacked = {id(v) for r in kept for s in r.stacks for v in s.variables}
    if not kept or trained <= stacked:
        return None
    shapes = [t.shape for r in kept for node in r.parts[0] for t in node.output_tensors]
    return LayerScan(groups, kept, graph, optimizer, slots, shapes)


def _called_once(nodes) -> set:
    """Ids of the operations that have one node among these."""
    seen, again = set(), set()
    for node in nodes:
        (again if id(node.operation) in seen else seen).add(id(node.operation))
    return seen - again


def _layer_key(layer, trained):
    """What is equal for layers that compute the same and whose weights train in the same way."""
    key = equality_key(layer)
    if key is None or any(x.activity_regularizer is not None for x in layer._flatten_layers()):
        return None
    told = []
    for v in layer.variables:
        if v.regularizer is not None or v.constraint is not None or v.overwrite_with_gradient:
            return None
        told.append((v.shape, v._dtype, id(v) in trained))
    return key, tuple(told)


def _variables_of(part) -> list:
    layers = [node.operation for node in part if isinstance(node.operation, Layer)]
    return [v for layer in layers for v in layer.variables]


def _steps_of(nodes, repeats) -> list:
    """The nodes, with each repeat in the place of its own."""
    first = {id(repeat.parts[0][0]): repeat for repeat in repeats}
    inside = {id(node) for repeat in repeats for part in repeat.parts for node in part}
    return [first.get(id(n), n) for n in nodes if id(n) in first or id(n) not in inside]
