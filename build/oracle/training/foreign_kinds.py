"""Exports Keras networks of many kinds with random weights to .tflite, with what Keras gives for two windows.

Made with Keras 3.15, TensorFlow 2.21. OUT names the folder to write to; arguments name networks, none means all:
    OUT=out python build/oracle/training/foreign_kinds.py gru causal
    CASES=out go test -v -run Frameworks ./training/foreign
Recurrent networks are exported with a batch of 1, without which TensorFlow does not convert them.
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
import tensorflow as tf

K, L, O = tf.keras, tf.keras.layers, tf.keras.ops
FRAMES, BANDS = 16, 32
NETS = {}


def net(f):
    NETS[f.__name__] = f
    return f


def chain(shape, *layers):
    i = x = K.Input(shape)
    for layer in layers:
        x = layer(x)
    return K.Model(i, x)


def recurrent(cell):
    return lambda: chain((FRAMES, BANDS), cell(12, return_sequences=True), cell(6), L.RepeatVector(FRAMES),
                         cell(6, return_sequences=True), L.TimeDistributed(L.Dense(BANDS)))


def dense(act):
    return lambda: chain((160,), L.Dense(24), act(), L.Dense(8), act(), L.Dense(24), act(), L.Dense(160))


def conv(*middle):
    return lambda: chain((32, 64, 1), L.Conv2D(8, 3, strides=2, padding="same"), *[m() for m in middle],
                         L.Conv2DTranspose(1, 3, strides=2, padding="same"))


SLOPES = K.initializers.RandomUniform(0.1, 0.4)
NETS |= {
    "gru": recurrent(L.GRU),
    "gru_noreset": recurrent(lambda n, **k: L.GRU(n, reset_after=False, **k)),
    "rnn": recurrent(L.SimpleRNN),
    "lstm": recurrent(L.LSTM),
    "lstm_relu": recurrent(lambda n, **k: L.LSTM(n, activation="relu", **k)),
    "lstm_unroll": recurrent(lambda n, **k: L.LSTM(n, unroll=True, **k)),
    "lstm_back": recurrent(lambda n, **k: L.LSTM(n, go_backwards=True, **k)),
    "bilstm": lambda: chain((FRAMES, BANDS), L.Bidirectional(L.LSTM(10, return_sequences=True)),
                            L.Bidirectional(L.GRU(6, return_sequences=True)), L.TimeDistributed(L.Dense(BANDS))),
    "bilstm_last": lambda: chain((FRAMES, BANDS), L.Bidirectional(L.LSTM(10)), L.Dense(8, "relu"), L.RepeatVector(FRAMES),
                                 L.Bidirectional(L.LSTM(6, return_sequences=True)), L.Dense(BANDS)),
    "convlstm1d": lambda: chain((8, 32, 1), L.ConvLSTM1D(4, 3, padding="same", return_sequences=True), L.Conv2D(1, 1)),
    "cnn_lstm": lambda: chain((FRAMES, BANDS), L.Conv1D(16, 3, padding="same", activation="relu"), L.MaxPooling1D(2),
                              L.LSTM(8), L.RepeatVector(FRAMES), L.LSTM(8, return_sequences=True), L.Dense(BANDS)),
    "relu_max_slope": dense(lambda: L.ReLU(max_value=6, negative_slope=0.1)),
    "prelu": dense(lambda: L.PReLU(alpha_initializer=SLOPES)),
    "unitnorm": dense(L.UnitNormalization),
    "groupnorm": conv(lambda: L.GroupNormalization(2), L.ReLU),
    "layernorm": conv(L.LayerNormalization, L.ReLU),
    "layernorm_all": conv(lambda: L.LayerNormalization(axis=(1, 2, 3)), L.ReLU),
    "bn_leaky": conv(L.BatchNormalization, L.LeakyReLU),
    "prelu_shared": conv(lambda: L.PReLU(shared_axes=[1, 2], alpha_initializer=SLOPES)),
    "depthmult": conv(lambda: L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), L.ReLU,
                      lambda: L.SeparableConv2D(8, 3, padding="same")),
    "dilated": conv(lambda: L.Conv2D(8, 3, dilation_rate=2, padding="same", activation="relu")),
    "grouped": conv(lambda: L.Conv2D(8, 3, groups=2, padding="same", activation="relu")),
}
for name in ("elu selu softplus softsign swish gelu mish hard_sigmoid hard_silu exponential relu6 leaky_relu log_sigmoid "
             "celu squareplus tanh_shrink soft_shrink hard_tanh sparse_plus").split():
    NETS["act_" + name] = dense(lambda name=name: L.Activation(name))


@net
def tcn():
    i = K.Input((2 * FRAMES, BANDS))
    x = L.Conv1D(16, 1)(i)
    for d in (1, 2, 4):
        x = x + L.Conv1D(16, 3, dilation_rate=d, padding="causal", activation="relu")(x)
    return K.Model(i, L.Conv1D(BANDS, 1)(x))


@net
def wavenet():
    i = K.Input((32, 32))
    x, s = L.Conv1D(16, 1)(i), 0
    for d in (1, 2, 4):
        t = L.Conv1D(16, 2, dilation_rate=d, padding="causal", activation="tanh")(x)
        g = L.Conv1D(16, 2, dilation_rate=d, padding="causal", activation="sigmoid")(x)
        y = L.Conv1D(16, 1)(t * g)
        x, s = x + y, s + y
    return K.Model(i, L.Conv1D(32, 1)(L.ReLU()(s)))


@net
def squeeze_excite():
    i = K.Input((32, 64, 1))
    x = L.Conv2D(8, 3, strides=2, padding="same", activation="swish")(i)
    s = L.Conv2D(4, 1, activation="relu")(L.GlobalAveragePooling2D(keepdims=True)(x))
    x = L.Multiply()([x, L.Conv2D(8, 1, activation="sigmoid")(s)])
    return K.Model(i, L.Conv2DTranspose(1, 3, strides=2, padding="same")(x))


@net
def cbam():
    i = K.Input((32, 64, 1))
    x = L.Conv2D(8, 3, padding="same", activation="relu")(i)
    both = L.Concatenate()([O.mean(x, -1, keepdims=True), O.max(x, -1, keepdims=True)])
    s = L.Conv2D(1, 7, padding="same", activation="sigmoid")(both)
    return K.Model(i, L.Conv2D(1, 3, padding="same")(L.Multiply()([x, s])))


def attending(causal):
    i = K.Input((FRAMES, BANDS))
    x = L.Dense(16)(i)
    x = L.LayerNormalization()(x + L.MultiHeadAttention(2, 8)(x, x, use_causal_mask=causal))
    x = L.LayerNormalization()(x + L.Dense(16)(L.Dense(32, "gelu")(x)))
    return K.Model(i, L.Dense(BANDS)(x))


NETS["transformer"] = lambda: attending(False)
NETS["causal"] = lambda: attending(True)


@net
def lstm_attention():
    i = K.Input((FRAMES, BANDS))
    h = L.LSTM(8, return_sequences=True)(i)
    return K.Model(i, L.Dense(BANDS)(L.Concatenate()([h, L.Attention()([h, h])])))


@net
def merging():
    i = K.Input((5, 32))
    x = L.Flatten()(i)
    a, b = L.Dense(16, "relu")(x), L.Dense(16, "tanh")(x)
    x = L.Subtract()([L.Average()([L.Maximum()([a, b]), a]), b])
    return K.Model(i, L.Reshape((5, 32))(L.Dense(160)(x)))


@net
def up_bilinear():
    i = K.Input((32, 64, 1))
    x = L.AveragePooling2D(2)(L.Conv2D(8, 3, padding="same", activation="relu")(i))
    x = L.ZeroPadding2D(((1, 0), (0, 1)))(L.UpSampling2D(2, interpolation="bilinear")(x))
    return K.Model(i, L.Conv2D(1, 3, padding="same")(L.Cropping2D(((1, 0), (0, 1)))(x)))


@net
def inception():
    i = K.Input((32, 64, 1))
    b = [L.Conv2D(4, k, padding="same", activation="relu")(i) for k in (1, 3, 5)]
    return K.Model(i, L.Conv2D(1, 1)(L.Concatenate()([*b, L.MaxPooling2D(3, 1, "same")(i)])))


@net
def densenet():
    i = x = K.Input((32, 64, 1))
    for _ in range(3):
        x = L.Concatenate()([x, L.Conv2D(4, 3, padding="same")(L.ReLU()(L.BatchNormalization()(x)))])
    return K.Model(i, L.Conv2D(1, 1)(x))


@net
def norm_inside():
    i = K.Input((32, 64, 1))
    m, s = O.mean(i, axis=(1, 2, 3), keepdims=True), O.std(i, axis=(1, 2, 3), keepdims=True)
    x = L.Conv2D(8, 3, padding="same", activation="relu")((i - m) / (s + 1e-6))
    return K.Model(i, L.Conv2D(1, 3, padding="same")(x) * s + m)


@net
def memory():
    i = K.Input((160,))
    w = L.Softmax()(L.Dense(20, use_bias=False)(L.Dense(16, "relu")(i)))
    w = O.relu(w - 0.01) * w / (O.abs(w - 0.01) + 1e-12)
    w = w / (O.sum(w, -1, keepdims=True) + 1e-8)
    return K.Model(i, L.Dense(160)(L.Dense(16, use_bias=False)(w)))


@net
def where():
    i = K.Input((160,))
    z = L.Dense(16)(i)
    return K.Model(i, L.Dense(160)(O.clip(O.where(z > 0, z, z * 0.1), -1, 1)))


@net
def permuted():
    i = K.Input((FRAMES, BANDS))
    x = L.Dense(FRAMES)(L.Dense(8, "relu")(L.Permute((2, 1))(i)))
    return K.Model(i, L.Permute((2, 1))(x))


def export(name, folder):
    K.utils.set_random_seed(11)
    m = NETS[name]()
    kind, whole = "float", m
    if any(part in name for part in ("lstm", "gru", "rnn")):
        i = K.Input(m.input_shape[1:], batch_size=1)
        kind, whole = "float.b1", K.Model(i, m(i))
    data = tf.lite.TFLiteConverter.from_keras_model(whole).convert()
    with open(f"{folder}/{name}.{kind}.tflite", "wb") as f:
        f.write(data)
    x = np.random.default_rng(3).uniform(0, 1, (2,) + m.input_shape[1:]).astype(np.float32)
    y = np.concatenate([np.asarray(m(x[k:k + 1], training=False)) for k in range(2)])
    np.save(f"{folder}/{name}.in.npy", x)
    np.save(f"{folder}/{name}.out.npy", y.astype(np.float32))


folder = os.environ.get("OUT", "out")
os.makedirs(folder, exist_ok=True)
for name in sys.argv[1:] or NETS:
    export(name, folder)
    print(name, flush=True)
