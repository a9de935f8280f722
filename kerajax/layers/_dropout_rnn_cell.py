"""DropoutRNNCell: dropout masks that stay the same over all time steps of a call."""

from kerajax import ops, random


class DropoutRNNCell:
    """Mixin for cells with dropout, of which an `RNN` layer draws the masks before it loops.

    Numbers drawn inside the loop would be the same in all steps of the compiled loop, or would
    need the state of the generator to be carried through it. A cell has the attributes `dropout`,
    `recurrent_dropout` (rates in [0, 1]) and `seed_generator`; where it sets
    `dropout_mask_count`, each mask is a list of so many.

    Reference:
        Gal and Ghahramani, 2016, "A Theoretically Grounded Application of Dropout in Recurrent
        Neural Networks", https://arxiv.org/abs/1512.05287
    """

    dropout_mask_count = None
    _dropout_mask = None
    _recurrent_dropout_mask = None

    def get_dropout_mask(self, step_input):
        """The mask for inputs of one step: drawn at the first call, then kept; None at rate 0."""
        if self._dropout_mask is None and self.dropout > 0:
            self._dropout_mask = self._draw(step_input, self.dropout)
        return self._dropout_mask

    def get_recurrent_dropout_mask(self, step_input):
        """The mask for the state: drawn at the first call, then kept; None at rate 0."""
        if self._recurrent_dropout_mask is None and self.recurrent_dropout > 0:
            self._recurrent_dropout_mask = self._draw(step_input, self.recurrent_dropout)
        return self._recurrent_dropout_mask

    def reset_dropout_mask(self) -> None:
        """Forgets the mask for inputs, so that the next call draws a new one."""
        self._dropout_mask = None

    def reset_recurrent_dropout_mask(self) -> None:
        """Forgets the mask for the state."""
        self._recurrent_dropout_mask = None

    def _draw(self, like, rate):
        ones = ops.ones_like(like)
        if self.dropout_mask_count is None:
            return random.dropout(ones, rate, seed=self.seed_generator)
        return [
            random.dropout(ones, rate, seed=self.seed_generator)
            for _ in range(self.dropout_mask_count)
        ]
