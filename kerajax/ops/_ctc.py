"""Connectionist temporal classification: labels without alignment, from one prediction per frame.

A path through the frames emits a class or the blank; repeats merge and blanks vanish, and what is
left is the label. The loss sums over all paths of a label, decoding looks for the best label.
"""

import jax
import jax.numpy as jnp

from kerajax._checks import one_of
from kerajax.backend import result_type
from kerajax.ops._op import op

# The logarithm of "impossible", finite as in Keras: labels that do not fit into the frames get a
# huge loss rather than an infinite one, and their gradients stay numbers.
_IMPOSSIBLE = -1e5


@op(data=("target", "output", "target_length", "output_length"))
def ctc_loss(target, output, target_length, output_length, mask_index=0):
    """`-log(p(target | output))`, summed over all alignments of the labels with the frames.

    Args:
        target: Int tensor `(batch, labels)`: class numbers, padded at the end with anything.
        output: Tensor `(batch, time, classes)` of logits.
        target_length: Int tensor `(batch,)`: how many labels count.
        output_length: Int tensor `(batch,)`: how many frames count.
        mask_index: Int. The class of the blank.

    Returns:
        Tensor `(batch,)`, float32 or wider.

    Raises:
        ValueError: If the tensors have other axes, or not one batch size.

    Example:

    >>> loss = kerajax.ops.ctc_loss([[1]], np.zeros((1, 2, 2), "float32"), [1], [2])
    >>> loss.round(4).tolist()  # three of four paths give the label 1
    [0.287...]

    Reference:
        Graves et al., 2006, "Connectionist Temporal Classification: Labelling Unsegmented Sequence
        Data with Recurrent Neural Networks", https://doi.org/10.1145/1143844.1143891
    """
    target, target_length, output_length = (
        jnp.asarray(x).astype("int32") for x in (target, target_length, output_length)
    )
    output = _at_least_float32(output)
    if target.ndim != 2 or output.ndim != 3:
        raise ValueError(
            "ctc_loss needs `target` as (batch, labels) and `output` as (batch, time, classes). "
            f"Received: target.shape={target.shape}, output.shape={output.shape}"
        )
    _check_batch(target=target, output=output)
    _check_batch(target_length=target_length, target=target)
    _check_batch(output_length=output_length, output=output)
    batch, labels = target.shape

    # The states of Graves' lattice: blank, label, blank, label, ..., blank.
    states = jnp.full((batch, 2 * labels + 1), mask_index).at[:, 1::2].set(target)
    log_probs = jax.nn.log_softmax(output, axis=-1)
    log_probs = jnp.take_along_axis(log_probs, states[:, None, :], axis=-1, mode="clip")
    # From label to label without a blank between, unless they are the same.
    repeats = jnp.pad(target[:, 1:] == target[:, :-1], ((0, 0), (1, 0)))
    skip = jnp.full(states.shape, _IMPOSSIBLE, output.dtype)
    skip = skip.at[:, 1::2].set(jnp.where(repeats, _IMPOSSIBLE, 0.0))

    def step(alpha, frame):
        log_prob, counts = frame
        one, two = (_shifted(alpha, n) for n in (1, 2))
        reached = jnp.logaddexp(jnp.logaddexp(alpha, one), two + skip) + log_prob
        return jnp.where(counts[:, None], reached, alpha), None

    start = jnp.full(states.shape, _IMPOSSIBLE, output.dtype).at[:, 0].set(0.0)
    counts = jnp.arange(output.shape[1])[:, None] < output_length
    alpha, _ = jax.lax.scan(step, start, (jnp.swapaxes(log_probs, 0, 1), counts))
    end = 2 * target_length[:, None]
    last_blank = jnp.take_along_axis(alpha, end, axis=1, mode="clip")
    last_label = jnp.take_along_axis(_shifted(alpha, 1), end, axis=1, mode="clip")
    return -jnp.logaddexp(last_blank, last_label)[:, 0]


def _shifted(alpha, n):
    return jnp.pad(alpha, ((0, 0), (n, 0)), constant_values=_IMPOSSIBLE)[:, : alpha.shape[1]]


