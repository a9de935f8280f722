"""Layers whose kernel may have another form: adapted by a product of low rank, or quantized.

The forms stand in `quantizers/_forms`. Here is what a layer needs to have one: the kernel as an
attribute with an underscore, which variables and files have it, and a property that shows it.
"""

from kerajax import dtype_policies
from kerajax.backend import convert_to_numpy
from kerajax.layers._base import Layer
from kerajax.quantizers._forms import LowRank, MatrixUse, form_of


def shown_kernel(attribute, what):
    """The property `kernel` of a class, for a kernel that it keeps as `_kernel`.

    Args:
        attribute: `"_kernel"`, or another name with an underscore.
        what: Docstring.
    """

    def read(self):
        form = self._form
        if form is not None:
            return form.kernel()
        try:
            return self.__dict__[attribute]
        except KeyError:
            raise AttributeError(
                f"You must build the layer before accessing `{attribute[1:]}`: call "
                f"{type(self).__name__} layer '{self.name}' on data, or `build(input_shape)`."
            ) from None

    def write(self, value):
        setattr(self, attribute, value)

    return property(read, write, doc=what)


class Adaptable(Layer):
    """Base of layers with a kernel that a form may replace.

    A subclass makes its kernel by `_build_kernel`, and says by `_use` how it multiplies with it.
    """

    _kernel_attribute = "_kernel"
    # The modes that the layer can be quantized to.
    _modes: tuple[str, ...] = dtype_policies.QUANTIZATION_MODES
    _form = None
    lora_enabled = False
    _config_skip = frozenset(("lora_rank", "lora_alpha"))

    def _set_forms(self, lora_rank, lora_alpha, quantization_config=None):
        self.lora_rank = lora_rank
        self.lora_alpha = lora_rank if lora_alpha is None else lora_alpha
        self.quantization_config = quantization_config

    def _base_config(self):
        config = super()._base_config()
        if self.lora_rank:
            config.update(lora_rank=self.lora_rank, lora_alpha=self.lora_alpha)
        return config

    def _use(self, shape):
        """How the layer uses a kernel of this shape."""
        return MatrixUse(shape, self._kernel_attribute)

    def _build_kernel(self, shape, **options):
        """Makes the kernel in the form that the dtype policy asks for."""
        self._kernel_shape = tuple(shape)
        if self.quantization_mode is not None and self._modes:
            self.quantized_build(shape, self.quantization_mode, self.quantization_config)
        # Training in float8 keeps the floats; other forms come with their own variables.
        if self._form is None or self.quantization_mode == "float8":
            kernel = self._weight(self._kernel_attribute[1:], shape, **options)
            setattr(self, self._kernel_attribute, kernel)

    def _after_build(self):
        super()._after_build()
        if self.lora_rank and not self.lora_enabled:
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """Freezes the kernel and adds `lora_alpha / rank * a @ b` to it, which trains instead.

        Args:
            rank: Int. Columns of `a` and rows of `b`.
            lora_alpha: Number; `rank` if None.
            a_initializer: Initializer of `a`.
            b_initializer: Initializer of `b`.

        Raises:
            ValueError: If the layer is not built, is adapted already, or has a constraint on the
                kernel.
            NotImplementedError: If the kernel's quantized form takes no adaptation.

        Example:

        >>> layer = kerajax.layers.Dense(16)
        >>> layer.build((None, 16))
        >>> layer.enable_lora(2)
        >>> [v.name for v in layer.trainable_weights]
        ['bias', 'lora_kernel_a', 'lora_kernel_b']

        Reference:
            Hu et al., 2021, "LoRA: Low-Rank Adaptation of Large Language Models",
            https://arxiv.org/abs/2106.09685
        """
        name = self._kernel_attribute[1:]
        if getattr(self, f"{name}_constraint") is not None:
            raise ValueError(
                f"Lora is incompatible with {name.removesuffix('s')} constraints. In order to "
                f"enable lora on this layer, remove the `{name}_constraint` argument."
            )
        if not self.built:
            raise ValueError(
                "Cannot enable lora on a layer that isn't yet built. Call it on data, or "
                "`build(input_shape)`."
            )
        if self.lora_enabled:
            raise ValueError("lora is already enabled. This can only be done once per layer.")
        if self._form is not None:
            self._refuse_unadaptable(self._form)
        self.lora_rank = rank
        self.lora_alpha = rank if lora_alpha is None else lora_alpha
        form = LowRank(self, self._use(self._kernel_shape), self._form)
        with self._unlocked():
            form.adapt(rank, a_initializer, b_initializer)
        self._form = form
        self.lora_enabled = True

    def _refuse_unadaptable(self, form):
        if not form.adaptable:
            raise NotImplementedError(
                f"lora is not currently supported with {form.mode.upper()} quantization. Layer: "
                f"'{self.name}'. Use int8 or int4."
            )

    def _new_forms(self, mode, shape, config) -> dict:
        """Forms of the layer's kernels, by the attribute that holds the form."""
        return {"_form": form_of(mode, self, self._use(shape), config)}

    def quantized_build(self, kernel_shape, mode, config=None):
        """Makes the variables of a quantization mode.

        Args:
            kernel_shape: Shape of the float kernel.
            mode: String.
            config: `QuantizationConfig`, or None for what the dtype policy says.

        Raises:
            NotImplementedError: If the layer has no such mode.
        """
        self._check_mode(mode)
        self._kernel_shape = tuple(kernel_shape)
        self._take_forms(self._new_forms(mode, self._kernel_shape, config))

    def _take_forms(self, forms):
        for slot, form in forms.items():
            form.build()
            if self.lora_enabled and slot == "_form":
                self._form.base = form
            else:
                setattr(self, slot, form)
        self._is_quantized = True

    def quantized_call(self, *args, **kwargs):
        """The computation with the quantized kernel, in place of `call`."""
        if not self._modes:
            return super().quantized_call(*args, **kwargs)
        self._check_mode(self.quantization_mode)
        return self._form(*args, **kwargs)

    def quantize(self, mode=None, type_check=True, config=None):
        """Stores the kernel in fewer bits; see `Layer.quantize`."""
        if not self._modes or (type_check and type(self) is not type(self)._own_class):
            raise self._has_no("quantize")
        self._check_mode(mode)
        forms = self._new_forms(mode, self._kernel_shape, config)
        if self.lora_enabled:
            self._refuse_unadaptable(forms["_form"])
        values = []
        for form in forms.values():
            values.append(form.quantized(form.stored.value))
            if form.replaces_kernel:
                delattr(self, form.use.attribute)
        self.quantization_config = config
        self._take_forms(forms)
        for form, new in zip(forms.values(), values, strict=True):
            form.assign(new)
        if self.quantization_mode is None:
            source = self.dtype_policy.name
            self.dtype_policy = f"{config.dtype_policy_string()}_from_{source}"

    def _check_mode(self, mode):
        if mode not in self._modes:
            raise NotImplementedError(
                f"Invalid quantization mode. Expected one of {self._modes}. "
                f"Received: quantization_mode={mode}"
            )

    def _forms(self) -> list:
        return [] if self._form is None else [self._form]

    def _saved_variables(self) -> dict:
        """The variables that files hold, by attribute, in their order."""
        names = [name for form in self._forms() for name in form.saved]
        found = {name: getattr(self, name, None) for name in names}
        return {name: variable for name, variable in found.items() if variable is not None}

    def save_own_variables(self, store):
        """Writes the variables as files hold them: an adaptation is part of the kernel."""
        if self._form is None:
            super().save_own_variables(store)
            return
        merged = {name: value for form in self._forms() for name, value in form.merged().items()}
        for i, (name, variable) in enumerate(self._saved_variables().items()):
            store[str(i)] = convert_to_numpy(merged.get(name, variable))

    def load_own_variables(self, store):
        """Reads what `save_own_variables` wrote.

        Raises:
            ValueError: If the number of arrays or a shape differs. Nothing is changed then.
        """
        if self._form is None:
            super().load_own_variables(store)
            return
        self._load(list(self._saved_variables().values()), store)
        for form in self._forms():
            form.loaded()
