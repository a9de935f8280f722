"""The candidates `torch` and `torch_compile`: models and training loop of a careful torch user.

The data set is a tensor, a batch is its rows at a slice of a permutation, and loss and accuracy are
totalled in tensors that are read when the call ends. Initial distributions and hyperparameters are
Keras'. Three details are torch's own and cost the same: Adam adds epsilon after the bias
correction, momentum is scaled by the rate after it is accumulated, and the moving variance of batch
normalization is the unbiased one.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from .candidates import Unable
from .data import (
    BLOCKS,
    HEADS,
    HIDDEN,
    RESNET_WIDTHS,
    TOKEN_VOCABULARY,
    TOKENS,
    VOCABULARY,
    WIDTH,
    make_data,
    resnet_plan,
    run_resnet20,
)


class TorchTrial:
    """Data, model and optimizer.

    Args:
        workload: Workload.
        compiled: Whether `torch.compile` runs the model.
    """

    def __init__(self, workload, compiled=False):
        torch.manual_seed(1)
        self.batch_size = workload.batch_size
        x, y = make_data(workload.model, workload.samples)
        if x.ndim == 4:
            x = np.moveaxis(x, -1, 1)
        self.x, self.y = torch.from_numpy(np.ascontiguousarray(x)), torch.from_numpy(y)
        self.judge = _binary if self.y.ndim == 2 else _classes
        self.y = self.y if self.y.ndim == 2 else self.y.long()
        self.model = MODELS[workload.model]()
        if self.x.ndim == 4:
            self.x = self.x.to(memory_format=torch.channels_last)
            self.model.to(memory_format=torch.channels_last)
        if compiled:
            self.model = torch.compile(self.model)
        self.rng = np.random.default_rng(1)
        self.optimizer, self.schedule = _make_optimizer(workload.model, self.model.parameters())

    def fit(self, epochs):
        """Trains `epochs` epochs; returns their losses as floats."""
        totals = [self._epoch() for _ in range(epochs)]
        return (torch.stack(totals)[:, 0] / len(self.x)).tolist()

    @torch.no_grad()
    def evaluate(self, passes):
        """Loss and accuracy over the data set, `passes` times, read as numbers."""
        self.model.eval()
        for _ in range(passes):
            totals = torch.zeros(2)
            batches = zip(self.x.split(self.batch_size), self.y.split(self.batch_size), strict=True)
            for x, y in batches:
                loss, right = self.judge(self.model(x), y)
                totals += torch.stack([loss * len(x), right.sum()])
            totals.tolist()
        return []

    @torch.no_grad()
    def predict_many(self, passes):
        """Class probabilities for the data set as one numpy array, `passes` times."""
        self.model.eval()
        for _ in range(passes):
            parts = [self.model(x).softmax(-1) for x in self.x.split(self.batch_size)]
            torch.cat(parts).numpy()
        return []

    def _epoch(self):
        totals = torch.zeros(2)
        for rows in torch.from_numpy(self.rng.permutation(len(self.x))).split(self.batch_size):
            x, y = self.x[rows], self.y[rows]
            self.optimizer.zero_grad()
            logits = self.model(x)
            loss, right = self.judge(logits, y)
            loss.backward()
            self.optimizer.step()
            if self.schedule is not None:
                self.schedule.step()
            with torch.no_grad():
                totals[0] += loss * len(x)
                totals[1] += right.sum()
        return totals


def check_compiler():
    """Raises `Unable` if `torch.compile` cannot build a small function here."""
    try:
        torch.compile(lambda x: (2 * x).sum())(torch.ones(8, requires_grad=True)).backward()
    except Exception as error:
        why = str(error).strip().splitlines() or [type(error).__name__]
        raise Unable(f"torch.compile does not work here: {why[0]}") from error


def _binary(logits, y):
    loss = functional.binary_cross_entropy_with_logits(logits, y)
    return loss, (logits > 0) == (y > 0.5)


def _classes(logits, y):
    return functional.cross_entropy(logits, y), logits.argmax(-1) == y


def _make_optimizer(name, parameters):
    if name != "script_mlp":
        return torch.optim.Adam(parameters, lr=1e-3, eps=1e-7, fused=True), None
    sgd = torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
    return sgd, torch.optim.lr_scheduler.LambdaLR(sgd, lambda step: 1.0 / (1.0 + 1e-6 * step))


def _linear(width_in, width):
    layer = nn.Linear(width_in, width)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _convolution(width_in, width, size, bias=True, **options):
    layer = nn.Conv2d(width_in, width, size, bias=bias, **options)
    nn.init.xavier_uniform_(layer.weight)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


def _embedding(rows, width):
    layer = nn.Embedding(rows, width)
    nn.init.uniform_(layer.weight, -0.05, 0.05)
    return layer


def script_mlp():
    return nn.Sequential(_linear(8, 10), nn.ReLU(), _linear(10, 1))


def mlp():
    first, second = _linear(784, 1024), _linear(1024, 1024)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), _linear(1024, 10))


def convnet():
    return nn.Sequential(
        _convolution(1, 32, 3),
        nn.ReLU(),
        _convolution(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        _linear(12 * 12 * 64, 128),
        nn.ReLU(),
        _linear(128, 10),
    )


class Recurrent(nn.Module):
    """Embedding, `nn.LSTM` or `nn.GRU`, and one linear unit on the last output."""

    def __init__(self, kind, width=64):
        super().__init__()
        self.table = _embedding(VOCABULARY, width)
        self.cell = kind(width, width, batch_first=True)
        self.head = _linear(width, 1)
        nn.init.xavier_uniform_(self.cell.weight_ih_l0)
        nn.init.orthogonal_(self.cell.weight_hh_l0)
        nn.init.zeros_(self.cell.bias_ih_l0)
        nn.init.zeros_(self.cell.bias_hh_l0)
        if kind is nn.LSTM:
            nn.init.ones_(self.cell.bias_ih_l0.data[width : 2 * width])
            # The second bias of the same sum, which Keras' LSTM does not have.
            self.cell.bias_hh_l0.requires_grad_(False)

    def forward(self, tokens):
        outputs, _ = self.cell(self.table(tokens))
        return self.head(outputs[:, -1])


class ResNet20(nn.Module):
    """Convolutions and normalizations by the names of `resnet_plan`."""

    def __init__(self):
        super().__init__()
        self.steps = nn.ModuleDict()
        for name, size, width_in, width, stride in resnet_plan():
            # Keras' "same" for an even image and stride 2: one more row and column at the end.
            pad = nn.ZeroPad2d((0, 1, 0, 1)) if (size, stride) == (3, 2) else nn.Identity()
            options = {"stride": stride, "padding": 1 if (size, stride) == (3, 1) else 0}
            convolve = _convolution(width_in, width, size, bias=False, **options)
            normalize = nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)
            self.steps[_key(name)] = nn.Sequential(pad, convolve, normalize)
        self.head = _linear(RESNET_WIDTHS[-1], 10)

    def forward(self, x):
        x = run_resnet20(lambda name, x: self.steps[_key(name)](x), functional.relu, x)
        return self.head(x.mean((2, 3)))


def _key(name):
    return name.replace(".", "_")  # The names of modules have no dots.


class Attention(nn.Module):
    """Self-attention with one product for queries, keys and values."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = _linear(WIDTH, 3 * WIDTH), _linear(WIDTH, WIDTH)
        for third in self.qkv.weight.data.chunk(3):
            nn.init.xavier_uniform_(third)

    def forward(self, x):
        batch, length, _ = x.shape
        qkv = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(*qkv.unbind())
        return self.out(mixed.transpose(1, 2).reshape(batch, length, WIDTH))


class Block(nn.Module):
    """Pre-norm attention and two linear layers, each beside its input."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=1e-3), nn.LayerNorm(WIDTH, eps=1e-3)
        self.attend = Attention()
        self.feed = nn.Sequential(_linear(WIDTH, HIDDEN), nn.GELU(), _linear(HIDDEN, WIDTH))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.feed(self.norm2(x))


class Transformer(nn.Module):
    """Embeddings, blocks, mean over the tokens, 10 classes."""

    def __init__(self):
        super().__init__()
        self.tokens, self.positions = _embedding(TOKEN_VOCABULARY, WIDTH), _embedding(TOKENS, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
        self.head = _linear(WIDTH, 10)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight
        return self.head(self.blocks(x).mean(1))


MODELS = {
    "script_mlp": script_mlp,
    "mlp": mlp,
    "convnet": convnet,
    "resnet20": ResNet20,
    "lstm": lambda: Recurrent(nn.LSTM),
    "gru": lambda: Recurrent(nn.GRU),
    "transformer": Transformer,
}
