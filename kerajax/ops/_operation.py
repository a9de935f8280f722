"""Operation: something that can be called on tensors and remembered in a graph.

Layers are operations, and so is every op with its settings. Called on values an operation runs;
called on KerasTensors it says what would come out and leaves a node in the graph.
"""

import math
import re

from kerajax import tree
from kerajax.backend import (
    Node,
    StatelessScope,
    any_keras_tensor,
    auto_name,
    get_current_remat_mode,
    infer,
    remat,
)


class Operation:
    """Base of everything that can stand in a graph: override `call`.

    Args:
        name: String without slashes, unique in a graph; generated from the class name if absent.

    Example:

    >>> class Triple(kerajax.Operation):
    ...     def call(self, x):
    ...         return x * 3
    >>> Triple()(kerajax.KerasTensor((2, 3))).shape
    (2, 3)
    """

    # TensorFlow, which rewrites the functions of `tf.data` pipelines, leaves alone what has it.
    autograph_info__ = None

    def __init__(self, name=None):
        if name is None:
            name = auto_name(snake_case(type(self).__name__))
        if not isinstance(name, str) or ("/" in name and not self._may_have_slashes()):
            raise ValueError(
                f"{type(self).__name__} needs a `name` that is a string without '/', "
                f"but received: name={name!r}."
            )
        self.name = name
        self._inbound_nodes = []
        self._outbound_nodes = []
        self._remat_mode = get_current_remat_mode()

    def _may_have_slashes(self):
        """Whether a name may look like a path."""
        return False

    def __call__(self, *args, **kwargs):
        """Runs `call`, or records it where an argument is symbolic."""
        if any_keras_tensor(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        run = self.call
        if self._remat_mode is not None:
            run = self.rematerialized_call(run, *args, **kwargs)
        return run(*args, **kwargs)

    def call(self, *args, **kwargs):
        """The computation, on arrays."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `call`. Define `def call(self, x): ...` in the class."
        )

    def quantized_call(self, *args, **kwargs):
        """The computation in fewer bits, where there is one."""
        raise NotImplementedError(
            f"{type(self).__name__} '{self.name}' has no `quantized_call`. Layers with a form for "
            "quantized weights do, such as Dense."
        )

    def rematerialized_call(self, fn, *args, **kwargs):
        """`fn` as the `RematScope` in which the operation was made wants it for arguments.

        Args:
            fn: The operation's `call`.
            *args: Arguments of the call, which tell the size of the outputs.
            **kwargs: The same.

        Returns:
            Function with the arguments of `fn`.
        """
        mode = self._remat_mode
        if mode is None:
            return fn
        wanted = mode.mode == "full"
        if mode.mode == "larger_than":
            outputs = tree.flatten(self.compute_output_spec(*args, **kwargs))
            wanted = sum(math.prod(x.shape) for x in outputs) > mode.output_size_threshold
        return remat(fn) if wanted else fn

    def symbolic_call(self, *args, **kwargs):
        """Infers the outputs and records the call as a node of the graph."""
        outputs = self.compute_output_spec(*args, **kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args, **kwargs):
        """What `call` would return for these symbolic arguments, as KerasTensors."""
        # What `call` assigns to variables is dropped: nothing is computed yet.
        with StatelessScope():
            return infer(self.call, *args, **kwargs)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """The operation that `get_config` described."""
        return cls(**config)

    @property
    def input(self):
        """The symbolic arguments of the first call: one tensor, or a list.

        An input of the graph, which has none, gives itself.
        """
        node = self._node()
        return _single(node.input_tensors or node.output_tensors)

    @property
    def output(self):
        """The symbolic result of the first call: one tensor, or a list."""
        return _single(self._node().output_tensors)

    def _node(self, index=0):
        if not self._inbound_nodes:
            raise AttributeError(
                f"{type(self).__name__} '{self.name}' has never been called on symbolic tensors, "
                "so it has no input or output yet. Call it on a `kerajax.Input` first."
            )
        if index >= len(self._inbound_nodes):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' was called {len(self._inbound_nodes)} times, "
                f"so there is no call number {index}: they count from 0."
            )
        return self._inbound_nodes[index]


# A word starts at a capital that a small letter follows, and at a capital after a small letter.
_WORD_START = re.compile(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")


def snake_case(name: str) -> str:
    """`GlobalMaxPooling1D` -> `global_max_pooling1d`, as automatic names are written."""
    return _WORD_START.sub("_", re.sub(r"\W+", "", name)).lower()


def _single(tensors):
    return tensors[0] if len(tensors) == 1 else tensors
