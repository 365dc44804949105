"""Stores a model's float32 weights in 8 bits: compress.py IN.onnx OUT.onnx.

Weights of large layers become whole steps from -127 to 127 of a float32 scale for each output channel, with a Cast and
a Mul that make float32 of them. Those of small layers, which are the more sensitive ones, become float16 with a Cast.
onnxruntime does both once, when it loads the model: a quarter of the file, float32 arithmetic, the same speed. Needs
the packages onnx and numpy.
"""

import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper

SMALL = 1024  # Elements; biases and constants stay float32.
SMALL_LAYER = 20_000  # Elements.
STEPS = 127


def main(source: str, target: str) -> None:
    model = onnx.load(source)
    kept, nodes = [], []
    for weight in model.graph.initializer:
        name, values = weight.name, numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < SMALL:
            kept.append(weight)
        elif values.ndim == 1 or values.size < SMALL_LAYER:
            kept.append(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
        else:
            largest = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
            scale = np.where(largest > 0, largest / STEPS, 1).astype(np.float32)
            kept.append(numpy_helper.from_array(np.round(values / scale).astype(np.int8), f"{name}_steps"))
            kept.append(numpy_helper.from_array(scale, f"{name}_scale"))
            nodes.append(helper.make_node("Cast", [f"{name}_steps"], [f"{name}_float"], to=onnx.TensorProto.FLOAT))
            nodes.append(helper.make_node("Mul", [f"{name}_float", f"{name}_scale"], [name]))
    nodes.extend(model.graph.node)
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(kept)
    onnx.checker.check_model(model)
    onnx.save(model, target)


if __name__ == "__main__":
    main(*sys.argv[1:3])
