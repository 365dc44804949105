"""The starter: a small residual network for 64 x 64 images, 3.85 million parameters, 200 labels."""

import torch.nn.functional as F
from torch import Tensor, nn


class ConvNorm(nn.Sequential):
    """Convolution, batch norm and, unless `act` is false, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, act: bool = True):
        layers = [
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, which averages before it changes the width."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.first = ConvNorm(inputs, outputs, stride=stride)
        self.second = ConvNorm(outputs, outputs, act=False)
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs or stride != 1:
            pool = nn.AvgPool2d(2) if stride == 2 else nn.Identity()
            self.shortcut = nn.Sequential(pool, ConvNorm(inputs, outputs, 1, act=False))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(self.first(x)) + self.shortcut(x))


class Starter(nn.Module):
    """[N, 3, 64, 64] normalised pixels to [N, 200] logits."""

    def __init__(self, widths=(48, 96, 192, 256), depths=(1, 2, 2, 2), stem=32, classes=200):
        super().__init__()
        layers: list[nn.Module] = [ConvNorm(3, stem, stride=2), ConvNorm(stem, widths[0])]
        width = widths[0]
        for stage, (outputs, count) in enumerate(zip(widths, depths)):
            for index in range(count):
                layers.append(Block(width, outputs, 2 if stage > 0 and index == 0 else 1))
                width = outputs
        self.features = nn.Sequential(*layers)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.dropout(self.features(x).mean((2, 3))))
