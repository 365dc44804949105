"""Caches what bigger networks see in each training picture: teacher.py DATA TEACHER.onnx:SIZE...

A teacher is a convolutional classifier that pools its last map; TEACHER.backbone.json beside it has its preprocessing.
Each 64 x 64 picture is enlarged to SIZE and run once, in bfloat16. What is kept is the last map, so that the features
of any crop are the mean of the map below it; Yun et al. 2021, "Re-labeling ImageNet", do so with maps of labels. Writes

    TEACHER.npy   float16 [N, SIDE, SIDE, WIDTH], maps of train_x.npy in the WIDTH main directions of their means (PCA)
    TEACHER.npz   the basis [C, WIDTH] and mean [C] of these directions, and deviations `scale` [WIDTH] along them
    TEACHER.head.npz  the teacher's own layers after the pooling, from these directions: `weight0` [WIDTH, ...], `bias0`,
                  and where there are more, `weight1`, `bias1`, ... behind a hard swish each
    teacher.npz   `weight` [sum of WIDTH, 200] and `bias` [200] of a linear classifier over the features of all
                  teachers, fitted to the training pictures but those held out; `teachers`, their names

Goes on where it was ended. Teachers may be cached by processes side by side, and named together at last.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from data import held_out
from onnx import numpy_helper
from torch import Tensor

WIDTH = 192
BATCH = 50
SAMPLE = 6000  # Pictures that the directions are computed from.
EPOCHS, PART, RATE = 8, 500, 3e-3  # Of the classifier.


class Graph:
    """An ONNX graph up to its last global pooling, run by PyTorch in bfloat16."""

    def __init__(self, file: Path):
        graph = onnx.load(file).graph
        self.input = graph.input[0].name
        last = max(at for at, node in enumerate(graph.node) if node.op_type == "GlobalAveragePool")
        self.nodes, self.last = list(graph.node)[:last], graph.node[last].input[0]
        self.head = self.layers(list(graph.node)[last + 1 :], {item.name: item for item in graph.initializer})
        self.weights = {item.name: self.weight(numpy_helper.to_array(item)) for item in graph.initializer}
        says = json.loads(file.with_suffix(".backbone.json").read_text())["preprocessing"]
        self.factor = says["rescale_factor"]
        self.mean, self.deviation = (torch.tensor(says[key]).view(1, 3, 1, 1) for key in ("image_mean", "image_std"))

    @staticmethod
    def weight(values: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(values.copy())
        if tensor.ndim == 4:
            return tensor.bfloat16().contiguous(memory_format=torch.channels_last)
        return tensor.bfloat16() if tensor.is_floating_point() else tensor

    @staticmethod
    def layers(nodes: list[onnx.NodeProto], weights: dict[str, onnx.TensorProto]) -> list[tuple[np.ndarray, np.ndarray]]:
        """The linear layers after the pooling as weight [inputs, outputs] and bias."""
        layers = []
        for node in nodes:
            if node.op_type in ("Gemm", "Conv"):
                weight, bias = (numpy_helper.to_array(weights[name]).astype(np.float32) for name in node.input[1:3])
                turned = node.op_type == "Conv" or any(item.name == "transB" and item.i for item in node.attribute)
                layers.append((weight.reshape(len(weight), -1).T if turned else weight, bias))
            elif node.op_type not in ("HardSwish", "Flatten", "Reshape", "Softmax", "Identity"):
                raise ValueError(f"{node.op_type} is not among the operators behind the pooling of teachers")
        return layers

    @torch.no_grad()
    def map(self, pictures: Tensor) -> Tensor:
        """[N, 3, SIZE, SIZE] from 0 to 255 to the last map [N, C, h, w]."""
        x = (pictures * self.factor - self.mean) / self.deviation
        values = {**self.weights, self.input: x.bfloat16().contiguous(memory_format=torch.channels_last)}
        for node in self.nodes:
            values[node.output[0]] = self.run(node, [values[name] for name in node.input if name])
        return values[self.last].float()

    @staticmethod
    def run(node: onnx.NodeProto, inputs: list[Tensor]) -> Tensor:
        x, *others = inputs
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        match node.op_type:
            case "Conv":
                top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
                bias = others[1] if len(others) > 1 else None
                if (top, left) != (bottom, right):
                    x, top, left = F.pad(x, (left, right, top, bottom)), 0, 0
                stride, groups = attributes.get("strides", 1), attributes.get("group", 1)
                return F.conv2d(x, others[0], bias, stride, (top, left), groups=groups)
            case "Clip":
                return x.clamp(others[0].item(), others[1].item())
            case "Relu":
                return x.relu()
            case "HardSwish":
                return F.hardswish(x)
            case "Add":
                return x + others[0]
            case "Mul":
                return x * others[0]
            case "GlobalAveragePool":
                return x.mean((2, 3), keepdim=True)
        raise ValueError(f"{node.op_type} is not among the operators of teachers")


class Cache:
    """Maps of one teacher."""

    def __init__(self, folder: Path, file: Path, size: int):
        self.pictures = np.load(folder / "train_x.npy", mmap_mode="r")
        self.graph, self.size = Graph(file), size
        self.head_file = folder / f"{file.stem}.head.npz"
        self.maps_file, self.basis_file = folder / f"{file.stem}.npy", folder / f"{file.stem}.npz"
        self.done_file = folder / f"{file.stem}.done"

    def look(self, indices: np.ndarray) -> Tensor:
        x = torch.from_numpy(self.pictures[indices]).permute(0, 3, 1, 2).float()
        large = F.interpolate(x, size=(self.size, self.size), mode="bicubic", align_corners=False)
        return self.graph.map(large.clamp(0, 255))

    def find_directions(self) -> None:
        sample = np.sort(np.random.RandomState(0).permutation(len(self.pictures))[:SAMPLE])
        means = torch.cat([self.look(part).mean((2, 3)) for part in np.split(sample, SAMPLE // BATCH)]).double()
        mean = means.mean(0)
        variances, vectors = torch.linalg.eigh((means - mean).T @ (means - mean) / SAMPLE)
        basis, scale = vectors[:, -WIDTH:].flip(1), variances[-WIDTH:].flip(0).sqrt()
        kept = (scale.square().sum() / variances.sum()).item()
        print(f"{self.maps_file.stem}: {WIDTH} of {len(mean)} directions keep {kept:.3f} of the variance", flush=True)
        np.savez(self.basis_file, mean=mean.float(), basis=basis.float(), scale=scale.float())

    def fill(self) -> None:
        if not self.basis_file.exists():
            self.find_directions()
        known = {name: torch.from_numpy(values) for name, values in np.load(self.basis_file).items()}
        self.keep_head(known["basis"].numpy(), known["mean"].numpy())
        done = int(self.done_file.read_text()) if self.done_file.exists() else 0
        if done == len(self.pictures):
            return
        side = self.look(np.arange(1)).shape[-1]
        shape = (len(self.pictures), side, side, WIDTH)
        maps = np.lib.format.open_memmap(self.maps_file, "r+" if done else "w+", np.float16, shape)
        for start in range(done, len(maps), BATCH):
            seen = self.look(np.arange(start, start + BATCH)).permute(0, 2, 3, 1)
            maps[start : start + BATCH] = ((seen - known["mean"]) @ known["basis"]).half().numpy()
            if (start + BATCH) % 1000 == 0:
                maps.flush()
                self.done_file.write_text(str(start + BATCH))
                print(f"{self.maps_file.stem}: {start + BATCH}", flush=True)

    def keep_head(self, basis: np.ndarray, mean: np.ndarray) -> None:
        (weight, bias), *others = self.graph.head
        layers = [(basis.T @ weight, mean @ weight + bias), *others]
        named = {f"{name}{at}": values for at, pair in enumerate(layers) for name, values in zip(("weight", "bias"), pair)}
        np.savez(self.head_file, **named)

    def means(self) -> Tensor:
        """[N, WIDTH] features of whole pictures."""
        maps = np.load(self.maps_file, mmap_mode="r")
        return torch.cat([torch.from_numpy(part.astype(np.float32).mean((1, 2))) for part in np.array_split(maps, 100)])


def classifier(features: Tensor, labels: Tensor, learn: np.ndarray) -> tuple[Tensor, Tensor]:
    """Multinomial logistic regression by AdamW: weight [WIDTH, classes] and bias."""
    torch.manual_seed(0)
    deviation = features.std(0)
    x = features / deviation
    layer = torch.nn.Linear(x.shape[1], int(labels.max()) + 1)
    indices = torch.from_numpy(np.flatnonzero(learn))
    steps = EPOCHS * (len(indices) // PART)
    optimiser = torch.optim.AdamW(layer.parameters(), RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1, 0, steps)
    for _ in range(EPOCHS):
        for part in indices[torch.randperm(len(indices))].split(PART)[: steps // EPOCHS]:
            loss = F.cross_entropy(layer(x[part]), labels[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        logits, check = layer(x[~learn]), labels[~learn]
        right = (logits.argmax(1) == check).float().mean().item()
        print(f"held out {right:.3f}, loss {F.cross_entropy(logits, check).item():.3f}", flush=True)
        return layer.weight.T / deviation.view(-1, 1), layer.bias.clone()


def main(folder: Path, teachers: list[str]) -> None:
    named = [(Path(file), int(size)) for file, size in (teacher.rsplit(":", 1) for teacher in teachers)]
    caches = [Cache(folder, file, size) for file, size in named]
    for cache in caches:
        cache.fill()
    labels = torch.from_numpy(np.load(folder / "train_y.npy"))
    weight, bias = classifier(torch.cat([cache.means() for cache in caches], 1), labels, ~held_out(len(labels)))
    np.savez(folder / "teacher.npz", weight=weight, bias=bias, teachers=[file.stem for file, _ in named])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
