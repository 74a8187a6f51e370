"""The denoising autoencoder of a model file, stated once more for other engines: PyTorch and, as an ONNX file, ONNX Runtime and OpenVINO."""
import json
import pathlib

import numpy as np


def read_safetensors(path):
    """Architecture and weights of a model file."""
    data = pathlib.Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    weights = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        kind = np.float16 if entry["dtype"] == "F16" else np.float32
        values = np.frombuffer(data[8 + length + begin:8 + length + end], kind)
        weights[name] = values.reshape(entry["shape"]).astype(np.float32)
    return json.loads(header["__metadata__"]["architecture"]), weights


def denoising_network(ops, architecture, noisy, level):
    """The denoising autoencoder, stated once more, over any engine's operations."""
    widths, blocks, factor = architecture["widths"], architecture["blocks"], architecture["shuffle"]

    def residual(name, x, count):
        for i in range(count):
            branch = ops.rectified(ops.conv(f"{name}.block{i}.conv0", x), architecture.get("slope", 0.0))
            x = ops.add(ops.conv(f"{name}.block{i}.conv1", branch), x)
        return x

    x = ops.concat(ops.unshuffle(noisy, factor), ops.mean(level, factor))
    head = x = ops.conv("head", x)
    skips = []
    for i in range(len(widths) - 1):
        x = residual(f"encoder{i}", x, blocks[i])
        skips.append(x)
        x = ops.down(f"down{i}", x)
    x = residual("bottleneck", x, blocks[-1])
    for i in reversed(range(len(widths) - 1)):
        x = residual(f"decoder{i}", ops.add(ops.up(f"up{i}", x), skips[i]), blocks[i])
    return ops.add(ops.shuffle(ops.conv("tail", ops.add(x, head)), factor), noisy)


class TorchOps:
    """Runs at once, channels-last."""

    def __init__(self, weights):
        import torch
        import torch.nn.functional as functional
        self.torch, self.f = torch, functional
        self.weights = {}
        for name, value in weights.items():
            if name.startswith("up"):
                value = value.transpose(1, 0, 2, 3)
            tensor = torch.from_numpy(np.ascontiguousarray(value))
            self.weights[name] = tensor.contiguous(memory_format=torch.channels_last)

    def conv(self, name, x): return self.f.conv2d(x, self.weights[name + ".weight"], padding=1)
    def down(self, name, x): return self.f.conv2d(x, self.weights[name + ".weight"], stride=2)
    def up(self, name, x): return self.f.conv_transpose2d(x, self.weights[name + ".weight"], stride=2)
    def rectified(self, x, slope): return self.f.leaky_relu(x, slope)
    def add(self, a, b): return a + b
    def concat(self, a, b): return self.torch.cat([a, b], 1)
    def unshuffle(self, x, r): return self.f.pixel_unshuffle(x, r)
    def shuffle(self, x, r): return self.f.pixel_shuffle(x, r)
    def mean(self, x, r): return self.f.avg_pool2d(x, r)


class OnnxOps:
    """Writes an ONNX graph; tensors are names."""

    def __init__(self, weights, channels):
        import onnx
        self.onnx, self.weights, self.channels = onnx, weights, channels
        self.nodes, self.constants = [], []

    def node(self, kind, sources, **attributes):
        name = f"t{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, sources, [name], **attributes))
        return name

    def constant(self, name, value):
        self.constants.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name): return self.constant(name, self.weights[name + ".weight"])
    def conv(self, name, x): return self.node("Conv", [x, self.weight(name)], pads=[1, 1, 1, 1])
    def down(self, name, x): return self.node("Conv", [x, self.weight(name)], strides=[2, 2])
    def rectified(self, x, slope): return self.node("LeakyRelu", [x], alpha=slope)
    def add(self, a, b): return self.node("Add", [a, b])
    def concat(self, a, b): return self.node("Concat", [a, b], axis=1)
    def shuffle(self, x, r): return self.node("DepthToSpace", [x], blocksize=r, mode="CRD")
    def mean(self, x, r): return self.node("AveragePool", [x], kernel_shape=[r, r], strides=[r, r])

    def up(self, name, x):
        kernel = self.constant(name, self.weights[name + ".weight"].transpose(1, 0, 2, 3))
        return self.node("ConvTranspose", [x, kernel], strides=[2, 2])

    def unshuffle(self, x, r):  # SpaceToDepth has another channel order for colour, so one-hot kernels
        kernel = np.zeros((self.channels * r * r, self.channels, r, r), np.float32)
        for c in range(self.channels):
            for y in range(r):
                for z in range(r):
                    kernel[c * r * r + y * r + z, c, y, z] = 1
        return self.node("Conv", [x, self.constant("unshuffle", kernel)], strides=[r, r])

    def model(self, result):
        helper, kind = self.onnx.helper, self.onnx.TensorProto.FLOAT
        inputs = [helper.make_tensor_value_info("noisy", kind, [1, self.channels, "h", "w"]),
                  helper.make_tensor_value_info("level", kind, [1, 1, "h", "w"])]
        output = helper.make_tensor_value_info(result, kind, None)
        graph = helper.make_graph(self.nodes, "aedenoise", inputs, [output], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
