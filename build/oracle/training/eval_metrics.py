"""Writes training/metrics/testdata/metrics.json: what scikit-learn and SciPy say
about small sets of scores.

Made with scikit-learn 1.9.1, SciPy 1.17.1, NumPy 2.4:
    python build/oracle/training/eval_metrics.py
"""
import json
import os

import numpy as np
from scipy import optimize, stats
from sklearn import metrics

OUT = os.path.join(os.path.dirname(__file__), "../../../training/metrics/testdata/metrics.json")
rng = np.random.default_rng(5)


def newcombe5(auc, m, n):
    """Newcombe 2006, Statistics in Medicine 25:559-573, method 5."""
    z, mean = stats.norm.ppf(0.975), (m + n) / 2 - 1
    f = lambda t: (t - auc) ** 2 - z**2 * t * (1 - t) * (1 + mean * (1 - t) / (2 - t) + mean * t / (1 + t)) / (m * n)
    eps = 1e-12
    low = 0.0 if auc == 0 else optimize.brentq(f, 0, auc - 1e-6 if auc == 1 else auc, xtol=eps)
    high = 1.0 if auc == 1 else optimize.brentq(f, auc + 1e-6 if auc == 0 else auc, 1, xtol=eps)
    return [low, high]


def bootstrap(a, b, max_fpr):
    g = np.random.default_rng(1)
    y = np.r_[np.zeros(len(a)), np.ones(len(b))]
    v = [metrics.roc_auc_score(y, np.r_[g.choice(a, len(a)), g.choice(b, len(b))], max_fpr=max_fpr) for _ in range(4000)]
    return [float(np.quantile(v, 0.025)), float(np.quantile(v, 0.975))]


SETS = {
    "apart": (rng.normal(0, 1, 14), rng.normal(9, 1, 8)),
    "reversed": (rng.normal(9, 1, 9), rng.normal(0, 1, 20)),
    "overlap": (rng.gamma(3, 1, 60), rng.gamma(5, 1, 45)),
    "ties": (rng.integers(0, 6, 40).astype(float), rng.integers(1, 8, 30).astype(float)),
    "constant": (np.ones(7), np.ones(5)),
    "few": (np.array([0.2, 0.4, 0.9]), np.array([0.3, 1.0])),
}
cases = []
for name, (a, b) in SETS.items():
    a, b = np.round(a, 4), np.round(b, 4)
    y, s = np.r_[np.zeros(len(a), int), np.ones(len(b), int)], np.r_[a, b]
    threshold = float(np.quantile(a, 0.9))
    said = (s > threshold).astype(int)
    fpr, tpr, thr = metrics.roc_curve(y, s, drop_intermediate=False)
    tn, fp, fn, tp = metrics.confusion_matrix(y, said).ravel()
    auc = float(metrics.roc_auc_score(y, s))
    case = dict(name=name, normal=a.tolist(), abnormal=b.tolist(), threshold=threshold, auc=auc,
                pauc=float(metrics.roc_auc_score(y, s, max_fpr=0.1)), fpr=fpr.tolist(), tpr=tpr.tolist(), thresholds=thr[1:].tolist(),
                tp=int(tp), fp=int(fp), tn=int(tn), fn=int(fn), recall=float(metrics.recall_score(y, said)),
                precision=float(metrics.precision_score(y, said)) if said.any() else None,
                f1=float(metrics.f1_score(y, said)),
                quantiles=[float(np.quantile(a, p)) for p in (0, 0.05, 0.5, 0.99, 1)])
    if auc in (0.0, 1.0):
        case["newcombe"] = newcombe5(auc, len(a), len(b))
    else:
        case["bootstrap"], case["bootstrap_pauc"] = bootstrap(a, b, None), bootstrap(a, b, 0.1)
    cases.append(case)
gammas = []
for x in (rng.gamma(3, 2, 50), rng.gamma(80, 0.01, 12), rng.gamma(0.4, 10, 200), np.array([1.0, 1.01])):
    x = np.round(x, 6)
    x = x[x > 0]
    shape, _, scale = stats.gamma.fit(x, floc=0)
    gammas.append(dict(x=x.tolist(), shape=float(shape), scale=float(scale), p=[0.5, 0.99, 0.9999],
                       quantiles=[float(stats.gamma.ppf(p, shape, scale=scale)) for p in (0.5, 0.99, 0.9999)]))
with open(OUT, "w") as f:
    json.dump(dict(cases=cases, gammas=gammas), f, separators=(",", ":"))
    f.write("\n")
print(os.path.getsize(OUT))
