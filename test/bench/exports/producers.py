"""Writes what other programs would export of three trained classifiers, and what their own pipelines feed them.

python3 producers.py DATA STARTER OUT [NAME,NAME...]

Nothing here comes from SeMap: graphs by onnx, pixels by Pillow, NumPy and OpenCV. exports.ts runs the tensors and compares.
"""
import hashlib
import json
import os
import shutil
import sys

import cv2
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh
from PIL import Image

DATA, STARTER, OUT = sys.argv[1:4]
ONLY = set(sys.argv[4].split(",")) if len(sys.argv) > 4 else None
MEAN = np.float32([0.485, 0.456, 0.406])
STD = np.float32([0.229, 0.224, 0.225])
# Pictures of many shapes.
CALTECH = (
    "barrel beaver butterfly cannon chair dalmatian dragonfly elephant flamingo kangaroo laptop llama lobster "
    "mandolin pizza scorpion trilobite umbrella watch"
).split()
CIFAR = "airplane automobile bird cat deer dog frog horse ship truck".split()

# --- images ---


def images_of(name):
    """The images of a data set, in a fixed order."""
    folder, most = {
        "cifar10": ("cifar10", 40),
        "pets": ("cifar10", 40),
        "caltech": ("caltech101", 8),
        "nette": ("imagenette-val", 10),
    }[name]
    root = os.path.join(DATA, "images", folder)
    classes = {"pets": ["cat", "dog"], "caltech": CALTECH}.get(name) or sorted(os.listdir(root))
    own = os.path.join(OUT, ".images", name)
    if not os.path.isdir(own):
        for c in classes:
            os.makedirs(os.path.join(own, c))
            for f in sorted(os.listdir(os.path.join(root, c)))[:most]:
                shutil.copy(os.path.join(root, c, f), os.path.join(own, c, f))
    return [os.path.join(own, c, f) for c in classes for f in sorted(os.listdir(os.path.join(own, c)))]


def classes_of(name):
    return {
        "cifar10": CIFAR,
        "pets": ["cat", "dog"],
        "caltech": CALTECH,
        # With others beside them, so that small differences of pixels show.
        "nette": sorted({*os.listdir(os.path.join(DATA, "images/imagenette-val")), *thousand()[::5]}),
    }[name]


# --- pipelines: a picture to [H, W, C], 0 to 255 ---


def rgb(image):
    return np.asarray(image.convert("RGB"), np.float32)


def plain(image):
    return rgb(image)


def gray(image):
    return np.asarray(image.convert("L"), np.float32)[..., None]


def rgba(image):
    return np.asarray(image.convert("RGBA"), np.float32)


def shortest_crop(edge, crop, kind=Image.BILINEAR):
    def run(image):
        image = image.convert("RGB")
        w, hh = image.size
        size = (edge, int(edge * hh / w)) if w <= hh else (int(edge * w / hh), edge)
        image = image.resize(size, kind)
        left = int(round((image.size[0] - crop) / 2.0))
        top = int(round((image.size[1] - crop) / 2.0))
        return rgb(image.crop((left, top, left + crop, top + crop)))

    return run


def squash(edge, kind=Image.BILINEAR):
    return lambda image: rgb(image.convert("RGB").resize((edge, edge), kind))


def gray_shortest(edge, crop):
    def run(image):
        image = image.convert("L")
        w, hh = image.size
        size = (edge, int(edge * hh / w)) if w <= hh else (int(edge * w / hh), edge)
        image = image.resize(size, Image.BILINEAR)
        left, top = int(round((size[0] - crop) / 2.0)), int(round((size[1] - crop) / 2.0))
        return np.asarray(image.crop((left, top, left + crop, top + crop)), np.float32)[..., None]

    return run


def opencv(edge, kind):
    return lambda image: cv2.resize(np.asarray(image.convert("RGB")), (edge, edge), interpolation=kind).astype(
        np.float32
    )


def tensor_resize(edge, kind):
    """As TensorFlow and torch resize float tensors: no antialias, nothing rounded."""
    return lambda image: cv2.resize(rgb(image), (edge, edge), interpolation=kind)


def unrounded(edge):
    """Antialiased as Pillow does, on floats."""

    def run(image):
        planes = [Image.fromarray(c).resize((edge, edge), Image.BILINEAR) for c in rgb(image).transpose(2, 0, 1)]
        return np.stack([np.asarray(p) for p in planes], -1)

    return run


