"""Batches by index, computed by threads and processes: order, errors, ends."""

import gc
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.training.data import StreamData
from kerajax.training.data._ahead import read_ahead
from kerajax.training.data._processes import Processes
from tests.training.sources import Batches, Drawn

PROCESSES = {"workers": 2, "use_multiprocessing": True, "max_queue_size": 3}


def make_model():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def firsts(data, rng=None, first=0):
    return [int(x[0, 0]) for x, _, _ in data.batches(rng, first)]


def children():
    out = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args"], capture_output=True, text=True
    )
    return [line for line in out.stdout.splitlines() if "_worker.py" in line]


def test_threads_compute_ahead_and_keep_the_order():
    together = threading.Barrier(3, timeout=20)

    def get(index):
        if index == 9:
            raise KeyError("nine")
        together.wait()
        return index

    assert list(read_ahead(get, range(6), workers=3, size=3)) == list(range(6))
    with pytest.raises(KeyError, match="nine"):
        list(read_ahead(get, [9], workers=3, size=3))


def test_no_more_is_computed_than_the_queue_takes():
    seen = []
    batches = read_ahead(seen.append, range(100), workers=2, size=4)
    next(batches)
    deadline = time.time() + 5
    while len(seen) < 4 and time.time() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(seen) == 4
    batches.close()


def test_processes_get_the_data_set_as_it_is_and_end():
    """Batches come in order from other processes, which see what `on_epoch_end` changed."""
    data = StreamData(Batches(**PROCESSES, fails="print"))
    for epoch in range(2):
        batches = list(data.batches())
        assert [int(x[0, 0]) for x, _, _ in batches] == [i + 100 * epoch for i in range(6)]
        owners = {int(y[0, 0]) for _, y, _ in batches}
        assert os.getpid() not in owners and 1 <= len(owners) <= 2
        data.on_epoch_end()
    # Arrays belong to the caller.
    batches[0][0][:] = 0
    workers = data._processes._workers
    data.close()
    assert [worker.process.returncode for worker in workers] == [0, 0]
    assert not children()


def test_processes_draw_other_numbers_for_each_batch_and_can_be_repeated():
    def drawn(workers, skip=0):
        kerajax.utils.set_random_seed(3)
        data = StreamData(Drawn(workers=workers, use_multiprocessing=True), shuffle=True)
        rng = np.random.default_rng(0)
        for _ in range(skip):
            # As a training does that is resumed in another process.
            data.order(rng)
        batches = [batch for _ in range(2 - skip) for batch in data.batches(rng)]
        data.close()
        return [float(part.flat[0]) for x, y, _ in batches for part in (x, y)]

    numbers = drawn(1)
    assert len(set(numbers)) == 24
    assert drawn(3) == numbers and drawn(2, skip=1) == numbers[12:]


@pytest.mark.parametrize(
    ("fails", "error", "message"),
    [
        ("raise", KeyError, "three"),
        ("raise_what_cannot_be_sent", RuntimeError, "1 and 2"),
        ("die", RuntimeError, "batch 3 of Batches died .*SIGKILL"),
        ("exit", RuntimeError, "exit code 5"),
    ],
)
def test_failing_workers_end_fit(fails, error, message):
    """With the traceback of the worker; the model keeps the weights of the last step."""
    model = make_model()
    before = model.get_weights()[0].copy()
    with pytest.raises(error, match=message) as caught:
        model.fit(Batches(fails=fails, **PROCESSES), verbose=0, shuffle=False)
    if fails == "raise":
        assert "in __getitem__" in caught.value.__notes__[0]
    assert not children()
    assert not np.array_equal(model.get_weights()[0], before)
    model.fit(np.ones((2, 3)), np.ones((2, 1)), verbose=0)


def test_old_arguments_of_fit_say_how_batches_are_computed():
    class Names(Batches):
        threads = set()

        def __getitem__(self, index):
            self.threads.add(threading.current_thread().name)
            return super().__getitem__(index)

    model = make_model()
    source = Names(delay=0.01)
    with pytest.warns(kerajax.objects.LegacySpellingWarning, match="workers"):
        kerajax.objects._spellings._reported.clear()
        model.fit_generator(source, epochs=1, nb_worker=2, verbose=0)
    assert any(name.startswith("kerajax-dataset") for name in source.threads)
    source.threads.clear()
    model.fit(source, verbose=0)
    assert not any(name.startswith("kerajax-dataset") for name in source.threads)
    assert "_old_workers" not in vars(model)


def test_data_sets_that_cannot_be_sent_are_told_of():
    with pytest.raises(TypeError, match="Batches cannot be pickled.*use_multiprocessing=False"):
        StreamData(Batches(lock=threading.Lock(), **PROCESSES)).batches().__next__()


def test_workers_do_not_train(monkeypatch):
    """A script that a worker runs once more must not begin training in it."""
    monkeypatch.setenv("KERAJAX_WORKER", "1")
    with pytest.raises(RuntimeError, match="__main__"):
        Processes(Batches(), 1)


SCRIPT = """
import sys
import numpy as np
if {plain}:
    sys.modules["cloudpickle"] = None
    import importlib.util
    find = importlib.util.find_spec
    importlib.util.find_spec = lambda name, *a: None if name == "cloudpickle" else find(name, *a)
class Data:
    def __len__(self):
        return 4
    def __getitem__(self, index):
        return np.full((2, 1), index)
if not {plain} or __name__ == "__main__":
    from kerajax.training.data import Loading, StreamData
    data = StreamData(Data(), loading=Loading(2, True, 4))
    print([int(x[0, 0]) for x, _, _ in data.batches()])
"""


@pytest.mark.slow
@pytest.mark.parametrize("plain", [True, False])
def test_classes_of_the_script_itself(tmp_path, plain):
    """With `cloudpickle` a script needs no guard; without it, the guard suffices."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(plain=plain))
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    assert run.stdout.splitlines() == ["[0, 1, 2, 3]"], run.stderr


def test_no_thread_is_left_behind():
    before = threading.active_count()
    make_model().fit(Batches(workers=3, max_queue_size=4), verbose=0, epochs=2)
    gc.collect()
    deadline = time.time() + 5
    while threading.active_count() > before and time.time() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_endless_and_unknown_lengths():
    class Endless:
        num_batches = property(lambda self: None)

        def __getitem__(self, index):
            return np.full((1, 1), index)

    class Unknown:
        """As data sets of TensorFlow and loaders of torch whose length nobody knows."""

        def __len__(self):
            raise TypeError("unknown length")

        def __iter__(self):
            return iter([np.ones((1, 1)), np.ones((1, 1))])

    data = StreamData(Endless())
    batches = data.batches()
    assert data.num_batches is None and [int(next(batches)[0][0, 0]) for _ in range(3)] == [0, 1, 2]
    data = StreamData(Unknown())
    assert data.num_batches is None and len(list(data.batches())) == 2


def test_passes_may_begin_inside():
    rng = np.random.default_rng(0)
    data = StreamData(Batches(), shuffle=True)
    whole = firsts(data, np.random.default_rng(0))
    assert firsts(data, rng, 2) == whole[2:] and whole != sorted(whole)
