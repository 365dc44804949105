"""The starter: a small residual network with squeeze-and-excitation, for 64 x 64 images, 1,000 labels."""

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


class Excite(nn.Module):
    """Squeeze-and-excitation: a weight for each channel, from the means of all channels."""

    def __init__(self, width: int, reduction: int = 8):
        super().__init__()
        self.squeeze = nn.Conv2d(width, width // reduction, 1)
        self.expand = nn.Conv2d(width // reduction, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.expand(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))).sigmoid()


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, which averages before it changes the width."""

    def __init__(self, inputs: int, outputs: int, stride: int, excite: bool):
        super().__init__()
        self.first = ConvNorm(inputs, outputs, stride=stride)
        self.second = ConvNorm(outputs, outputs, act=False)
        self.excite = Excite(outputs) if excite else nn.Identity()
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs or stride != 1:
            pool = nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False) if stride == 2 else nn.Identity()
            self.shortcut = nn.Sequential(pool, ConvNorm(inputs, outputs, 1, act=False))
        # A new block passes its input on: deep networks start faster so (Goyal et al. 2017, section 5.1).
        nn.init.zeros_(self.second[1].weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.excite(self.second(self.first(x))) + self.shortcut(x))


class Starter(nn.Module):
    """[N, 3, H, W] normalised pixels to features [N, features] and logits [N, classes]; H and W of 32 to 96."""

    def __init__(self, widths=(32, 64, 160, 288), depths=(1, 2, 4, 2), stem=32, features=576, classes=1000):
        super().__init__()
        layers: list[nn.Module] = [ConvNorm(3, stem, stride=2), ConvNorm(stem, widths[0])]
        width = widths[0]
        for stage, (outputs, count) in enumerate(zip(widths, depths)):
            for index in range(count):
                layers.append(Block(width, outputs, 2 if stage > 0 and index == 0 else 1, excite=stage >= 2))
                width = outputs
        layers.append(ConvNorm(width, features, 1))
        self.body = nn.Sequential(*layers)
        self.classifier = nn.Linear(features, classes)

    def features(self, x: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(self.body(x), 1).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))
