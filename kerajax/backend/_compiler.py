"""How programs are compiled: `jax.jit` with the options that are fast on a CPU."""

import jax

# XLA of jax 0.10 hands convolutions of 32 channels and more to a library (YNNPACK) that is slower
# at them than its own: 3x3 kernels over (64, 16, 16, 32) take 3.0 ms instead of 1.8, and their
# gradients 4.2 instead of 3.0. Products of matrices and sums stay with the library, which gains
# there: sums by XLA's windows take a sixth of a training step of ResNet-20. Later releases have a
# better one. The option has no effect on other platforms.
_OF_JAX_0_10 = {
    "xla_cpu_experimental_ynn_fusion_type": (
        "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT,LIBRARY_FUSION_TYPE_REDUCE"
    )
}
OPTIONS = _OF_JAX_0_10 if jax.__version_info__[:2] == (0, 10) else None


def jit(fn, **settings):
    """`jax.jit` for the outermost function, with the options for the release of JAX at hand.

    Args:
        fn: Function to compile.
        **settings: Further arguments of `jax.jit`.
    """
    return jax.jit(fn, compiler_options=OPTIONS, **settings)
