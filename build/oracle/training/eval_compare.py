"""Writes training/metrics/testdata/compare.json: what scikit-learn and SciPy say
about precision-recall curves, paired differences, DCASE's official score,
extreme values and counts.

Made with scikit-learn 1.9.1, SciPy 1.17.1, NumPy 2.4:
    python build/oracle/training/eval_compare.py
"""
import json
import os

import numpy as np
from scipy import optimize, stats
from sklearn import metrics

HERE = os.path.join(os.path.dirname(__file__), "../../../training/metrics/testdata")
rng = np.random.default_rng(8)


def bootstrap(n, f, rounds=4000):
    g = np.random.default_rng(1)
    v = [f(*[g.integers(0, k, k) for k in n]) for _ in range(rounds)]
    return [float(np.quantile(v, 0.025)), float(np.quantile(v, 0.975))], float(np.mean([(x > 0) + 0.5 * (x == 0) for x in v]))


pr = []
for c in json.load(open(os.path.join(HERE, "metrics.json")))["cases"]:
    a, b = np.array(c["normal"]), np.array(c["abnormal"])
    y, s = np.r_[np.zeros(len(a)), np.ones(len(b))], np.r_[a, b]
    precision, recall, _ = metrics.precision_recall_curve(y, s)
    ap = lambda i, j: metrics.average_precision_score(np.r_[np.zeros(len(a)), np.ones(len(b))], np.r_[a[i], b[j]])
    pr.append(dict(name=c["name"], average=float(metrics.average_precision_score(y, s)),
                   precision=precision[::-1].tolist(), recall=recall[::-1].tolist(),
                   bootstrap=bootstrap((len(a), len(b)), ap)[0]))

pairs = []
for name, shift, noise in (("better", 1.0, 0.3), ("alike", 0.0, 0.2), ("worse", -0.8, 0.6), ("same", 0.0, 0.0)):
    normal, abnormal = rng.gamma(3, 1, 50), rng.gamma(5, 1, 40)
    na = np.round(normal, 4)
    aa = np.round(abnormal, 4)
    nb = np.round(normal + rng.normal(0, noise, 50), 4)
    ab = np.round(abnormal - shift + rng.normal(0, noise, 40), 4)
    auc = lambda p, q: metrics.roc_auc_score(np.r_[np.zeros(len(p)), np.ones(len(q))], np.r_[p, q])
    interval, ahead = bootstrap((50, 40), lambda i, j: auc(na[i], aa[j]) - auc(nb[i], ab[j]))
    pairs.append(dict(name=name, normal_a=na.tolist(), abnormal_a=aa.tolist(), normal_b=nb.tolist(), abnormal_b=ab.tolist(),
                      auc_a=float(auc(na, aa)), auc_b=float(auc(nb, ab)), bootstrap=interval, ahead=ahead))

clips, parts = [], []
for machine in ("fan", "pump"):
    for section in ("00", "01"):
        scores, labels, domains = [], [], []
        for domain, shift in (("source", 0.0), ("target", 0.7)):
            for abnormal in (0, 1):
                for v in np.round(rng.normal(shift + abnormal, 1, 12), 3):
                    scores.append(float(v)), labels.append(abnormal), domains.append(domain)
        scores, labels, domains = np.array(scores), np.array(labels), np.array(domains)
        for i in range(len(scores)):
            clips.append([machine, section, str(domains[i]), int(labels[i]), float(scores[i])])
        for d in ("source", "target"):
            # As the official evaluators of 2022 to 2024: normal clips of the domain, abnormal ones of both.
            keep = (domains == d) | (labels == 1)
            parts.append(float(metrics.roc_auc_score(labels[keep], scores[keep])))
        parts.append(float(metrics.roc_auc_score(labels, scores, max_fpr=0.1)))
dcase = dict(clips=clips, parts=parts, score=float(stats.hmean(parts)))

gumbels = []
for n, size in ((14, 1.0), (60, 1.0), (200, 0.1)):
    x = np.round(stats.gumbel_r.rvs(2, size, n, random_state=rng), 5)
    loc, scale = stats.gumbel_r.fit(x)
    length = np.round(rng.uniform(0.2, 4, n), 3)  # in units of the block
    y = np.round(x + scale * np.log(length), 5)

    def loss(p):
        z = (y - p[0]) / np.exp(p[1]) - np.log(length)
        return np.sum(p[1] + z + np.exp(-z))

    fit = optimize.minimize(loss, [loc, np.log(scale)], method="Nelder-Mead", options=dict(xatol=1e-10, fatol=1e-12, maxiter=20000))
    gumbels.append(dict(x=x.tolist(), loc=float(loc), scale=float(scale), p=[0.5, 0.99, 0.999999],
                        quantiles=[float(stats.gumbel_r.ppf(p, loc, scale)) for p in (0.5, 0.99, 0.999999)],
                        ks=float(stats.kstest(x, stats.gumbel_r(loc, scale).cdf).statistic),
                        y=y.tolist(), length=length.tolist(), loc_y=float(fit.x[0]), scale_y=float(np.exp(fit.x[1]))))

poisson = [[c, float(stats.chi2.ppf(0.95, 2 * c + 2) / 2)] for c in (0, 1, 2, 7, 100)]
with open(os.path.join(HERE, "compare.json"), "w") as f:
    json.dump(dict(pr=pr, pairs=pairs, dcase=dcase, gumbels=gumbels, poisson=poisson), f, separators=(",", ":"))
    f.write("\n")
    print(f.tell())
