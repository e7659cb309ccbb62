"""Writes training/nn/testdata/gradients.json: one forward and backward pass of
small networks in float64, by TensorFlow's automatic differentiation.

Made with TensorFlow 2.21.0 (tensorflow-cpu), NumPy 2.4.6:
    python build/oracle/training/nn_gradients.py

TensorFlow defines the SAME padding that training/nn implements, which is why
it is the oracle. The loss is mean((y - target)**2).
"""
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

EPSILON = 1e-5  # of batch normalisation
OUT = os.path.join(os.path.dirname(__file__), "../../../training/nn/testdata/gradients.json")
rng = np.random.default_rng(20)


def layer(kind, out=0, kernel=0, stride=0, bias=False):
    return dict(kind=kind, out=out, kernel=kernel, stride=stride, bias=bias)


# No offset stands before a batch normalisation: its gradient is 0.
NETS = {
    "dense": ((1, 1, 7), 5, [layer("dense", 6, bias=True), layer("relu"), layer("dense", 4), layer("batch_norm"),
                             layer("relu"), layer("dense", 7, bias=True)]),
    # Odd sizes: padding on both sides, and an uneven share before and after.
    "conv_odd": ((7, 5, 2), 6, [layer("conv2d", 3, 3, 2), layer("batch_norm"), layer("sigmoid"), layer("conv2d", 2, 3, 1, True)]),
    "conv_even": ((8, 6, 1), 5, [layer("conv2d", 4, 3, 2), layer("batch_norm"), layer("relu"), layer("conv2d", 3, 2, 2, True)]),
    "transpose": ((3, 2, 3), 5, [layer("conv_transpose2d", 4, 3, 2), layer("batch_norm"), layer("relu"),
                                 layer("conv_transpose2d", 2, 3, 1, True), layer("conv_transpose2d", 1, 5, 2, True)]),
    "autoencoder": ((16, 8, 1), 5, [layer("conv2d", 5, 3, 2), layer("batch_norm"), layer("relu"),
                                    layer("conv2d", 6, 3, 2), layer("batch_norm"), layer("relu"),
                                    layer("conv2d", 2, 1, 1), layer("batch_norm"), layer("relu"),
                                    layer("conv2d", 6, 1, 1), layer("batch_norm"), layer("relu"),
                                    layer("conv_transpose2d", 5, 3, 2), layer("batch_norm"), layer("relu"),
                                    layer("conv_transpose2d", 1, 3, 2, True), layer("sigmoid")]),
}


def flat(v):
    # Nine digits keep a float32 exactly.
    return [float(f"{x:.9g}") for x in np.asarray(v).reshape(-1)]


def r32(*shape, lo=-1.0, hi=1.0):
    return rng.uniform(lo, hi, shape).astype(np.float32).astype(np.float64)


def build(shape, layers):
    """Returns the layers with random parameters (float32 values) and shapes."""
    made = []
    for l in layers:
        k, out, cin = l["kernel"], l["out"], shape[2]
        params = {}
        if l["kind"] == "dense":
            params["w"] = r32(cin, out)
            shape = (1, 1, out)
        elif l["kind"] == "conv2d":
            params["w"] = r32(k, k, cin, out)
            shape = (-(-shape[0] // l["stride"]), -(-shape[1] // l["stride"]), out)
        elif l["kind"] == "conv_transpose2d":
            params["w"] = r32(cin, k, k, out)  # our layout
            shape = (shape[0] * l["stride"], shape[1] * l["stride"], out)
        elif l["kind"] == "batch_norm":
            params["gamma"], params["beta"] = r32(cin, lo=0.5, hi=1.5), r32(cin)
        if l["bias"]:
            params["b"] = r32(out)
        made.append((l, {n: tf.Variable(v) for n, v in params.items()}, shape))
    return made


def run(x, made, batch):
    for l, p, shape in made:
        if l["kind"] == "dense":
            x = tf.reshape(tf.reshape(x, (batch, -1)) @ p["w"], (batch,) + shape)
        elif l["kind"] == "conv2d":
            x = tf.nn.conv2d(x, p["w"], l["stride"], "SAME")
        elif l["kind"] == "conv_transpose2d":
            w = tf.transpose(p["w"], (1, 2, 3, 0))  # TensorFlow: rows, columns, out, in
            x = tf.nn.conv2d_transpose(x, w, (batch,) + shape, l["stride"], "SAME")
        elif l["kind"] == "batch_norm":
            mean, var = tf.nn.moments(x, [0, 1, 2])
            x = (x - mean) / tf.sqrt(var + EPSILON) * p["gamma"] + p["beta"]
        elif l["kind"] == "relu":
            x = tf.nn.relu(x)
        elif l["kind"] == "sigmoid":
            x = tf.sigmoid(x)
        if "b" in p:
            x = x + p["b"]
    return x


cases = []
for name, (shape, batch, layers) in NETS.items():
    made = build(shape, layers)
    x = tf.Variable(r32(batch, *shape, lo=0))
    y = run(x, made, batch)
    target = r32(*y.shape)
    with tf.GradientTape() as tape:
        y = run(x, made, batch)
        loss = tf.reduce_mean((y - target) ** 2)
    variables = [x] + [v for _, p, _ in made for v in p.values()]
    grads = iter(tape.gradient(loss, variables))
    dx = next(grads)
    out_layers = []
    for l, p, s in made:
        entry = dict(kind=l["kind"], out=list(s), kernel=l["kernel"], stride=l["stride"], bias=l["bias"])
        for n, v in p.items():
            entry[n] = flat(v.numpy())
            entry["d" + n] = flat(next(grads).numpy())
        out_layers.append(entry)
    cases.append(dict(name=name, input=list(shape), batch=batch, layers=out_layers, x=flat(x.numpy()), target=flat(target),
                      y=flat(y.numpy()), dx=flat(dx.numpy()),
                      loss=float(loss)))

with open(OUT, "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
print(os.path.getsize(OUT), "bytes")
