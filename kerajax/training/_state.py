"""TrainState: all that training changes, as one pytree; and the loan of it by the variables.

The compiled step takes the state's buffers over (donation) and returns new ones, so between two
steps the only valid values are those in the state. Variables know that: see `Loan`.
"""

import dataclasses

import jax

from kerajax.backend import Stack
from kerajax.backend._distribution import lay_out
from kerajax.backend._first_values import make_first_values, waits


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class TrainState:
    """The values of a model's variables, in Keras' order. Unpacks like Keras' 4-tuple.

    Attributes:
        trainable: Values of `model.trainable_variables`.
        non_trainable: Values of `model.non_trainable_variables`.
        optimizer: Values of `model.optimizer.variables`.
        metrics: Values of `model.metrics_variables`.

    Example:

    >>> from kerajax.training import TrainState
    >>> trainable, non_trainable, optimizer, metrics = TrainState([1], [2], [3], [4])
    >>> metrics
    [4]
    """

    trainable: list
    non_trainable: list
    optimizer: list
    metrics: list

    def __iter__(self):
        return iter((self.trainable, self.non_trainable, self.optimizer, self.metrics))

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return (*self,)[index]

    def replace(self, **changes) -> "TrainState":
        """A copy with other values for some of the lists."""
        return dataclasses.replace(self, **changes)

    @classmethod
    def of(cls, state) -> "TrainState":
        """`state` itself, or the 4-tuple that a user's `train_step` returned as a TrainState."""
        return state if isinstance(state, cls) else cls(*(list(part) for part in state))


class Loan:
    """Lends a model's variables to a loop of compiled steps.

    While the loan stands, `state` has the values. A read or an assignment of any of the variables
    settles it: all values go back to the variables, and the next `borrow` takes them from there
    again, with whatever was assigned. An array that somebody may have kept is copied before it is
    given to a step that takes buffers over.

    Args:
        groups: The four lists of variables, in the order of TrainState. A `Stack` among them is
            lent as one array.
    """

    def __init__(self, groups):
        self.groups = [list(group) for group in groups]
        self.state = None
        entries = [entry for group in self.groups for entry in group]
        self._stacks = any(isinstance(entry, Stack) for entry in entries)
        # What is in the host's memory is tied to its device, and so is then all that a step gives.
        self._ties = any(entry.on_host for entry in entries)

    def borrow(self) -> TrainState:
        """The state for the next step."""
        if self.state is None:
            state = TrainState([], [], [], [])
            make_first_values(v for group in self.groups for v in group if not isinstance(v, Stack))
            try:
                for group, values in zip(self.groups, state, strict=True):
                    for entry in group:
                        values.append(self._take(entry))
            except BaseException:
                self._give_back(state)
                raise
            self.state = state
        return self.state

    def _take(self, entry):
        if not isinstance(entry, Stack):
            return self._value_of(entry)
        # What nobody has read yet is made in the stack.
        values = [v._first if waits(v) else self._value_of(v) for v in entry.variables]
        stacked = entry.stacked(values)
        for variable, value in zip(entry.variables, values, strict=True):
            variable._loan = self
            if isinstance(value, jax.Array):
                value.delete()
        return stacked

    def _value_of(self, variable):
        if variable._loan is not None and variable._loan is not self:
            variable._loan.settle()
        value = variable._value
        if variable._exposed:
            # Not `jnp.copy`, which compiles a program for each shape.
            value = jax.device_put(value, may_alias=False)
            variable._exposed = False
        if self._ties:
            # Else the second step would be compiled again, for values that are tied.
            on_host = variable.on_host
            value = lay_out(variable, value) if on_host else jax.device_put(value, value.sharding)
        variable._loan = self
        return value

    def put(self, state: TrainState) -> None:
        """Takes the state that a step returned."""
        self.state = state

    def rest(self) -> None:
        """Gives the values back when a loop ends, unless a stack would have to be cut for it.

        That waits for somebody who reads: many calls of `fit` in a row stack their weights once.
        """
        if not self._stacks:
            self.settle()

    def settle(self) -> None:
        """Gives all values back to the variables."""
        state, self.state = self.state, None
        if state is not None:
            self._give_back(state)

    def _give_back(self, state):
        for group, values in zip(self.groups, state, strict=True):
            for i, entry in enumerate(group[: len(values)]):
                # What has been given back is let go of, so that no two of all values are there.
                value, values[i] = values[i], None
                if isinstance(entry, Stack):
                    pairs = zip(entry.variables, entry.rows(value), strict=True)
                else:
                    # Metrics start an epoch with numpy arrays.
                    held = isinstance(value, jax.Array)
                    pairs = [(entry, value if held else jax.device_put(value))]
                for variable, given in pairs:
                    variable._value = given
                    variable._loan = None
