"""Model files with something bad in them, made by hand as an attacker would."""

import base64
import io
import json
import marshal
import zipfile

import h5py
import numpy as np

INPUT = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "config": {"batch_shape": [None, 3], "dtype": "float32", "name": "in"},
    "registered_name": None,
}


def layer(class_name, config=None, module="keras.layers", registered_name=None, **more):
    """Config of one layer."""
    config = {"name": "evil", **(config or {})}
    return {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": registered_name,
        **more,
    }


def function(module, name):
    """Config of a function that is found by its name."""
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": "function",
    }


def sequential(*layers):
    """Config of a model of these layers after an input of three numbers."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "model", "trainable": True, "layers": [INPUT, *layers]},
        "registered_name": None,
        "build_config": {"input_shape": [None, 3]},
    }


def functional(evil, args, kwargs=None):
    """Config of a functional model in which a layer is called with arguments of the file."""
    node = {"args": args, "kwargs": kwargs or {}}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": "model",
            "trainable": True,
            "layers": [
                {**INPUT, "name": "in", "inbound_nodes": []},
                {**evil, "name": evil["config"].get("name", "evil"), "inbound_nodes": [node]},
            ],
            "input_layers": [["in", 0, 0]],
            "output_layers": [["in", 0, 0]],
        },
        "registered_name": "Functional",
    }


def keras_tensor():
    """What stands for the output of the input layer in the arguments of a call."""
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 3], "dtype": "float32", "keras_history": ["in", 0, 0]},
    }


def archive(path, config, weights=None, members=(), metadata=None):
    """A `.keras` file."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        if weights is not None:
            weights(file)
        else:
            file.create_group("vars")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", json.dumps(metadata or {"keras_version": "3.15.1"}))
        file.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        file.writestr("model.weights.h5", stream.getvalue())
        for name, data in members:
            file.writestr(name, data)
    return path


def legacy(path, config, version="3.15.1", edit=None, training=None):
    """An `.h5` file of a whole model."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = version, "tensorflow"
        file.attrs["model_config"] = json.dumps(config)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training)
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = np.array([], "S1")
        if edit is not None:
            edit(file, weights)
    return path


def bytecode(canary):
    """Code that writes the file `canary`, as Keras keeps the code of a lambda."""
    source = f"lambda x: (open({str(canary)!r}, 'w').close(), x)[1]"
    code = eval(compile(source, "<attack>", "eval")).__code__
    return base64.b64encode(marshal.dumps(code)).decode("ascii")


def lambdas(canary):
    """Configs of a Lambda with code, as the versions of Keras wrote them, by version."""
    code = bytecode(canary)
    of_2 = {"function_type": "lambda", "output_shape_type": "raw", "output_shape": None}
    inner = {"code": code, "defaults": None, "closure": None}
    value = {"class_name": "__lambda__", "config": {"value": code}}
    raw = marshal.dumps(eval(compile("lambda x: x", "<attack>", "eval")).__code__)
    return {
        "3": layer("Lambda", {"function": {"class_name": "__lambda__", "config": inner}}),
        "3, as an argument": layer(
            "Lambda",
            {
                "function": function("keras.activations", "relu"),
                "arguments": {"x": value},
            },
        ),
        "3, as a shape": layer(
            "Lambda",
            {
                "function": function("keras.activations", "relu"),
                "output_shape": {"class_name": "__lambda__", "config": inner},
            },
        ),
        "3, as a mask": layer(
            "Lambda",
            {
                "function": function("keras.activations", "relu"),
                "mask": {"class_name": "__lambda__", "config": inner},
            },
        ),
        "3, as an activation": layer("Dense", {"units": 1, "activation": value}),
        "2": layer("Lambda", {"function": [code, None, None], "arguments": {}, **of_2}),
        "2, as a shape": layer(
            "Lambda",
            {
                "function": "relu",
                "function_type": "function",
                "output_shape": [code, None, None],
                "output_shape_type": "lambda",
                "arguments": {},
            },
        ),
        "1": {
            "class_name": "Lambda",
            "config": {
                "name": "evil",
                "function": raw.decode("latin-1"),
                "arguments": {},
                **of_2,
            },
        },
    }
