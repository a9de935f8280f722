"""AugMix: chains of random augmentations, blended with the image they started from."""

from kerajax import ops, random, tree
from kerajax._checks import positive_float, positive_int
from kerajax.backend import is_tensor, is_traced
from kerajax.layers._image._arguments import interval
from kerajax.layers._image._candidates import apply_chosen, make_candidates
from kerajax.layers._image._image_layer import ImageLayer
from kerajax.objects import publish

_SOME = (
    "random_shear",
    "random_translation",
    "random_rotation",
    "random_posterization",
    "solarization",
    "auto_contrast",
    "equalization",
)
_ALL = (
    *_SOME,
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
)


@publish("keras.layers.AugMix")
class AugMix(ImageLayer):
    """In training, blends an image with several augmented forms of itself.

    Each of `num_chains` chains applies up to `chain_depth` random augmentations to the batch. The
    chains are summed by weights from a Dirichlet distribution, and the sum is blended with the
    image by a weight from a Beta distribution. Masks are blended likewise, so give them one channel
    for each class; bounding boxes are left as they are.

    What the chains hold is drawn from the layer's seed, where Keras asks Python's `random`: in
    compiled code each step has chains of its own.

    Args:
        value_range: Pair of numbers, the least and the greatest value of the images.
        num_chains: Int > 0. Number of chains.
        chain_depth: Int > 0. Number of places in a chain; each holds an augmentation or none.
        factor: Float in [0, 1], f for the interval [0, f], or the two ends: how strong the
            augmentations are.
        alpha: Float > 0. Parameter of the Dirichlet and the Beta distribution.
        all_ops: Bool. Whether brightness, loss of color, contrast and sharpness are among the
            augmentations.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, 3)` or `(batch, height, width, 3)`, or with the channels first;
        or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = kerajax.layers.AugMix(seed=1)
    >>> layer(np.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)

    Reference:
        Hendrycks et al., 2019, "AugMix: A Simple Data Processing Method to Improve Robustness and
        Uncertainty", https://arxiv.org/abs/1912.02781
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_chains=3,
        chain_depth=3,
        factor=0.3,
        alpha=1.0,
        all_ops=True,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range
        self.num_chains = positive_int(num_chains, "num_chains", self)
        self.chain_depth = positive_int(chain_depth, "chain_depth", self)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.alpha = positive_float(alpha, "alpha", self)
        self.all_ops = all_ops
        self.interpolation = interpolation
        self._set_seed(seed)
        for name, layer in make_candidates(self, self._names).items():
            setattr(self, name, layer)

    @property
    def _names(self):
        return _ALL if self.all_ops else _SOME

    def build(self, input_shape):
        for name in self._names:
            getattr(self, name).build(input_shape)

    def _draw(self, shape, seed):
        gamma = random.gamma((self.num_chains,), self.alpha, seed=seed)
        weight = random.beta((), self.alpha, self.alpha, seed=seed)
        places = self.num_chains * self.chain_depth
        # One draw for all places of all chains: numbers for a batch that is as many times larger.
        many = (places * shape[0], *shape[1:])
        drawn = {name: getattr(self, name)._draw(many, seed) for name in self._names}
        return {
            "chain_mixing_weights": gamma / ops.sum(gamma),
            "weight_sample": weight,
            # The number past the last layer is a place without one.
            "layer_idxes": random.randint((places,), 0, len(self._names) + 1, seed=seed),
            "transforms": tree.map_structure(
                lambda x: ops.reshape(x, (places, shape[0], *x.shape[1:])) if is_tensor(x) else x,
                drawn,
            ),
        }

    def _blended(self, method, values, transformation):
        chosen = transformation["layer_idxes"]
        weights, weight = (
            ops.cast(transformation[name], values.dtype)
            for name in ("chain_mixing_weights", "weight_sample")
        )

        layers = [getattr(self, name) for name in self._names]

        def at(place, state):
            values_in_chain, total = state
            drawn = tree.map_structure(
                lambda x: x[place] if is_tensor(x) else x, transformation["transforms"]
            )
            transforms = [drawn[name] for name in self._names]
            after = apply_chosen(
                chosen[place], layers, transforms, method, values_in_chain, or_none=True
            )
            chain, is_last = place // self.chain_depth, (place + 1) % self.chain_depth == 0
            total = total + ops.where(is_last, weights[chain], 0) * after
            return ops.where(is_last, values, after), total

        state, places = (values, ops.zeros_like(values)), self.num_chains * self.chain_depth
        if is_traced(chosen):
            state = ops.fori_loop(0, places, at, state)
        else:
            for place in range(places):
                state = at(place, state)
        return weight * values + (1 - weight) * state[1]

    def _transform_images(self, images, transformation, interpolation):
        blended = self._blended("transform_images", images, transformation)
        return ops.clip(blended, *self.value_range)

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The boxes, unchanged."""
        return bounding_boxes

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, blended as the images are."""
        if not self._applies(transformation, training):
            return segmentation_masks
        masks = ops.cast(segmentation_masks, self.compute_dtype)
        return self._blended("transform_segmentation_masks", masks, transformation)