@op(data=("inputs", "sequence_lengths"))
def ctc_decode(
    inputs,
    sequence_lengths,
    strategy="greedy",
    beam_width=100,
    top_paths=1,
    merge_repeated=True,
    mask_index=0,
):
    """The labels that frames of logits spell: the best path, or the best labels by beam search.

    Args:
        inputs: Tensor `(batch, time, classes)` of logits.
        sequence_lengths: Int tensor `(batch,)`: how many frames count.
        strategy: `"greedy"` takes the best class of each frame; `"beam_search"` sums over the
            paths of the `beam_width` best prefixes.
        beam_width: Int > 0. For beam search.
        top_paths: Int in [1, `beam_width`]. How many labels beam search returns.
        merge_repeated: Bool. Whether greedy decoding merges repeated classes; beam search does.
        mask_index: Int. The class of the blank.

    Returns:
        Int32 tensor `(top_paths, batch, time)` of class numbers, padded with -1, and a float
        tensor `(batch, top_paths)`: for beam search the log-probability of each label, for greedy
        decoding (one path) minus the sum of the greatest logits.

    Raises:
        ValueError: If `strategy` is unknown, or `top_paths` exceeds `beam_width`.

    Example:

    >>> frames = np.log([[[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]]])
    >>> labels, _ = kerajax.ops.ctc_decode(frames, [3])
    >>> labels.tolist()
    [[[1, 2, -1]]]

    Reference:
        Graves, 2012, "Supervised Sequence Labelling with Recurrent Neural Networks", chapter 7,
        https://doi.org/10.1007/978-3-642-24797-2
    """
    inputs = _at_least_float32(inputs)
    if inputs.ndim != 3:
        raise ValueError(
            "ctc_decode needs `inputs` as (batch, time, classes). Received: "
            f"inputs.shape={inputs.shape}"
        )
    lengths = jnp.asarray(sequence_lengths).astype("int32")
    one_of(strategy, "strategy", "Invalid strategy of ctc_decode", ("greedy", "beam_search"))
    if strategy == "greedy":
        return _greedy(inputs, lengths, merge_repeated, mask_index)
    if not 1 <= top_paths <= beam_width:
        raise ValueError(
            "ctc_decode: `top_paths` must be between 1 and `beam_width`. Received: "
            f"top_paths={top_paths}, beam_width={beam_width}. Pass a wider beam."
        )
    log_probs = jax.nn.log_softmax(inputs, axis=-1)
    search = jax.vmap(lambda x, n: _beam_search(x, n, beam_width, top_paths, mask_index))
    paths, scores = search(log_probs, lengths)
    return jnp.swapaxes(paths, 0, 1), scores


def _greedy(inputs, lengths, merge_repeated, mask_index):
    counts = jnp.arange(inputs.shape[1]) < lengths[:, None]
    best = jnp.argmax(inputs, axis=-1).astype("int32")
    keep = counts & (best != mask_index)
    if merge_repeated:
        keep &= jnp.pad(best[:, 1:] != best[:, :-1], ((0, 0), (1, 0)), constant_values=True)
    labels = jnp.where(keep, best, -1)
    # A stable sort by "is dropped" moves the labels to the front in their order.
    order = jnp.argsort(~keep, axis=-1, stable=True)
    labels = jnp.take_along_axis(labels, order, axis=-1)
    scores = jnp.where(counts, jnp.max(inputs, axis=-1), 0.0)
    return labels[None], -jnp.sum(scores, axis=1)[:, None]


def _beam_search(log_probs, length, width, top_paths, mask_index):
    """The best prefixes of one sequence, best first."""
    time, classes = log_probs.shape
    # The first frame counts in every sequence, even in one of length 0, as in Keras.
    n = min(width, classes)
    score, symbol = jax.lax.top_k(log_probs[0], n)
    score = jnp.pad(score, (0, width - n), constant_values=-jnp.inf)
    symbol = jnp.pad(symbol, (0, width - n), constant_values=mask_index).astype("int32")
    is_blank = symbol == mask_index
    beams = {
        "path": jnp.full((width, time), -1, "int32").at[:, 0].set(jnp.where(is_blank, -1, symbol)),
        "length": jnp.where(is_blank, 0, 1),
        "emitted": jnp.where(is_blank, -jnp.inf, score),  # the path ends on its last class
        "blank": jnp.where(is_blank, score, -jnp.inf),  # the path ends on a blank
        "rank": _inverse(jnp.argsort(jnp.where(is_blank, -classes, -symbol))),  # settles ties
    }

    def step(beams, frame):
        log_prob, counts = frame
        advanced = _advance(beams, log_prob, mask_index)
        return jax.tree_util.tree_map(lambda a, b: jnp.where(counts, a, b), advanced, beams), None

    counts = jnp.arange(time) < length
    beams, _ = jax.lax.scan(step, beams, (log_probs[1:], counts[1:]))
    scores = jnp.logaddexp(beams["emitted"], beams["blank"])
    best = jnp.lexsort((beams["rank"], scores))[::-1][:top_paths]
    return beams["path"][best], scores[best]


