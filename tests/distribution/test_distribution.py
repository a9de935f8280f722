"""Meshes, layouts and distributions, and training on eight devices of a CPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import kerajax
from kerajax import distribution

CPU = "cpu:0"


@pytest.fixture
def mesh():
    return distribution.DeviceMesh((1, 1), ["batch", "model"], [CPU])


@pytest.fixture
def none_after():
    """No distribution is left in force."""
    yield
    distribution.set_distribution(None)


@pytest.mark.parametrize(
    "kind, source", [("data", "arrays"), ("data", "streamed"), ("model", "arrays")]
)
def test_eight_devices_compute_what_one_does(kind, source, tmp_path):
    """`fit` with a short last batch, `evaluate`, `predict`, saving and loading."""
    root = Path(__file__).resolve().parents[2]
    environment = {
        **os.environ,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(root),
    }
    script = Path(__file__).with_name("on_eight.py")
    ran = subprocess.run(
        [sys.executable, str(script), kind, source, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    report = json.loads(ran.stdout.splitlines()[-1])
    assert report["devices"] == report["on"] == 8
    assert max(report["apart"].values()) < 2e-6, report["apart"]
    wanted = {"wide/kernel": ["None", "model"], "wide/bias": ["model"], "norm/gamma": []}
    wanted["wide_kernel_momentum"] = wanted["wide/kernel"]
    waiting = report.get("stored", [])
    assert waiting == (12 * [["pinned_host", 8]] if kind == "model" else [])
    for layouts in (report["layouts"], report["loaded"], report.get("offloaded", report["loaded"])):
        for name, axes in wanted.items():
            (found,) = (spec for path, spec in layouts.items() if path.endswith(name))
            if kind == "data" or not axes:
                assert set(found) <= {"None"}, (name, found)
            else:
                assert found == axes, (name, found)


def test_meshes_and_layouts(mesh):
    """What they say of themselves, and what does not fit."""
    assert mesh.devices.shape == (1, 1) and mesh.backend_mesh.axis_names == ("batch", "model")
    layout = distribution.TensorLayout(("batch", None))
    with pytest.raises(ValueError, match="no device mesh"):
        _ = layout.backend_layout
    layout.device_mesh = mesh
    assert tuple(layout.backend_layout.spec) == ("batch", None)
    with pytest.raises(ValueError, match="Cannot override device mesh"):
        layout.device_mesh = mesh
    with pytest.raises(ValueError, match="Invalid axis names"):
        distribution.TensorLayout(("data",), mesh)
    with pytest.raises(ValueError, match="There is no device 'cpu:99'"):
        _ = distribution.DeviceMesh((1,), ["batch"], ["cpu:99"]).backend_mesh
    for shape, names in (((), []), ((2,), ["a", "b"]), ((2,), ["a"])):
        messages = []
        for package in (distribution, keras.distribution):
            with pytest.raises(ValueError) as raised:
                package.DeviceMesh(shape, names, [CPU])
            messages.append(str(raised.value)[:30])
        assert messages[0] == messages[1]


def test_layouts_by_path(mesh):
    """Whole paths fit, several keys do not, and none gives None."""
    layouts = distribution.LayoutMap(mesh)
    layouts[".*kernel"] = (None, "model")
    layouts["dense/.*"] = ("model",)
    assert layouts["a/kernel"].axes == (None, "model") and layouts["a/kernel/b"] is None
    assert layouts["a/kernel"].device_mesh is mesh and len(layouts) == 2
    with pytest.raises(ValueError, match="matches multiple"):
        _ = layouts["dense/kernel"]
    with pytest.raises(ValueError, match="already exist"):
        layouts[".*kernel"] = (None,)
    with pytest.raises(ValueError, match="should be a TensorLayout"):
        layouts["x"] = "model"
    del layouts["dense/.*"]
    assert list(layouts) == [".*kernel"]


def test_distributions(mesh, none_after):
    """What they say of data and variables; which one is in force."""
    data = distribution.DataParallel(devices=[CPU])
    assert data.num_model_replicas == 1 and data.batch_dim_name == "batch"
    assert data.get_data_layout((8, 2)).axes == ("batch", None)
    assert data.get_tensor_layout("dense/output") is None
    with pytest.warns(UserWarning, match="first axis"):
        distribution.DataParallel(mesh)
    assert distribution.distribution() is None
    with data.scope():
        assert distribution.distribution() is data
        inside = kerajax.Variable([1.0, 2.0])
    assert distribution.distribution() is None
    assert inside.layout.device_mesh is data.device_mesh
    assert kerajax.Variable([1.0]).layout is None
    for wrong, match in (({}, "must specify"), ({"layout_map": {}}, "must be a `LayoutMap`")):
        with pytest.raises(ValueError, match=match):
            distribution.ModelParallel(**wrong)
    layouts = distribution.LayoutMap(mesh)
    with pytest.raises(ValueError, match="no axis for batches"):
        distribution.ModelParallel(layout_map=layouts, batch_dim_name="rows")
    with pytest.raises(ValueError, match="needs a distribution"):
        distribution.set_distribution("data")
    with pytest.raises(ValueError, match="instance of `DeviceMesh`"):
        distribution.DataParallel(device_mesh=8)


def test_layouts_that_do_not_fit_are_named(mesh, none_after):
    """The message says which variable, and nothing is half made."""
    layouts = distribution.LayoutMap(mesh)
    layouts[".*bias"] = ("batch", "model")
    distribution.set_distribution(distribution.ModelParallel(layout_map=layouts))
    layer = kerajax.layers.Dense(3, name="narrow")
    with pytest.raises(ValueError, match="narrow/bias"):
        layer.build((None, 2))


def test_explicit_layouts(mesh):
    """A variable's own layout needs no distribution."""
    layout = distribution.TensorLayout(("model",), mesh)
    variable = kerajax.Variable([1.0, 2.0], layout=layout)
    assert variable.value.sharding == layout.backend_layout
    variable.assign(np.array([3.0, 4.0]))
    assert variable.value.sharding == layout.backend_layout
    moved = distribution.distribute_tensor(np.ones(2), layout)
    assert moved.sharding == layout.backend_layout


def test_processes_that_join(monkeypatch):
    """Addresses and numbers come from arguments or from the environment."""
    asked = []
    monkeypatch.setattr("jax.distributed.initialize", lambda **kwargs: asked.append(kwargs))
    distribution.initialize("a:1,b:2", 2, 1)
    monkeypatch.setenv("KERAS_DISTRIBUTION_JOB_ADDRESSES", "c:3")
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "4")
    monkeypatch.setenv("KERAS_DISTRIBUTION_PROCESS_ID", "0")
    distribution.initialize()
    assert [list(a.values()) for a in asked] == [["a:1", 2, 1], ["c:3", 4, 0]]
    with pytest.raises(ValueError, match="names 2 processes"):
        distribution.initialize("a:1,b:2", 3)


def test_devices():
    """Those that Keras lists."""
    assert distribution.list_devices() == keras.distribution.list_devices()
    assert distribution.get_device_count("CPU") == keras.distribution.get_device_count("CPU")