def letterbox(edge, color, kind=Image.BILINEAR, anchor="center"):
    def run(image):
        image = image.convert("RGB")
        scale = min(edge / image.size[0], edge / image.size[1])
        size = (max(1, round(image.size[0] * scale)), max(1, round(image.size[1] * scale)))
        canvas = Image.new("RGB", (edge, edge), color)
        at = (0, 0) if anchor == "top-left" else ((edge - size[0]) // 2, (edge - size[1]) // 2)
        canvas.paste(image.resize(size, kind), at)
        return rgb(canvas)

    return run


def square_first(edge, share=1.0, kind=Image.BILINEAR):
    """A centred square, then the resize: Teachable Machine, Keras' smart_resize, Core ML's centre crop."""

    def run(image):
        image = image.convert("RGB")
        w, hh = image.size
        side = int(min(w, hh) * share)
        left, top = (w - side) // 2, (hh - side) // 2
        return rgb(image.crop((left, top, left + side, top + side)).resize((edge, edge), kind))

    return run


def lobe_square(edge):
    """As Lobe's own Python example: edges between pixels, and Pillow's usual filter."""

    def run(image):
        image = image.convert("RGB")
        w, hh = image.size
        side = min(w, hh)
        left, top = (w - side) / 2, (hh - side) / 2
        return rgb(image.crop((left, top, left + side, top + side)).resize((edge, edge)))

    return run


# --- nets: [N, C, H, W] float32 to scores [N, S]; the first layer is made to want other numbers ---


def load(which):
    path = {"C": "backbones/cifar10-resnet8.onnx", "M": "backbones/mobilenetv2.onnx"}
    model = onnx.load(STARTER if which == "S" else os.path.join(DATA, path[which]))
    graph = model.graph
    if which == "S":  # The weights of its last layer are whole steps.
        graph.output[0].type.CopyFrom(h.make_tensor_type_proto(T.FLOAT, ["N", 1000]))
    del graph.value_info[:]
    return model


def own_scale(which):
    """What the net's own input is of a pixel: factor and offset, per R, G, B."""
    if which == "C":
        return np.ones(3, np.float32), np.zeros(3, np.float32)
    return 1 / (255 * STD), -MEAN / STD


def const(model, name, array):
    model.graph.initializer.append(nh.from_array(np.array(array, order="C"), name))
    return name


def weight(model, name):
    return next(i for i in model.graph.initializer if i.name == name)


def first_conv(model):
    return next(n for n in model.graph.node if n.op_type == "Conv" and n.input[0] == model.graph.input[0].name)


def refold(which, factor=1.0, mean=(0, 0, 0), std=(1, 1, 1), channels="rgb", logits=False):
    """The net, wanting (pixel * factor - mean) / std in this order of channels."""
    model = load(which)
    conv = first_conv(model)
    a, b = own_scale(which)
    mean, std = np.float32(mean), np.float32(std)
    w = nh.to_array(weight(model, conv.input[1])).astype(np.float32)
    bias = nh.to_array(weight(model, conv.input[2])).astype(np.float32)
    offset = (w * (a * mean / factor + b)[None, :, None, None]).sum((1, 2, 3))
    w = w * (a * std / factor)[None, :, None, None]
    inverted = channels.endswith("-inverted")
    order = channels.replace("-inverted", "")
    if order == "gray":
        w = w.sum(1, keepdims=True)
    if inverted:  # What comes is 255 - pixel: only of nets that want factor and no mean.
        offset = offset + 255 * factor * w.sum((1, 2, 3))
        w = -w
    zero = np.zeros_like(w[:, :1])
    w = {
        "rgb": lambda: w,
        "gray": lambda: w,
        "bgr": lambda: w[:, ::-1],
        "rgba": lambda: np.concatenate([w, zero], 1),
        "bgra": lambda: np.concatenate([w[:, ::-1], zero], 1),
        "argb": lambda: np.concatenate([zero, w], 1),
    }[order]()
    const(model, "folded_w", w)
    const(model, "folded_b", bias + offset)
    for dead in conv.input[1:3]:
        model.graph.initializer.remove(weight(model, dead))
    conv.input[1], conv.input[2] = "folded_w", "folded_b"
    shape = model.graph.input[0].type.tensor_type.shape
    shape.dim[1].dim_value = w.shape[1]
    if logits and which == "C":
        softmax = next(n for n in model.graph.node if n.op_type == "Softmax")
        for node in [n for n in model.graph.node if n.op_type in ("Softmax", "Identity")]:
            model.graph.node.remove(node)
        set_outputs(model, [(softmax.input[0], T.FLOAT, ["N", 10])])
    return model


def set_outputs(model, outputs):
    del model.graph.output[:]
    model.graph.output.extend(h.make_tensor_value_info(*o) for o in outputs)


def node(model, op, inputs, outputs, front=False, **attributes):
    made = h.make_node(op, inputs, outputs, name=f"x_{op}_{outputs[0]}", **attributes)
    if front:
        model.graph.node.insert(0, made)
    else:
        model.graph.node.append(made)
    return outputs[0]


def new_input(model, name, kind, dims, steps):
    """Another input, made into the one the net has by `steps`: (op, further inputs, attributes)."""
    old = model.graph.input[0].name
    del model.graph.input[:]
    model.graph.input.append(h.make_tensor_value_info(name, kind, dims))
    made, value = [], name
    for i, (op, more, attributes) in enumerate(steps):
        after = old if i == len(steps) - 1 else f"front_{i}"
        made.append(h.make_node(op, [value, *more], [after], name=f"front_{op}_{i}", **attributes))
        value = after
    for i, one in enumerate(made):
        model.graph.node.insert(i, one)


def size_of(model):
    dims = model.graph.input[0].type.tensor_type.shape.dim
    return dims[1].dim_value, dims[2].dim_value, dims[3].dim_value


TO_NCHW = ("Transpose", [], {"perm": [0, 3, 1, 2]})
TO_FLOAT = ("Cast", [], {"to": T.FLOAT})


def nhwc(model, kind=T.FLOAT, batch="N", open_shape=False):
    c, hh, w = size_of(model)
    dims = [None] * 4 if open_shape else [batch, hh, w, c]
    new_input(model, "image", kind, dims, ([] if kind == T.FLOAT else [TO_FLOAT]) + [TO_NCHW])
    return model


def typed(model, kind, batch="N"):
    c, hh, w = size_of(model)
    new_input(model, "image", kind, [batch, c, hh, w], [TO_FLOAT])
    return model


def signed(model):
    c, hh, w = size_of(model)
    const(model, "half_range", np.float32(128))
    new_input(model, "image", T.INT8, ["N", hh, w, c], [TO_FLOAT, ("Add", ["half_range"], {}), TO_NCHW])
    return model


def reshaped(model, dims, steps=()):
    c, hh, w = size_of(model)
    target = [-1, c, hh, w] if not steps else [-1, hh, w, c]
    const(model, "front_shape", np.int64(target))
    new_input(model, "image", T.FLOAT, dims, [("Reshape", ["front_shape"], {}), *steps])
    return model


def batch_of(model, batch):
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = batch
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_value = batch
    return model


def opened(model):
    """No dimension is said."""
    info = model.graph.input[0]
    info.CopyFrom(h.make_tensor_value_info(info.name, T.FLOAT, ["a", "b", "c", "d"]))
    set_outputs(model, [(model.graph.output[0].name, T.FLOAT, ["a", "s"])])
    return model


def rank_only(model):
    info = model.graph.input[0]
    info.CopyFrom(h.make_tensor_value_info(info.name, T.FLOAT, ["n", 3, "height", "width"]))
    return model


def keep_prob(model, dims=()):
    """TensorFlow 1: one more input, that divides and multiplies again."""
    model.graph.input.append(h.make_tensor_value_info("keep_prob", T.FLOAT, dims))
    out = model.graph.output[0].name
    node(model, "Mul", [out, "keep_prob"], ["scores"])
    set_outputs(model, [("scores", T.FLOAT, ["N", model_classes(model)])])
    return model


def training_flag(model):
    model.graph.input.append(h.make_tensor_value_info("training", T.BOOL, []))
    out = model.graph.output[0].name
    s = model_classes(model)
    node(model, "Cast", ["training"], ["flag"], to=T.FLOAT)
    const(model, "thousand", np.arange(s, dtype=np.float32) * 1000)
    node(model, "Mul", ["flag", "thousand"], ["shift"])
    node(model, "Add", [out, "shift"], ["scores"])
    set_outputs(model, [("scores", T.FLOAT, ["N", s])])
    return model


def image_size_input(model):
    """Paddle: im_shape beside the picture; the net works only if it is the picture's size."""
    _, hh, w = size_of(model)
    model.graph.input.append(h.make_tensor_value_info("im_shape", T.FLOAT, ["N", 2]))
    out, s = model.graph.output[0].name, model_classes(model)
    const(model, "own_size", np.float32([hh, w]))
    node(model, "Sub", ["im_shape", "own_size"], ["off"])
    node(model, "ReduceSum", ["off"], ["off_sum"], keepdims=1)
    const(model, "ramp", np.arange(s, dtype=np.float32))
    node(model, "Mul", ["off_sum", "ramp"], ["shift"])
    node(model, "Add", [out, "shift"], ["scores"])
    set_outputs(model, [("scores", T.FLOAT, ["N", s])])
    return model


def second_picture(model):
    """Two inputs that could be the picture; the second is not used."""
    c, hh, w = size_of(model)
    model.graph.input.append(h.make_tensor_value_info("mask", T.FLOAT, ["N", c, hh, w]))
    out, s = model.graph.output[0].name, model_classes(model)
    node(model, "ReduceMean", ["mask"], ["mask_mean"], axes=[1, 2, 3], keepdims=0)
    const(model, "nought", np.float32(0))
    node(model, "Mul", ["mask_mean", "nought"], ["mask_nought"])
    const(model, "last", np.int64([-1, 1]))
    node(model, "Reshape", ["mask_nought", "last"], ["mask_row"])
    node(model, "Add", [out, "mask_row"], ["scores"])
    set_outputs(model, [("scores", T.FLOAT, ["N", s])])
    return model


def weights_as_inputs(model):
    """IR 3: what has a value is an input, too."""
    for one in model.graph.initializer:
        model.graph.input.append(h.make_tensor_value_info(one.name, one.data_type, list(one.dims)))
    model.ir_version = 3
    return model


def model_classes(model):
    dims = model.graph.output[0].type.tensor_type.shape.dim
    return dims[len(dims) - 1].dim_value


def outputs(model, *names):
    """Outputs by name and shape, all floats."""
    set_outputs(model, [(n, T.FLOAT, d) for n, d in names])
    return model


def logits_name(model):
    return model.graph.output[0].name


def add(model, op, inputs, name, **attributes):
    node(model, op, inputs, [name], **attributes)
    return name


def last_gemm_input(model):
    return next(n for n in reversed(model.graph.node) if n.op_type == "Gemm").input[0]


def features_width(model):
    gemm = next(n for n in reversed(model.graph.node) if n.op_type == "Gemm")
    dims = weight(model, gemm.input[1]).dims
    trans = any(a.name == "transB" and a.i for a in gemm.attribute)
    return dims[1] if trans else dims[0]


def sigmoid(model):
    s = model_classes(model)
    add(model, "Sigmoid", [logits_name(model)], "scores")
    return outputs(model, ("scores", ["N", s]))


def pets(kind):
    """Dog or cat, by one number: the probability of the second label, or both as a sigmoid's."""
    model = refold("C", logits=True)
    out = logits_name(model)
    const(model, "two", np.int64([3, 5]))
    pair = add(model, "Gather", [out, "two"], "pair", axis=1)
    if kind == "softmax":
        add(model, "Softmax", [pair], "scores", axis=1)
        return outputs(model, ("scores", ["N", 2]))
    const(model, "difference", np.float32([[-1], [1]]))
    one = add(model, "MatMul", [pair, "difference"], "difference_of")
    add(model, "Sigmoid", [one], "scores")
    if kind == "flat":
        const(model, "all", np.int64([-1]))
        add(model, "Reshape", ["scores", "all"], "row")
        return outputs(model, ("row", ["N"]))
    return outputs(model, ("scores", ["N", 1]))


def zip_map(model, labels, with_label=True):
    out = logits_name(model)
    model.opset_import.append(h.make_opsetid("ai.onnx.ml", 2))
    made = h.make_node(
        "ZipMap", [out], ["output_probability"], domain="ai.onnx.ml", name="zip", classlabels_strings=labels
    )
    model.graph.node.append(made)
    add(model, "ArgMax", [out], "index", axis=1, keepdims=0)
    model.graph.node.append(
        h.make_node("LabelEncoder", ["index"], ["output_label"], domain="ai.onnx.ml", name="encode",
                    keys_int64s=list(range(len(labels))), values_strings=labels)
    )
    del model.graph.output[:]
    mapping = onnx.TypeProto()
    mapping.sequence_type.elem_type.map_type.key_type = T.STRING
    mapping.sequence_type.elem_type.map_type.value_type.tensor_type.elem_type = T.FLOAT
    value = onnx.ValueInfoProto(name="output_probability")
    value.type.CopyFrom(mapping)
    model.graph.output.append(h.make_tensor_value_info("output_label", T.STRING, ["N"]))
    model.graph.output.append(value)
    return model


def label_and_scores(model):
    out, s = logits_name(model), model_classes(model)
    add(model, "ArgMax", [out], "label", axis=1, keepdims=0)
    set_outputs(model, [("label", T.INT64, ["N"]), (out, T.FLOAT, ["N", s])])
    return model


def argmax_only(model):
    add(model, "ArgMax", [logits_name(model)], "class_id", axis=1, keepdims=0)
    set_outputs(model, [("class_id", T.INT64, ["N"])])
    return model


def top_k_only(model):
    const(model, "five", np.int64([5]))
    node(model, "TopK", [logits_name(model), "five"], ["top_scores", "top_index"], axis=1)
    set_outputs(model, [("top_scores", T.FLOAT, ["N", 5]), ("top_index", T.INT64, ["N", 5])])
    return model


def rearranged(model, kind):
    out, s = logits_name(model), model_classes(model)
    if kind == "transposed":
        add(model, "Transpose", [out], "scores", perm=[1, 0])
        return outputs(model, ("scores", [s, "N"]))
    dims = {"front": [1, -1, s], "behind": [-1, s, 1, 1], "middle": [-1, 1, s]}[kind]
    const(model, "rearranged", np.int64(dims))
    add(model, "Reshape", [out, "rearranged"], "scores")
    return outputs(model, ("scores", [d if d > 0 else "N" for d in dims]))


def spatial(model):
    """A fully convolutional head: scores at every place, whose mean is what the net says."""
    nodes = model.graph.node
    gemm = next(n for n in nodes if n.op_type == "Gemm")
    pool = next(n for n in nodes if n.op_type == "GlobalAveragePool")
    trans = any(a.name == "transB" and a.i for a in gemm.attribute)
    w = nh.to_array(weight(model, gemm.input[1]))
    const(model, "conv_head", (w if trans else w.T)[:, :, None, None])
    at, bias = pool.input[0], gemm.input[2]
    for dead in (pool, next(n for n in nodes if n.op_type == "Flatten"), gemm):
        nodes.remove(dead)
    add(model, "Conv", [at, "conv_head", bias], "map")
    return outputs(model, ("map", ["N", 1000, 7, 7]))


def not_a_number(model):
    out, s = logits_name(model), model_classes(model)
    const(model, "minus", np.float32(-1e9))
    add(model, "Add", [out, "minus"], "low")
    add(model, "Log", ["low"], "scores")
    return outputs(model, ("scores", ["N", s]))


def constant(model):
    out, s = logits_name(model), model_classes(model)
    const(model, "nought", np.float32(0))
    add(model, "Mul", [out, "nought"], "nothing")
    const(model, "same", np.linspace(0, 1, s, dtype=np.float32))
    add(model, "Add", ["nothing", "same"], "scores")
    return outputs(model, ("scores", ["N", s]))


def dropout(model):
    """Exported in training mode."""
    gemm = next(n for n in model.graph.node if n.op_type == "Gemm")
    const(model, "ratio", np.float32(0.5))
    const(model, "in_training", np.bool_(True))
    at = list(model.graph.node).index(gemm)
    model.graph.node.insert(
        at, h.make_node("Dropout", [gemm.input[0], "ratio", "in_training"], ["dropped"], name="dropout")
    )
    gemm.input[0] = "dropped"
    return model


def randomized(model):
    """Dropout as operators: onnxruntime leaves a Dropout node out, these stay."""
    gemm = next(n for n in model.graph.node if n.op_type == "Gemm")
    const(model, "half", np.float32(0.5))
    at = list(model.graph.node).index(gemm)
    steps = [("RandomUniformLike", [gemm.input[0]], "noise"), ("Less", ["noise", "half"], "kept"),
             ("Cast", ["kept"], "kept_float"), ("Mul", [gemm.input[0], "kept_float"], "thinned")]
    for i, (op, inputs, out) in enumerate(steps):
        more = {"to": T.FLOAT} if op == "Cast" else {}
        model.graph.node.insert(at + i, h.make_node(op, inputs, [out], name=f"{op}_{out}", **more))
    gemm.input[0] = "thinned"
    return model


def over_the_batch(model):
    out, s = logits_name(model), model_classes(model)
    add(model, "ReduceMean", [out], "batch_mean", axes=[0], keepdims=1)
    add(model, "Sub", [out, "batch_mean"], "scores")
    return outputs(model, ("scores", ["N", s]))


def half(model):
    """All floats as halves, as converters do."""
    graph = model.graph
    for one in graph.initializer:
        if one.data_type == T.FLOAT:
            one.CopyFrom(nh.from_array(nh.to_array(one).astype(np.float16), one.name))
    for info in [*graph.input, *graph.output]:
        if info.type.tensor_type.elem_type == T.FLOAT:
            info.type.tensor_type.elem_type = T.FLOAT16
    for one in graph.node:
        for a in one.attribute:
            if one.op_type == "Cast" and a.name == "to" and a.i == T.FLOAT:
                a.i = T.FLOAT16
    return model


def grown(model):
    """Scores in the hundred thousands: a half holds 65,504 at most."""
    const(model, "large", np.float32(3e4))
    add(model, "Mul", [logits_name(model), "large"], "scores")
    return outputs(model, ("scores", ["N", model_classes(model)]))


def opset(model, version, ir):
    """Declared as of another opset; what changed in between is written as it was."""
    del model.opset_import[:]
    model.opset_import.append(h.make_opsetid("", version))
    model.ir_version = ir
    return model


def scaled_inside(which, channels="rgb"):
    """(x / 127.5 - 1) as the first nodes, as Keras' Rescaling layer."""
    model = refold(which, 1 / 127.5, (1, 1, 1), (1, 1, 1), channels)
    c, hh, w = size_of(model)
    const(model, "by", np.float32(1 / 127.5))
    const(model, "less", np.float32(1))
    new_input(model, "input_1", T.FLOAT, ["N", hh, w, c],
              [("Mul", ["by"], {}), ("Sub", ["less"], {}), TO_NCHW])
    return model


def meta(model, **entries):
    for key, value in entries.items():
        model.metadata_props.add(key=key.replace("__", "."), value=value)
    return model


def softmax(model):
    s = model_classes(model)
    add(model, "Softmax", [logits_name(model)], "scores", axis=1)
    return outputs(model, ("scores", ["N", s]))


def background(model, where=0):
    """One more output for background that never wins."""
    out, s = logits_name(model), model_classes(model)
    const(model, "back_pads", np.int64([0, 1, 0, 0] if where == 0 else [0, 0, 0, 1]))
    const(model, "never", np.float32(-30))
    add(model, "Pad", [out, "back_pads", "never"], "scores")
    return outputs(model, ("scores", ["N", s + 1]))


# --- the exports ---

EXPORTS = []
NETTE_LABELS = ["--source-labels", "imagenet-1k"]
CIFAR_LABELS = ["--source-labels", "cifar.txt"]
RAW = ["--rescale-factor", "1", "--image-mean", "0,0,0", "--image-std", "1,1,1"]
SCALE = {
    "raw": (1.0, (0, 0, 0), (1, 1, 1)),
    "01": (1 / 255, (0, 0, 0), (1, 1, 1)),
    "pm1": (1 / 127.5, (1, 1, 1), (1, 1, 1)),
    "imagenet": (1 / 255, tuple(MEAN), tuple(STD)),
    "caffe": (1.0, (123.68, 116.779, 103.939), (1, 1, 1)),
}


def said_scale(scale, gray_input=False):
    f, m, s = SCALE[scale]
    listed = lambda v: ",".join(str(round(float(x), 6)) for x in v[: 1 if gray_input else 3])
    return ["--rescale-factor", repr(f), "--image-mean", listed(m), "--image-std", listed(s)]


def export(name, make, images, pipe, said=(), scale="raw", channels="rgb", base=None, labels=None, refuse=None,
           told=True, files=None, path="net.onnx", external=False, invert=False, note=""):
    """
    make: the exported model; base: the same net, [N, C, H, W] floats to [N, S]; pipe: the producer's pixels.
    said: what a person says who knows how it was made. refuse: what the refusal must say. told: whether labels are options.
    """
    EXPORTS.append(dict(name=name, make=make, images=images, pipe=pipe, said=list(said), scale=scale,
                        channels=channels, base=base, labels=labels, refuse=refuse, told=told, files=files or {},
                        path=path, external=external, invert=invert, note=note))


def c(name, change=lambda m: m, said=(), scale="raw", channels="rgb", pipe=plain, logits=False, invert=False,
      speak=True, base_change=lambda m: m, **more):
    """An export of the CIFAR net."""
    f, m, s = SCALE[scale]
    order = channels + ("-inverted" if invert else "")
    base = lambda: base_change(refold("C", f, m, s, order, logits=logits))
    spoken = [*CIFAR_LABELS, *(said_scale(scale, channels == "gray") if speak else []),
              *(["--channels", channels] if speak else []), *said]
    export(name, lambda: change(refold("C", f, m, s, order, logits=logits)), more.pop("images", "cifar10"), pipe,
           said=more.pop("all_said", spoken), scale=scale, channels=channels, base=more.pop("base", base),
           labels=more.pop("labels", CIFAR), invert=invert, **more)


def m(name, change=lambda m: m, said=(), scale="imagenet", channels="rgb", pipe=shortest_crop(256, 224),
      images="nette", speak=True, base_change=lambda m: m, **more):
    """An export of MobileNetV2."""
    f, mean, s = SCALE[scale]
    base = lambda: base_change(refold("M", f, mean, s, channels))
    spoken = [*NETTE_LABELS, *(said_scale(scale, channels == "gray") if speak else []),
              *(["--channels", channels] if speak else []), *said]
    export(name, lambda: change(refold("M", f, mean, s, channels)), images, pipe, said=more.pop("all_said", spoken),
           scale=scale, channels=channels, base=more.pop("base", base), labels=more.pop("labels", "imagenet-1k"),
           **more)


def s(name, change=lambda m: m, said=(), scale="imagenet", pipe=shortest_crop(64, 64), images="caltech", **more):
    """An export of the starter."""
    f, mean, std = SCALE[scale]
    labels = ["--source-labels", "starter.txt"]
    export(name, lambda: change(refold("S", f, mean, std)), images, pipe,
           said=more.pop("all_said", [*labels, *said_scale(scale), "--channels", "rgb", *said]), scale=scale,
           base=more.pop("base", lambda: refold("S", f, mean, std)), labels=more.pop("labels", "starter"), **more)


# 1. Inputs
c("gray", channels="gray", pipe=gray)
c("gray-nhwc", nhwc, channels="gray", pipe=gray, scale="01")
c("gray-inverted", channels="gray", pipe=gray, scale="01", invert=True, said=["--invert"])
m("gray-large", channels="gray", pipe=gray_shortest(256, 224), scale="01")
c("rgba-nhwc", nhwc, channels="rgba", pipe=rgba)
c("bgra-bytes", lambda x: nhwc(x, T.UINT8), channels="bgra", pipe=rgba)
m("bgr-caffe", channels="bgr", scale="caffe")
for label, kind in [("float64", T.DOUBLE), ("uint16", T.UINT16), ("int16", T.INT16), ("int32", T.INT32),
                    ("bytes", T.UINT8)]:
    c(f"input-{label}", lambda x, kind=kind: typed(x, kind))
c("input-int64-nhwc", lambda x: nhwc(x, T.INT64))
c("input-signed-bytes", signed, said=["--image-mean", "128,128,128"])
c("half", lambda x: half(x), scale="01", logits=True)
c("no-batch", lambda x: reshaped(x, [3, 32, 32]))
c("no-batch-hwc", lambda x: reshaped(x, [32, 32, 3], [TO_NCHW]))
c("flat", lambda x: reshaped(x, ["N", 3072]), said=["--size", "32x32", "--input-layout", "nchw"])
c("flat-gray", lambda x: reshaped(x, ["N", 1024]), channels="gray", pipe=gray, said=["--size", "32x32"])
c("batch-of-4", lambda x: batch_of(x, 4))
c("batch-of-1-nhwc", lambda x: nhwc(batch_of(x, 1), batch=1))
m("open-size", rank_only, said=["--size", "256", "--crop", "224"])
m("open-all", opened, said=["--size", "256", "--crop", "224", "--input-layout", "nchw"])
m("open-all-nhwc", lambda x: nhwc(x, open_shape=True), said=["--size", "256", "--crop", "224", "--input-layout", "nhwc"])
c("input-keep-prob", keep_prob, logits=True)
c("input-training", training_flag, logits=True)
c("input-image-size", image_size_input, logits=True)
c("two-pictures", second_picture, logits=True,
  said=["--input-name", "input", "--set-input", "mask=0"])
c("weights-as-inputs", weights_as_inputs)
# 2. Outputs
c("sigmoid", sigmoid, logits=True)
m("sigmoid-thousand", sigmoid)
PETS = ["--source-labels", "pets.txt", *said_scale("raw"), "--channels", "rgb"]
for label in ("column", "flat", "softmax"):
    export(f"binary-{label}", lambda label=label: pets(label), "pets", plain, said=PETS,
           base=lambda: pets("softmax"), labels=["cat", "dog"])
c("zip-map", lambda x: zip_map(x, CIFAR), all_said=[*said_scale("raw"), "--channels", "rgb", "--accept-guesses"], told=False)
c("label-and-scores", label_and_scores)
c("features-logits", lambda x: outputs(x, ("features_out", ["N", "F"]), (logits_name(x), ["N", 10]))
  if add(x, "Identity", [last_gemm_input(x)], "features_out") else None, logits=True)
m("features-scores-unnamed",
  lambda x: (add(x, "Identity", [last_gemm_input(x)], "out_0"), add(x, "Identity", [logits_name(x)], "out_1"),
             outputs(x, ("out_0", ["N", 1280]), ("out_1", ["N", 1000])))[-1], said=["--output-name", "out_1"])
m("logits-probabilities", lambda x: (add(x, "Identity", [logits_name(x)], "a"), add(x, "Softmax", ["a"], "b", axis=1),
                                     outputs(x, ("a", ["N", 1000]), ("b", ["N", 1000])))[-1])


def with_aux(x):
    out = logits_name(x)
    const(x, "aux_w", np.random.default_rng(1).normal(size=(features_width(x), 365)).astype(np.float32))
    add(x, "MatMul", [last_gemm_input(x), "aux_w"], "aux")
    add(x, "Identity", [out], "main")
    return outputs(x, ("aux", ["N", 365]), ("main", ["N", 1000]))


m("aux-head", with_aux, said=["--output-name", "main"])
m("inner-value", argmax_only, said=["--output-name", "output"], note="ArgMax alone, the scores named inside it")
for kind in ("transposed", "front", "behind", "middle"):
    c(f"scores-{kind}", lambda x, kind=kind: rearranged(x, kind))
m("scores-map", spatial, refuse=r"(map|spatial|\[.*7, 7\]|places)")
c("argmax-only", argmax_only, refuse=r"argmax|class_id|index", logits=True)
c("topk-only", top_k_only, refuse=r"topk|top_|index", logits=True)
# 3. Never trusted blindly
c("nan", not_a_number, logits=True, refuse=r"nan|not finite")
c("constant", constant, logits=True, refuse=r"same|constant")
c("dropout", dropout, logits=True, note="onnxruntime leaves it out")
c("random", randomized, logits=True, refuse=r"random|dropout|differ")
c("over-the-batch", over_the_batch, logits=True, refuse=r"batch|beside|together")
c("half-overflow", lambda x: half(grown(x)), scale="01", logits=True, said=["--float32"],
  refuse=r"float32|half|overflow|float16", base_change=grown)
# 4. Preprocessing
m("letterbox-black", images="caltech", pipe=letterbox(224, (0, 0, 0)), said=["--size", "224x224", "--fit", "letterbox"])
m("letterbox-gray-top-left", images="caltech", pipe=letterbox(224, (114, 114, 114), anchor="top-left"),
  said=["--size", "224x224", "--fit", "letterbox", "--pad-color", "114,114,114", "--anchor", "top-left"])
m("squash", images="caltech", pipe=squash(224), said=["--size", "224x224"])
m("squash-lanczos", images="caltech", pipe=squash(224, Image.LANCZOS), said=["--size", "224x224", "--resample", "lanczos"])
m("nearest", images="caltech", pipe=squash(224, Image.NEAREST), said=["--size", "224x224", "--resample", "nearest"])
m("bicubic-crop-95", images="caltech", pipe=shortest_crop(235, 224, Image.BICUBIC),
  said=["--crop", "224", "--crop-pct", "0.95", "--resample", "bicubic"])
s("opencv-linear", pipe=opencv(64, cv2.INTER_LINEAR),
  said=["--size", "64x64", "--no-antialias"])
s("opencv-area", pipe=opencv(64, cv2.INTER_AREA), said=["--size", "64x64", "--resample", "box", "--no-antialias"])
s("tensor-linear", pipe=tensor_resize(64, cv2.INTER_LINEAR),
  said=["--size", "64x64", "--no-antialias", "--no-rounding"])
s("tensor-antialias", pipe=unrounded(64), said=["--size", "64x64", "--no-rounding"])
s("crop-first", pipe=square_first(64), said=["--size", "64x64", "--crop-first", "1"])
s("crop-first-875", pipe=square_first(64, 0.875), said=["--size", "64x64", "--crop-first", "0.875"])
s("hamming", pipe=squash(64, Image.HAMMING), said=["--size", "64x64", "--resample", "hamming"])
c("scale-01", scale="01")
c("scale-pm1", scale="pm1")
c("scale-imagenet", scale="imagenet")
m("scale-raw", scale="raw")
s("scale-pm1-large", scale="pm1", said=["--size", "64", "--crop", "64"])
export("scaled-inside", lambda: scaled_inside("M"), "nette", shortest_crop(256, 224), said=[*NETTE_LABELS, "--accept-guesses"],
       base=lambda: refold("M", 1 / 127.5, (1, 1, 1), (1, 1, 1)), scale="pm1", labels="imagenet-1k")


def thousand():
    rows = open(os.path.join(DATA, "labels/LOC_synset_mapping.txt")).read().splitlines()
    return [r.split(" ")[0] for r in rows]


# 5. Labels
wrong_count = r"label"
m("labels-background-first", said=[], all_said=["--source-labels", "names1001.txt", *said_scale("imagenet"),
  "--channels", "rgb"], files={"names1001.txt": lambda: "\n".join(["background", *thousand()])},
  refuse=r"background|first|Models with 1,000 outputs")
m("labels-one-short", all_said=["--source-labels", "names999.txt", *said_scale("imagenet"), "--channels", "rgb"],
  files={"names999.txt": lambda: "\n".join(thousand()[1:])}, refuse=r"999")
m("output-background", lambda x: background(x), all_said=["--source-labels", "imagenet-1k-background",
  *said_scale("imagenet"), "--channels", "rgb"], base_change=lambda x: background(x), labels="imagenet-1k-background")
m("output-background-unsaid", lambda x: background(x), all_said=["--source-labels", "imagenet-1k",
  *said_scale("imagenet"), "--channels", "rgb"], refuse=r"background|1,?001")
c("labels-label-0", files={
    "config.json": lambda: json.dumps({"model_type": "resnet", "id2label": {str(i): f"LABEL_{i}" for i in range(10)}}),
    "preprocessor_config.json": lambda: json.dumps({"do_resize": True, "size": 32, "do_rescale": True,
        "rescale_factor": 1, "do_normalize": False})},
  all_said=[], refuse=r"LABEL_0|no names", told=False)
c("labels-stale", files={"config.json": lambda: json.dumps({"id2label": {str(i): f"thing {i}" for i in range(7)}})},
  all_said=[*said_scale("raw"), "--channels", "rgb"], refuse=r"\b7\b.*(names|labels)|(names|labels).*\b7\b", told=False)
c("labels-text-order", all_said=["--source-labels", "numbers.txt", *said_scale("raw"), "--channels", "rgb"],
  files={"numbers.txt": lambda: "\n".join(sorted(str(i) for i in range(1, 11)))}, refuse=r"text order|sorted|order",
  note="1, 10, 2, ...: said, not refused")
# 4. Files beside the model, and metadata
m("hf-folder", images="caltech", files={
    "config.json": lambda: json.dumps({"model_type": "mobilenet_v2", "id2label":
        {str(i): n for i, n in enumerate(thousand())}}),
    "preprocessor_config.json": lambda: json.dumps({"do_resize": True, "size": {"shortest_edge": 256}, "resample": 2,
        "do_center_crop": True, "crop_size": {"height": 224, "width": 224}, "do_rescale": True,
        "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225]})}, all_said=[], told=False, path="onnx/model.onnx")
m("hf-convnext", images="caltech", pipe=shortest_crop(256, 224, Image.BICUBIC), files={
    "config.json": lambda: json.dumps({"model_type": "convnext", "id2label":
        {str(i): n for i, n in enumerate(thousand())}}),
    "preprocessor_config.json": lambda: json.dumps({"image_processor_type": "ConvNextFeatureExtractor",
        "do_resize": True, "size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3, "do_rescale": True,
        "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225]})}, all_said=[], told=False, path="onnx/model.onnx")
m("timm-config", images="caltech", pipe=shortest_crop(235, 224, Image.BICUBIC), files={
    "config.json": lambda: json.dumps({"architecture": "mobilenetv2_100", "num_classes": 1000,
        "label_names": thousand(), "pretrained_cfg": {"input_size": [3, 224, 224], "interpolation": "bicubic",
        "crop_pct": 0.95, "crop_mode": "center", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}})},
  all_said=[], told=False, path="model.onnx")
m("timm-squash", images="caltech", pipe=squash(224, Image.BICUBIC), files={
    "config.json": lambda: json.dumps({"architecture": "mobilenetv2_100", "num_classes": 1000,
        "label_names": thousand(), "pretrained_cfg": {"input_size": [3, 224, 224], "interpolation": "bicubic",
        "crop_pct": 1.0, "crop_mode": "squash", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}})},
  all_said=[], told=False, path="model.onnx")
ODD = ["tench", "king's chair", 'a "quoted" name', "back\\slash"]
m("ultralytics", lambda x: meta(softmax(x), author="Ultralytics", task="classify", stride="1", batch="1",
  imgsz="[224, 224]", channels="3", date="2024-01-01", version="8.3.0", description="Ultralytics YOLO11n-cls model",
  names=repr({i: ODD[i] if 0 < i < 4 else n for i, n in enumerate(thousand())})),
  images="caltech", scale="01", pipe=shortest_crop(224, 224), all_said=[], told=False,
  labels=[ODD[i] if 0 < i < 4 else n for i, n in enumerate(thousand())], base_change=lambda x: softmax(x))
c("winml-bgr", lambda x: meta(x, **{"Image__BitmapPixelFormat": "Bgr8", "Image__ColorSpaceGamma": "SRGB",
  "Image__NominalPixelRange": "NominalRange_0_255"}), channels="bgr", all_said=[*CIFAR_LABELS, "--accept-guesses"])
c("winml-gray", lambda x: meta(x, **{"Image__BitmapPixelFormat": "Gray8",
  "Image__NominalPixelRange": "NominalRange_0_255"}), channels="gray", pipe=gray, all_said=[*CIFAR_LABELS, "--accept-guesses"])
c("custom-vision", lambda x: meta(softmax(x), **{"Image__BitmapPixelFormat": "Bgr8",
  "Image__NominalPixelRange": "NominalRange_0_255", "Image__ColorSpaceGamma": "SRGB"}), logits=True, channels="bgr", all_said=[], told=False, path="model.onnx",
  files={"labels.txt": lambda: "\n".join(CIFAR), "cvexport.manifest": lambda: json.dumps({
      "DomainType": "Classification", "Platform": "ONNX", "Flavor": "ONNX10", "ExporterVersion": "2.1",
      "ExportedDate": "2021-01-01T00:00:00Z", "IterationId": "00000000-0000-0000-0000-000000000000",
      "ModelFileName": "model.onnx", "LabelFileName": "labels.txt", "SchemaVersion": "1.0"})},
  base_change=lambda x: softmax(x))
s("teachable-machine", lambda x: nhwc(x), scale="pm1", pipe=square_first(64, kind=Image.LANCZOS), all_said=[], told=False,
  path="model.onnx", files={"labels.txt": lambda: "\n".join(f"{i} {n}" for i, n in enumerate(starter_labels())),
  "metadata.json": lambda: json.dumps({"tfjsVersion": "1.3.1", "tmVersion": "2.4.5", "packageName":
      "@teachablemachine/image", "modelName": "tm-my-image-model", "imageSize": 64, "labels": starter_labels()})})
s("lobe", lambda x: nhwc(x), scale="01", pipe=lobe_square(64), all_said=[], told=False, path="model.onnx", files={
    "signature.json": lambda: json.dumps({"doc_name": "things", "format": "onnx", "filename": "model.onnx",
        "classes": {"Label": starter_labels()}, "inputs": {"Image": {"dtype": "float32", "shape": [None, 64, 64, 3],
        "name": "image"}}, "outputs": {"Confidences": {"dtype": "float32", "shape": [None, 1000],
        "name": "logits"}}})})
m("labels-beside", files={"synset.txt": lambda: "\n".join(thousand())}, all_said=[], told=False)


def starter_labels():
    return open(os.path.join(os.path.dirname(STARTER), "label-spaces", "imagenet-1k.txt")).read().split()


# 6. How files are written
m("external-data", external=True)
c("opset-7", lambda x: opset(x, 7, 3) and weights_as_inputs(x), logits=True)
c("opset-9", lambda x: opset(x, 9, 4), logits=True)
c("opset-21", lambda x: opset(x, 21, 10))


# --- writing ---


def tensor_of(one):
    f, mean, std = SCALE[one["scale"]]
    order = {"rgb": [0, 1, 2], "bgr": [2, 1, 0], "gray": [0], "rgba": [0, 1, 2, 3], "bgra": [2, 1, 0, 3],
             "argb": [3, 0, 1, 2]}[one["channels"]]
    rows = []
    for path in images_of(one["images"]):
        x = one["pipe"](Image.open(path))
        if one["invert"]:
            x = 255 - x
        n = x.shape[-1]
        mm = np.resize(np.float32(mean), 4)[:n] if n != 4 else np.float32([*mean, 0])
        ss = np.resize(np.float32(std), 4)[:n] if n != 4 else np.float32([*std, 1])
        x = (x * np.float32(f) - mm) / ss
        rows.append(x[..., order].transpose(2, 0, 1))
    return np.ascontiguousarray(np.stack(rows), np.float32)


def once(folder, kind, content):
    """A file of this content: many exports share net and pixels."""
    file = os.path.join(folder, hashlib.sha256(content).hexdigest()[:20] + kind)
    if not os.path.exists(file):
        os.makedirs(folder, exist_ok=True)
        with open(file, "wb") as out:
            out.write(content)
    return file


def write(one):
    folder = os.path.join(OUT, one["name"])
    file = os.path.join(folder, one["path"])
    os.makedirs(os.path.dirname(file), exist_ok=True)
    model = one["make"]()
    if one["external"]:
        onnx.save_model(model, file, save_as_external_data=True, location="net.onnx.data", size_threshold=1024)
    else:
        onnx.save(model, file)
    for name, text in {**one["files"], "cifar.txt": lambda: "\n".join(CIFAR),
                       "pets.txt": lambda: "cat\ndog", "starter.txt": lambda: "\n".join(starter_labels())}.items():
        if name in one["files"] or name in one["said"]:
            with open(os.path.join(folder, name), "w") as out:
                out.write(text())
    private = os.path.join(OUT, ".producer")
    base = once(private, ".onnx", one["base"]().SerializeToString())
    tensor = tensor_of(one)
    held = once(private, ".f32", tensor.tobytes())
    return {
        "name": one["name"],
        "model": file,
        "base": base,
        "input": held,
        "dims": tensor.shape,
        "images": images_of(one["images"]),
        "classes": classes_of(one["images"]),
        "labels": one["labels"],
        "labelOptions": one["said"][:2] if one["told"] and one["said"][:1] == ["--source-labels"] else [],
        "said": one["said"],
        "refuse": one["refuse"],
    }


os.makedirs(OUT, exist_ok=True)
made = [write(one) for one in EXPORTS if ONLY is None or one["name"] in ONLY]
with open(os.path.join(OUT, "exports.json"), "w") as out:
    json.dump(made, out)
print(len(made), "exports")