def _advance(beams, log_prob, mask_index):
    """One frame: each prefix stays or grows by a class, those that meet merge, the best remain.

    Of equal scores the path with the lower class at the first difference wins, and the longer one
    where one begins the other. `below` counts how many of the old paths a candidate would win
    against; with the rank of its parent and its class that is its place in this order, without
    comparing all candidates with one another.
    """
    path, length, rank = beams["path"], beams["length"], beams["rank"]
    (width, time), classes = path.shape, log_prob.shape[0]
    total = jnp.logaddexp(beams["emitted"], beams["blank"])
    last = jnp.where(length > 0, path[jnp.arange(width), length - 1], -1)

    stay_blank = total + log_prob[mask_index]
    stay_emitted = jnp.where(last >= 0, beams["emitted"] + log_prob[last], -jnp.inf)
    # The same class again makes a new label only after a blank.
    base = jnp.where(jnp.arange(classes) == last[:, None], beams["blank"][:, None], total[:, None])
    grown = (base + log_prob).at[:, mask_index].set(-jnp.inf)

    # follower[i, j]: the class of path j right after path i, where path i begins path j.
    agree = (path[:, None] == path[None]) | (jnp.arange(time) >= length[:, None, None])
    begins = jnp.all(agree, axis=-1) & (length[:, None] < length)
    follower = path[:, jnp.minimum(length, time - 1)].T
    rows = jnp.arange(width)[:, None]
    meets = begins & (length[:, None] + 1 == length) & (total > -jnp.inf)
    arriving = jnp.where(meets, grown[rows, follower], -jnp.inf)
    stay_emitted = jnp.logaddexp(stay_emitted, jnp.max(arriving, axis=0))
    grown = grown.at[rows, jnp.where(meets, follower, mask_index)].set(-jnp.inf)

    after = jnp.zeros((width, classes), "int32")
    after = after.at[rows, follower].add(begins.astype("int32"))
    worse = jnp.cumsum(after[:, ::-1], axis=1)[:, ::-1] - after
    below = rank[:, None] + 1 + worse

    # No prefix can send more than `width` of its successors into the next beam.
    grown, symbol = jax.lax.top_k(grown, min(width, classes))
    parent = jnp.broadcast_to(rows, grown.shape)
    candidates = (
        jnp.concatenate([jnp.logaddexp(stay_emitted, stay_blank), grown.ravel()]),
        jnp.concatenate([rank, jnp.take_along_axis(below, symbol, axis=1).ravel()]),
        jnp.concatenate([jnp.ones_like(rank), -rank[parent].ravel()]),
        jnp.concatenate([jnp.zeros_like(rank), -symbol.ravel().astype("int32")]),
        jnp.arange(width * (1 + grown.shape[1]), dtype="int32"),
    )
    score, *order, chosen = (x[-width:][::-1] for x in jax.lax.sort(candidates, num_keys=4))

    grows = chosen >= width
    parent = jnp.where(grows, (chosen - width) // grown.shape[1], chosen)
    path, length = path[parent], length[parent]
    # Of a path that stays, the place behind the end of the array is written: nothing is.
    place = jnp.where(grows, length, time)
    path = path.at[jnp.arange(width), place].set(-order[2], mode="drop")
    by_rank = jax.lax.sort((*order, jnp.arange(width, dtype="int32")), num_keys=3)[-1]
    return {
        "path": path,
        "length": length + grows,
        "emitted": jnp.where(grows, score, stay_emitted[parent]),
        "blank": jnp.where(grows, -jnp.inf, stay_blank[parent]),
        "rank": _inverse(by_rank),
    }


def _inverse(permutation):
    places = jnp.arange(permutation.shape[0], dtype="int32")
    return jnp.zeros_like(places).at[permutation].set(places)


def _at_least_float32(x):
    x = jnp.asarray(x)
    return x.astype(result_type(x.dtype, "float32"))


def _check_batch(**tensors):
    (name1, shape1), (name2, shape2) = ((name, x.shape) for name, x in tensors.items())
    if shape1[0] != shape2[0]:
        raise ValueError(
            f"Arguments `{name1}` and `{name2}` of ctc_loss must have the same first dimension. "
            f"Received shapes: {shape1} and {shape2}."
        )
