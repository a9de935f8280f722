"""What callbacks of stand-alone Keras found in `params` and in the logs of a batch."""

from kerajax.eras import older
from kerajax.objects import current_era
from kerajax.training._step import batch_size_of
from kerajax.training.data import ArrayData


def tell_as_before(callbacks, model, data, example, validates) -> None:
    """Adds sizes and names to what the callbacks of a script of Keras 1 to 2.3 are told.

    Args:
        callbacks: `CallbackList` of `fit`.
        model: Model, prepared for the data.
        data: Adapter of the data.
        example: A first batch.
        validates: Bool. Whether there is a validation.
    """
    if not older(current_era(), "tf2") or not callbacks.of_users():
        return
    is_array = isinstance(data, ArrayData)
    batch_size = data.batch_size if is_array else batch_size_of(example)
    samples = data.size if is_array else None
    names = list(model.get_metrics_result())
    params = {
        **callbacks.params,
        "batch_size": batch_size,
        "samples": samples,
        "do_validation": validates,
        "metrics": names + [f"val_{name}" for name in names] * validates,
    }
    # In the words of Keras 1.
    params.update(nb_epoch=params["epochs"], nb_sample=samples)
    callbacks.set_params(params)

    def size_of(batch):
        return batch_size if samples is None else min(batch_size, samples - batch * batch_size)

    callbacks.size_of = size_of
