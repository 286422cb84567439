"""VAECF, RecVAE and BiVAECF of Cornac beside those of this project: the same log, split, settings and measure.

Run, after `cargo build --release` and `cargo xtask data`:

    python3 -m venv target/peers && target/peers/bin/pip install cornac==3.0.1 torch==2.15.0
    target/peers/bin/python benches/peers/with_cornac.py data/ml-100k/ml-100k.inter

Both see of each user all but the last two items, in order of time, and are asked for the one before the last among all items that the
user has not met (full ranking). Both train the same number of epochs and are measured after the last one. Items that nobody has in
training are unknown to Cornac and come last there.

Where the two differ otherwise, Cornac is measured as it is and once more without the difference. Its VAECF and BiVAECF go through users
and items in the same order in every epoch, the items roughly by how common they are; `shuffled` has a new order each time. Its RecVAE
draws latents with a hundredth of the posterior's deviation, where the code of RecVAE's authors draws with all of it; `whole
noise` does. It is scored without the dropout that its own `score` leaves in place, and without the ranking of all users
after each epoch that it does for its progress bar.
"""
import argparse, json, math, pathlib, statistics, subprocess, tempfile, time

import numpy
import torch

torch.set_num_threads(1)

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = ("vaecf", "vaecf, shuffled", "recvae", "recvae, whole noise", "bivaecf", "bivaecf, shuffled")


def sequences(path):
    """User to items in order of time; of equal times in the order of the file."""
    rows = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")][1:]
    rows.sort(key=lambda row: float(row[3]))
    users = {}
    for user, item, *_ in rows:
        users.setdefault(user, []).append(item)
    return users


def measures(ranks):
    """Of ranks counted from 0: Recall@20 and NDCG@20 with one answer a user."""
    hits = [rank for rank in ranks if rank < 20]
    return len(hits) / len(ranks), sum(1 / math.log2(rank + 2) for rank in hits) / len(ranks)


def ranks_of(users, items, score):
    """Where the one before the last item stands, by the `score` of (user, its history, items by position)."""
    place = {item: index for index, item in enumerate(items)}
    ranks = []
    for user, sequence in users.items():
        history, answer = sequence[:-2], sequence[-2]
        scores = score(user)
        own = scores[place[answer]]
        scores[[place[item] for item in history]] = -numpy.inf
        ranks.append(int((scores > own).sum()) if numpy.isfinite(own) else len(items))
    return ranks


def cornac_model(kind, seed):
    import cornac
    from cornac.models.recvae import recvae

    cornac.eval_methods.ranking_eval = lambda **_: ([0.0],)
    base = kind.split(",")[0]
    if base == "vaecf":
        return cornac.models.VAECF(k=10, autoencoder_structure=[20], act_fn="tanh", likelihood="mult", n_epochs=100, batch_size=100,
                                   learning_rate=0.001, beta=1.0, seed=seed, use_gpu=False)
    if base == "bivaecf":
        return cornac.models.BiVAECF(k=10, encoder_structure=[20], act_fn="tanh", likelihood="pois", n_epochs=100, batch_size=100,
                                     learning_rate=0.001, beta_kl=1.0, seed=seed, use_gpu=False)
    own = recvae.VAE.reparameterize if not hasattr(recvae, "own_draw") else recvae.own_draw
    recvae.own_draw = own
    whole = lambda self, mu, logvar: mu + torch.exp(logvar / 2) * torch.randn_like(mu) if self.training else mu
    recvae.VAE.reparameterize = own if kind == "recvae" else whole
    return cornac.models.RecVAE(hidden_dim=600, latent_dim=200, batch_size=500, gamma=0.005, lr=0.0005, n_epochs=50, n_enc_epochs=3,
                                n_dec_epochs=1, seed=seed, use_gpu=False)


def cornac_scores(model, user):
    """Of all items that Cornac knows, by its numbers."""
    if not hasattr(model, "recvae_model"):
        return model.score(user)
    # Its `score` leaves dropout in place; the model is asked without.
    model.recvae_model.eval()
    row = torch.tensor(model.mydata.csr_matrix[user].toarray(), dtype=torch.float32)
    with torch.no_grad():
        return model.recvae_model(row, calculate_loss=False, dropout_rate=0).numpy().ravel()


def cornac(kind, seed, users, items):
    from cornac.data import Dataset

    data = Dataset.build([(user, item, 1.0) for user, sequence in users.items() for item in sequence[:-2]])
    if kind.endswith("shuffled"):
        data.user_iter = lambda size, shuffle=False: Dataset.user_iter(data, size, shuffle=True)
        data.item_iter = lambda size, shuffle=False: Dataset.item_iter(data, size, shuffle=True)
    model = cornac_model(kind, seed)
    started = time.time()
    model.fit(data)
    seconds = time.time() - started
    places = numpy.array([data.iid_map.get(item, -1) for item in items])

    def score(user):
        known = numpy.asarray(cornac_scores(model, data.uid_map[user]), dtype=numpy.float64)
        return numpy.where(places >= 0, known[places], -numpy.inf)

    return (*measures(ranks_of(users, items, score)), seconds)


def ours(kind, seed, path, folder):
    out = pathlib.Path(folder) / f"{kind}-{seed}"
    command = [ROOT / "target/release/contrastvae", "train", "--json", "--data", path, "--k-core", "1", "--preset", kind, "--seed",
               str(seed), "--out", out]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    last = told["history"][-1]["valid"]
    return last["recall_20"], last["ndcg_20"], told["seconds"]


def spread(values):
    return f"{statistics.mean(values):.4f} ± {statistics.stdev(values) if len(values) > 1 else 0.0:.4f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default=",".join(kind for kind in KINDS if "," not in kind))
    arguments = parser.parse_args()
    users = sequences(arguments.log)
    items = sorted({item for sequence in users.values() for item in sequence})
    print(f"{len(users)} users, {len(items)} items; NDCG@20 and Recall@20 on validation after the last epoch, {arguments.seeds} seeds\n")
    print("| model | whose | NDCG@20 | Recall@20 | seconds |\n|---|---|---|---|---|")
    seeds = range(1, arguments.seeds + 1)
    only = arguments.only.split(",")
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            base = kind.split(",")[0]
            if base not in only:
                continue
            runs = {f"Cornac{kind[len(base):]}": lambda seed: cornac(kind, seed, users, items)}
            if kind == base:
                runs["this project"] = lambda seed: ours(base, seed, arguments.log, folder)
            for whose, run in runs.items():
                recall, ndcg, seconds = zip(*(run(seed) for seed in seeds))
                print(f"| {base} | {whose} | {spread(ndcg)} | {spread(recall)} | {statistics.mean(seconds):.1f} |", flush=True)


if __name__ == "__main__":
    main()
