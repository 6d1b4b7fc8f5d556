"""The dense Conv4 on CIFAR-10 in plain PyTorch, beside ours: `python benchmarks/plain_conv4.py CIFAR EPOCHS SEED`.

The settings of Ramanujan et al. 2020: SGD of rate 0.01, momentum 0.9, weight decay 1e-4, batches of 128, the rate a
cosine over the epochs, crops of padded images and flips, pixels standardised, Kaiming normal weights, no biases. It
shares nothing with our training but the decoding of the images, so what it comes to says whether ours loses accuracy:
`tombola find --method dense --model conv4 --data CIFAR --lr 0.01 --protocol paper --augment on --epochs EPOCHS
--precision bf16-mixed --seed SEED`.
"""

import math
import sys

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from tombola.data import load

BATCH, PADDING = 128, 4
MEAN, DEVIATION = (0.491, 0.482, 0.447), (0.247, 0.243, 0.262)


def conv4() -> nn.Sequential:
    """The network; pooled before the ReLU, which gives what the paper's order gives in less time."""
    layers: list[nn.Module] = []
    for fan_in, units in ((3, 64), (64, 128)):
        layers += [nn.Conv2d(fan_in, units, 3, padding=1, bias=False), nn.ReLU()]
        layers += [nn.Conv2d(units, units, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.ReLU()]
    layers += [nn.Flatten(), nn.Linear(8192, 256, bias=False), nn.ReLU(), nn.Linear(256, 256, bias=False), nn.ReLU()]
    network = nn.Sequential(*layers, nn.Linear(256, 10, bias=False))
    for parameter in network.parameters():
        nn.init.kaiming_normal_(parameter, nonlinearity="relu")
    return network


def standardised(images: Tensor) -> Tensor:
    """Pixels with mean 0 and deviation 1."""
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
    return (images.float() / 255 - mean) / deviation


def augmented(images: Tensor) -> Tensor:
    """A crop of each padded image, flipped with a chance of one half."""
    padded = pad(images, (PADDING,) * 4)
    size = images.shape[-1]
    corners = torch.randint(0, 2 * PADDING + 1, (len(images), 2)).tolist()
    crops = torch.stack([image[:, y : y + size, x : x + size] for image, (y, x) in zip(padded, corners, strict=True)])
    is_flipped = torch.rand(len(images)) < 0.5
    return torch.where(is_flipped.view(-1, 1, 1, 1), crops.flip(3), crops)


def accuracy(network: nn.Module, images: Tensor, targets: Tensor) -> float:
    """Of a whole split."""
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        found = torch.cat([network(standardised(batch)).argmax(1) for batch in images.split(1000)])
    return (found == targets).float().mean().item()


def main(folder: str, epochs: int, seed: int) -> None:
    """Train, and print the accuracy on the test images after every epoch."""
    data = load(folder)
    assert data.test is not None
    torch.manual_seed(seed)
    network = conv4()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = 0.005 * (1 + math.cos(math.pi * epoch / epochs))
        for batch in torch.randperm(len(data.train.inputs)).split(BATCH):
            inputs = standardised(augmented(data.train.inputs[batch]))
            with torch.autocast("cpu", torch.bfloat16):
                outputs = network(inputs.contiguous(memory_format=torch.channels_last))
            optimizer.zero_grad()
            cross_entropy(outputs.float(), data.train.targets[batch]).backward()
            optimizer.step()
        found = accuracy(network, data.test.inputs, data.test.targets)
        print(f"epoch {epoch + 1}: test accuracy {found:.2%}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
