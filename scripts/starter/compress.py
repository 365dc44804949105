"""Stores a model's float32 weights as float16: compress.py IN.onnx OUT.onnx.

Each weight gets a Cast back to float32, which onnxruntime folds when it loads the model: half the file, the same
float32 arithmetic, the same speed. Needs the packages onnx and numpy.
"""

import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper

SMALL = 1024  # Elements; biases and constants stay float32.


def main(source: str, target: str) -> None:
    model = onnx.load(source)
    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < SMALL:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)
    onnx.checker.check_model(model)
    onnx.save(model, target)


if __name__ == "__main__":
    main(*sys.argv[1:3])
