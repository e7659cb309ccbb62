"""Writes training/tensorflow/savedmodel/testdata: small SavedModels as Keras 3 and
Keras 2 export them, and what Keras itself predicts.

Made with TensorFlow 2.21.0 (tensorflow-cpu), Keras 3.15.1, tf_keras 2.21.0:
    python build/oracle/training/keras_savedmodels.py
"""
import json
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf
import tf_keras

OUT = os.path.join(os.path.dirname(__file__), "../../../training/tensorflow/savedmodel/testdata")
rng = np.random.default_rng(7)


def dense(k):
    """An activation before its normalisation, and data standardised by the model."""
    layer = k.layers
    return k.Sequential([
        layer.Input((3, 8)) if k is keras else layer.InputLayer((3, 8)), layer.Flatten(),
        layer.Normalization(mean=np.linspace(0.3, 0.6, 24), variance=np.linspace(0.02, 0.05, 24)),
        layer.Dense(10), layer.BatchNormalization(), layer.ReLU(), layer.Dense(4, activation="relu"), layer.BatchNormalization(),
        layer.Dense(10, use_bias=False, activation="relu"), layer.Dense(24), layer.Rescaling(0.2, 0.45), layer.Reshape((3, 8))])


def conv(k):
    """Pictures, a dense bottleneck between reshapes."""
    layer = k.layers
    return k.Sequential([
        layer.Input((16, 8, 1)) if k is keras else layer.InputLayer((16, 8, 1)),
        layer.Conv2D(4, 3, 2, "same"), layer.BatchNormalization(), layer.ReLU(),
        layer.DepthwiseConv2D(3, 2, "same", use_bias=False), layer.BatchNormalization(), layer.ReLU(), layer.Dropout(0.1),
        layer.Flatten(), layer.Dense(6), layer.Dense(32, activation="relu"), layer.Reshape((4, 2, 4)),
        layer.Conv2DTranspose(4, 3, 2, "same"), layer.BatchNormalization(), layer.ReLU(),
        layer.Conv2DTranspose(1, 3, 2, "same", activation="sigmoid")])


def tanh(k):
    return k.Sequential([k.layers.Input((6,)), k.layers.Dense(3, activation="tanh"), k.layers.Dense(6)])


def skip(k):
    x = k.layers.Input((6,))
    return k.Model(x, k.layers.Add()([k.layers.Dense(6)(x), x]))


def unnormalised(k):
    """A picture moved before it is padded with zeros."""
    return k.Sequential([k.layers.Input((8, 8, 1)), k.layers.Rescaling(1.0, 0.5), k.layers.Conv2D(1, 3, 1, "same")])


for name, k, make in [("keras3_dense", keras, dense), ("keras3_conv", keras, conv), ("keras2_dense", tf_keras, dense), ("keras2_conv", tf_keras, conv),
                      ("refused_tanh", keras, tanh), ("refused_skip", keras, skip), ("refused_offset", keras, unnormalised)]:
    k.utils.set_random_seed(3)
    model = make(k)
    for layer in model.layers:
        if "batch_normalization" in layer.name:
            layer.set_weights([rng.uniform(0.2, 1.5, w.shape) for w in layer.get_weights()])
    folder = os.path.join(OUT, name)
    shutil.rmtree(folder, ignore_errors=True)
    if k is keras:
        model.export(folder, verbose=False)
    else:
        tf.saved_model.save(model, folder)
    for extra in ["fingerprint.pb", "keras_metadata.pb", "assets", "debug"]:
        path = os.path.join(folder, extra)
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.remove(path)
    if name.startswith("refused"):
        continue
    x = rng.uniform(0, 1, (2,) + tuple(model.input_shape[1:])).astype(np.float32)
    y = np.asarray(model(x, training=False))
    with open(os.path.join(OUT, name + ".json"), "w") as f:
        json.dump({"input": x.ravel().tolist(), "output": y.ravel().tolist()}, f)
        f.write("\n")
